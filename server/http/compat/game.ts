/** The game behind one port: none until somebody asks for it, then a session of the gateway like any other. */
import { JoywireError } from '../../../shared/errors.ts';
import type { Command, Hello, Outcome, Press } from '../../../shared/protocol.ts';
import type { Clock } from '../../clock.ts';
import type { Opening } from '../../connection/connection.ts';
import type { Applicant } from '../../emulator/waiting-line.ts';
import { LocalPlayer } from '../../session/local-player.ts';
import { type Answer, refuse } from './answer.ts';

export interface GameDeps {
  readonly clock: Clock;
  readonly open: (hello: Hello, applicant: Applicant) => Promise<Opening>;
}

/** How long to wait for an emulator: long enough for the one just given back, shorter than the time-outs of clients. */
const WAIT_MS = 2000;

/** What can be done with a running game. */
export class Play {
  readonly player: LocalPlayer;
  /** Actions so far. */
  steps = 0;
  /** When the last answer with a state went out. */
  answeredAtMs: number;
  #died = false;

  constructor(player: LocalPlayer, nowMs: number) {
    this.player = player;
    this.answeredAtMs = nowMs;
  }

  async press(presses: readonly Press[]): Promise<void> {
    const outcomes = await this.player.press(presses);
    for (const outcome of outcomes) this.#assertExecuted(outcome);
  }

  async command(command: Command): Promise<Outcome> {
    const outcome = await this.player.command(command);
    this.#assertExecuted(outcome);
    return outcome;
  }

  /** Whether this is no game any more: it died, or its session was ended from elsewhere. */
  get over(): boolean {
    return this.#died || this.player.replaced || this.player.ended !== undefined;
  }

  #assertExecuted({ status, detail }: Outcome): void {
    if (status === 'executed') return;
    this.#died ||= detail?.code === 'emulator_crashed' || detail?.code === 'emulator_unavailable';
    throw new JoywireError(detail?.code ?? status, detail?.message ?? status);
  }

  /** 160x144 pixels of RGB888; undefined where the emulator shows none. */
  async picture(): Promise<Uint8Array | undefined> {
    return this.player.read(async (emulator) =>
      emulator.capabilities.screen ? (await emulator.screen('raw')).value : undefined,
    );
  }
}

export type Started =
  | { readonly ok: true; readonly play: Play }
  | { readonly ok: false; readonly answer: Answer };

export class Game {
  readonly #label: string;
  readonly #deps: GameDeps;
  #play: Play | undefined;

  /** @param label what its sessions are called in lists and stats */
  constructor(label: string, deps: GameDeps) {
    this.#label = label;
    this.#deps = deps;
  }

  /** The game that runs. When it is over, whoever plays must start another. */
  get play(): Play | undefined {
    if (this.#play?.over === true) void this.stop();
    return this.#play;
  }

  get nowMs(): number {
    return this.#deps.clock.now();
  }

  /** Starts a new game, from power-on or from a checkpoint, in place of one that runs. */
  async start(state: string | undefined): Promise<Started> {
    await this.stop();
    const hello: Hello = {
      client: 'compatibility',
      label: this.#label,
      emulator: { waitMs: WAIT_MS, ...(state !== undefined && { state }) },
      batching: { strategy: 'eager' },
      onFailure: 'stop',
    };
    const opening = await this.#deps.open(hello, { waiting: () => {}, signal: new AbortController().signal });
    if (!opening.ok) return { ok: false, answer: unopened(opening) };
    if (opening.session === undefined) throw new JoywireError('bug', 'a player has a session');
    this.#play = new Play(new LocalPlayer(opening.session), this.nowMs);
    return { ok: true, play: this.#play };
  }

  async stop(): Promise<void> {
    const play = this.#play;
    this.#play = undefined;
    await play?.player.leave();
  }
}

function unopened({ code, message, allowed }: Extract<Opening, { ok: false }>): Answer {
  const detail = allowed === undefined ? message : `${message}; allowed: ${allowed}`;
  if (code === 'unknown_emulator') return refuse(400, detail);
  return refuse(503, detail, { 'Retry-After': '1' });
}
