/** The page's player: none, on the way to a game, or in one. */
import { type Client, connect, type ConnectOptions, JoywireError } from '../../index.ts';
import { type Trouble, troubleOf } from '../gateway/trouble.ts';
import { Store } from '../store.ts';
import { Game } from './game.ts';
import { forgetLeft, leftCheckpoint, leftRom, noteLeft } from './left-game.ts';

/** Which game to play. */
export type Wish =
  /** A game of one's own; `rom`: name of one that the gateway offers. `wait`: in line, if none is free. */
  | { readonly kind: 'own'; readonly rom?: string; readonly wait?: boolean }
  /** That of somebody else, until it is given back. */
  | { readonly kind: 'takeover'; readonly emulator: string };

export type PlayerState =
  | { readonly at: 'idle' }
  /** `place`: in the line for an emulator, 1 for the next. */
  | { readonly at: 'opening'; readonly wish: Wish; readonly place: number | undefined }
  | { readonly at: 'playing'; readonly wish: Wish; readonly game: Game }
  | { readonly at: 'trouble'; readonly wish: Wish; readonly trouble: Trouble };

/** A browser may die without a word: its game is kept so often, in ms, when something was done to it. */
const KEEP_MS = 20_000;

/** The game that was left just now may still be on its way out, in ms. */
const FREED_MS = 1500;

export class Player {
  readonly state = new Store<PlayerState>({ at: 'idle' });
  readonly #address: string;
  readonly #token: () => string | undefined;
  #attempt = new AbortController();
  #keeping: ReturnType<typeof setInterval> | undefined;
  #starts = 0;
  /** Length of the game's log when it was kept. */
  #keptAt = 0;

  constructor(address: string, token: () => string | undefined) {
    this.#address = address;
    this.#token = token;
  }

  get game(): Game | undefined {
    const state = this.state.value;
    return state.at === 'playing' ? state.game : undefined;
  }

  /** Begins a game; the one before ends. */
  async start(wish: Wish = { kind: 'own' }): Promise<void> {
    this.#starts += 1;
    const start = this.#starts;
    await this.stop();
    // Somebody was quicker to choose again than the game before to end.
    if (start !== this.#starts) return;
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.state.set({ at: 'opening', wish, place: undefined });
    try {
      const client = await this.#connect(wish, attempt.signal);
      if (attempt.signal.aborted) return void client.bye({ discard: true });
      if (client.emulator === null) throw new Error('the gateway gave no emulator');
      const game = new Game(client, client.emulator, wish.kind === 'takeover');
      this.state.set({ at: 'playing', wish, game });
      this.#keptAt = 0;
      this.#keeping = setInterval(() => void this.keep(), KEEP_MS);
      client.on('state', (state) => {
        if (state.status !== 'closed' || this.game !== game) return;
        this.state.set({ at: 'trouble', wish, trouble: endOf(state) });
      });
      // Ended in the meantime: nobody would tell.
      if (client.state.status === 'closed') {
        this.state.set({ at: 'trouble', wish, trouble: endOf(client.state) });
      }
    } catch (error) {
      if (!attempt.signal.aborted) this.state.set({ at: 'trouble', wish, trouble: troubleOf(error) });
    }
  }

  /** Ends the game, or the wait for one; control that was taken over goes back. */
  async stop(): Promise<void> {
    const attempt = this.#attempt;
    clearInterval(this.#keeping);
    const { game } = this;
    if (game === undefined) attempt.abort();
    game?.speaker.mute();
    const kept = this.keep();
    this.state.set({ at: 'idle' });
    await kept;
    await game?.client.bye({ discard: true });
    attempt.abort();
  }

  /** Keeps a game of one's own as it is, where the next visit finds it, if something was done to it since. */
  async keep(): Promise<void> {
    const { game } = this;
    if (game === undefined || game.borrowed || !game.canSave || !game.control.value) return;
    if (game.line.value.status !== 'open' || game.log.count === this.#keptAt) return;
    this.#keptAt = game.log.count;
    noteLeft(game.emulator.rom);
    await game.client.save(leftCheckpoint()).catch(() => undefined); // The session has ended: there is nothing to keep.
  }

  /** The page goes away: the emulator is free for others. */
  leave(): void {
    const { game } = this;
    if (game === undefined) return this.#attempt.abort();
    if (game.line.value.status !== 'open') return;
    game.releaseAll();
    void this.keep();
    void game.client.bye();
  }

  async #connect(wish: Wish, signal: AbortSignal): Promise<Client> {
    const rom = wish.kind === 'own' ? leftRom(wish.rom) : undefined;
    if (rom === undefined) return await this.#open(wish, signal);
    try {
      return await this.#open({ ...wish, kind: 'own', rom }, signal, leftCheckpoint());
    } catch (error) {
      if (!(error instanceof JoywireError) || error.code !== 'unknown_emulator') throw error;
      forgetLeft(rom);
      return await this.#open(wish, signal);
    }
  }

  #open(wish: Wish, signal: AbortSignal, state?: string): Promise<Client> {
    const token = this.#token();
    const options: ConnectOptions = {
      client: 'joywire-page',
      label: 'a person in a browser',
      // A person waits for every press: nothing is gained by waiting for company.
      batching: { strategy: 'eager' },
      onFailure: 'continue',
      signal,
      onWaiting: (place) => {
        if (!signal.aborted) this.state.set({ at: 'opening', wish, place });
      },
      ...(token !== undefined && { token }),
      ...wanted(wish, state),
    };
    return connect(this.#address, options);
  }
}

function wanted(wish: Wish, state: string | undefined): ConnectOptions {
  if (wish.kind === 'takeover') return { emulator: { id: wish.emulator }, takeover: true, pace: 'realtime' };
  const { rom, wait = false } = wish;
  return {
    pace: 'realtime',
    // Games of other servers have no clock of their own that a person could play by.
    emulator: {
      kind: 'embedded',
      // Asked for at the start or never: whether a game has sound is part of what it is.
      sound: true,
      ...(rom !== undefined && { rom }),
      ...(state !== undefined && { state }),
      ...(!wait && { waitMs: FREED_MS }),
    },
  };
}

function endOf({
  code,
  reason,
  mayReconnect,
}: {
  code: number;
  reason: string;
  mayReconnect: boolean;
}): Trouble {
  if (code === 4501) return { kind: 'token', message: reason };
  return { kind: mayReconnect || code === 4502 ? 'gone' : 'other', message: reason };
}
