/** Who plays over MCP: a session on the gateway, opened when it is first needed, and a watcher for whoever only looks. */
import type { Client, ConnectOptions, Pace } from '../../client/index.ts';
import { compact } from '../../shared/check.ts';
import { JoywireError } from '../../shared/errors.ts';
import { controlNote, eventNote } from './notes.ts';

/** Opens a session on the gateway that the tools are for. */
export type OpenClient = (options: ConnectOptions) => Promise<Client>;

/** Which game to play, and how. What is absent is left to the gateway. */
export interface GameChoice {
  /** Id of an emulator. */
  readonly emulator?: string | undefined;
  /** Name or hash of a ROM. */
  readonly rom?: string | undefined;
  /** Name of a checkpoint to start from. */
  readonly checkpoint?: string | undefined;
  readonly pace?: Pace | undefined;
  readonly speed?: number | undefined;
  readonly label?: string | undefined;
  /** Takes the emulator over from whoever controls it. */
  readonly takeOver?: boolean | undefined;
}

/** The clock that a game runs by. */
export interface GameClock {
  readonly pace: Pace;
  readonly speed: number;
}

/** Longest time in the line for an emulator, in ms: shorter than the time-outs of MCP clients. */
const WAIT_MS = 20_000;
/** How the SDK says that a session is over. */
const ENDED: readonly string[] = ['session_ended', 'session_lost', 'connection_lost'];
/** Notes that nobody has read yet; older ones go first. */
const MAX_NOTES = 16;

export class Player {
  /** Whether its token allows to play. */
  readonly mayPlay: boolean;
  readonly #open: OpenClient;
  #choice: GameChoice;
  #playing: Promise<Client> | undefined;
  #watching: Promise<Client> | undefined;
  /** Why the game of before is gone, until that has been told. */
  #lost: string | undefined;
  #notes: string[] = [];
  #left = false;
  #onGame: (() => void)[] = [];
  #clock: GameClock;

  constructor(open: OpenClient, mayPlay: boolean, choice: GameChoice = {}) {
    this.mayPlay = mayPlay;
    this.#open = open;
    this.#choice = choice;
    this.#clock = clockOf(choice);
  }

  /** The clock that its game runs by, as far as this player has set it. */
  get clock(): GameClock {
    return this.#clock;
  }

  /** Whether it has a game, or is getting one. */
  get plays(): boolean {
    return this.#playing !== undefined;
  }

  clockSet(clock: GameClock): void {
    this.#clock = clock;
  }

  /**
   * The session that plays; a game is leased the first time.
   * @throws JoywireError what `connect` throws; `game_lost`, once, when the game of before is gone: the next call starts another
   */
  async play(): Promise<Client> {
    this.#assertMayPlay();
    const lost = this.#lost;
    this.#lost = undefined;
    if (lost !== undefined) throw gameLost(lost, 'Nothing of this call ran');
    this.#playing ??= this.#keep(this.#lease(this.#choice, WAIT_MS));
    return this.#playing;
  }

  /** The session that plays, if there is one; else one that can only look. @throws JoywireError what `connect` throws */
  async watch(): Promise<Client> {
    this.#assertHere();
    const playing = await this.#playing?.catch(() => undefined);
    if (playing !== undefined) return playing;
    this.#watching ??= this.#keepWatching(this.#connect({ role: 'watch' }));
    return this.#watching;
  }

