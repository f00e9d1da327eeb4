/** The page's player: none, on the way to a game, or in one. */
import { type Client, connect, type ConnectOptions, JoywireError } from '../../index.ts';
import { type Trouble, troubleOf } from '../gateway/trouble.ts';
import { Store } from '../store.ts';
import { Game } from './game.ts';
import { leftCheckpoint, noteLeft, takeLeft } from './left-game.ts';

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

export class Player {
  readonly state = new Store<PlayerState>({ at: 'idle' });
  readonly #address: string;
  readonly #token: () => string | undefined;
  #attempt = new AbortController();

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
    await this.stop();
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.state.set({ at: 'opening', wish, place: undefined });
    try {
      const client = await this.#connect(wish, attempt.signal);
      if (attempt.signal.aborted) return void client.bye({ discard: true });
      if (client.emulator === null) throw new Error('the gateway gave no emulator');
      const game = new Game(client, client.emulator, wish.kind === 'takeover');
      this.state.set({ at: 'playing', wish, game });
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
    this.#attempt.abort();
    const { game } = this;
    game?.speaker.mute();
    this.state.set({ at: 'idle' });
    await game?.client.bye({ discard: true });
  }

  /** The page goes away: the game is saved where the next visit finds it, and the emulator is free for others. */
  leave(): void {
    const { game } = this;
    if (game === undefined) return this.#attempt.abort();
    if (game.line.value.status !== 'open') return;
    game.releaseAll();
    if (!game.borrowed && game.canSave && game.control.value) {
      void game.client.save(leftCheckpoint());
      noteLeft(game.emulator.rom);
    }
    void game.client.bye();
  }

  async #connect(wish: Wish, signal: AbortSignal): Promise<Client> {
    const left = wish.kind === 'own' ? takeLeft() : undefined;
    const goOn = wish.kind === 'own' && left !== undefined && (wish.rom ?? left) === left;
    if (!goOn) return await this.#open(wish, signal);
    const state = leftCheckpoint();
    try {
      const client = await this.#open({ ...wish, rom: left }, signal, state);
      client.deleteCheckpoint(state).catch(() => undefined); // Left behind, it is replaced next time.
      return client;
    } catch (error) {
      if (!(error instanceof JoywireError) || error.code !== 'unknown_emulator') throw error;
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
      ...(!wait && { waitMs: 0 }),
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