  /**
   * Starts another game. The one of before is left once the other is sure, or earlier when there is no emulator for both.
   * @throws JoywireError what `connect` throws
   */
  async start(choice: GameChoice): Promise<Client> {
    this.#assertMayPlay();
    const before = this.#playing;
    const client = await this.#lease(choice, before === undefined ? WAIT_MS : 0).catch(
      async (error: unknown) => {
        if (before === undefined || !isTaken(error)) throw error;
        await this.#replace(undefined);
        return this.#lease(choice, WAIT_MS);
      },
    );
    await this.#replace(this.#keep(Promise.resolve(client)));
    this.#lost = undefined;
    this.#choice = choice;
    this.#clock = clockOf(choice);
    return client;
  }

  /** An error as whoever plays should read it: of a session that ended during the call, that the game is gone. */
  explain(error: unknown): unknown {
    if (this.#left || !(error instanceof JoywireError) || !ENDED.includes(error.code)) return error;
    void this.#replace(undefined);
    this.#lost = undefined;
    return gameLost(error.message, 'What of this call ran is not known');
  }

  /** Calls back whenever it has another game, or none any more. */
  onGame(listener: () => void): void {
    this.#onGame.push(listener);
  }

  /** What has happened since the last time that somebody asked. */
  takeNotes(): string[] {
    const notes = this.#notes;
    this.#notes = [];
    return notes;
  }

  /** Ends everything; what is queued is not waited for. */
  async leave(): Promise<void> {
    this.#left = true;
    await Promise.all([this.#playing, this.#watching].map((client) => leave(client)));
  }

  #assertMayPlay(): void {
    this.#assertHere();
    if (this.mayPlay) return;
    throw new JoywireError(
      'forbidden',
      'the token allows to watch only; allowed: a token with the role play',
    );
  }

  #assertHere(): void {
    if (this.#left) throw new JoywireError('session_ended', 'the MCP session has ended');
  }

  async #replace(playing: Promise<Client> | undefined): Promise<void> {
    const before = this.#playing;
    this.#playing = playing;
    await leave(before);
  }

  /** One that could not be opened is forgotten; of one that ends, whoever plays next is told. */
  #keep(opening: Promise<Client>): Promise<Client> {
    const ended = (reason?: string) => {
      if (this.#playing !== kept) return;
      this.#playing = undefined;
      this.#lost = reason;
      this.#gameChanged();
    };
    const kept = whenOver(opening, ended);
    return kept;
  }

  #keepWatching(opening: Promise<Client>): Promise<Client> {
    const kept = whenOver(opening, () => {
      if (this.#watching === kept) this.#watching = undefined;
    });
    return kept;
  }

  async #lease(choice: GameChoice, waitMs: number): Promise<Client> {
    const { emulator: id, rom, checkpoint: state, pace, speed, label, takeOver: takeover } = choice;
    const client = await this.#connect({
      emulator: { waitMs, ...compact({ id, rom, state }) },
      ...compact({ pace, speed, label, takeover }),
    });
    this.#gameChanged();
    client.on('event', (event) => this.#note(eventNote(event)));
    client.on('control', (change) => this.#note(controlNote(change)));
    return client;
  }

  async #connect(options: ConnectOptions): Promise<Client> {
    const client = await this.#open(options);
    if (!this.#left) return client;
    await client.bye({ discard: true });
    throw new JoywireError('session_ended', 'the MCP session has ended');
  }

  #gameChanged(): void {
    for (const listener of this.#onGame) listener();
  }

  #note(note: string | undefined): void {
    if (note !== undefined) this.#notes = [...this.#notes, note].slice(-MAX_NOTES);
  }
}

/** Calls back once it could not be opened (without a reason), or has ended. */
async function whenOver(opening: Promise<Client>, over: (reason?: string) => void): Promise<Client> {
  try {
    const client = await opening;
    client.on('state', (state) => {
      if (state.status === 'closed') over(state.reason || 'its session has ended');
    });
    return client;
  } catch (error) {
    over();
    throw error;
  }
}

async function leave(client: Promise<Client> | undefined): Promise<void> {
  const open = await client?.catch(() => undefined);
  await open?.bye({ discard: true });
}

function clockOf({ pace = 'turbo', speed = 1 }: GameChoice): GameClock {
  return { pace, speed };
}

function isTaken(error: unknown): boolean {
  return error instanceof JoywireError && (error.code === 'no_emulator' || error.code === 'too_many');
}

function gameLost(reason: string, ran: string): JoywireError {
  const next =
    'the next call starts a new game from power-on, and load_checkpoint then goes on from what was saved';
  return new JoywireError('game_lost', `the game is gone: ${reason}. ${ran}; ${next}`);
}
