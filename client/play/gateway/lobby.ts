/** The page's own connection: it plays nothing, and sees everything. Wall and stats live on it. */
import { type Client, connect } from '../../index.ts';
import { Store } from '../store.ts';
import { type Trouble, troubleOf } from './trouble.ts';

export type LobbyState =
  | { readonly at: 'opening' }
  | { readonly at: 'open'; readonly client: Client }
  /** The connection broke and is being made again. */
  | { readonly at: 'reconnecting'; readonly client: Client }
  /** `again`: it is tried again by itself. */
  | { readonly at: 'closed'; readonly trouble: Trouble; readonly again: boolean };

/** How long a line may be broken before the page says so, in ms. */
const GONE_MS = 3000;
/** Pause between attempts while the gateway cannot be reached, in ms. */
const RETRY_MS = 2000;

export class Lobby {
  readonly state = new Store<LobbyState>({ at: 'opening' });
  readonly #address: string;
  readonly #token: () => string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #client: Client | undefined;

  constructor(address: string, token: () => string | undefined) {
    this.#address = address;
    this.#token = token;
  }

  /** Connects, now; after trouble too. */
  open(): void {
    clearTimeout(this.#timer);
    const before = this.#client;
    this.#client = undefined;
    void before?.close().catch(() => undefined); // It was gone already.
    const token = this.#token();
    connect(this.#address, {
      role: 'watch',
      client: 'joywire-page',
      ...(token !== undefined && { token }),
    }).then(
      (client) => this.#opened(client),
      (error: unknown) => this.#failed(troubleOf(error)),
    );
  }

  #opened(client: Client): void {
    this.#client = client;
    this.state.set({ at: 'open', client });
    client.on('state', (state) => {
      if (this.#client !== client) return;
      clearTimeout(this.#timer);
      if (state.status === 'open') this.state.set({ at: 'open', client });
      else if (state.status === 'reconnecting') this.#broken(client);
      else if (state.status === 'closed') {
        this.#failed({ kind: state.mayReconnect ? 'gone' : 'other', message: state.reason });
      }
    });
  }

  /** The client goes on trying. */
  #broken(client: Client): void {
    this.state.set({ at: 'reconnecting', client });
    const trouble = { kind: 'gone', message: 'the connection broke' } as const;
    this.#timer = setTimeout(() => this.state.set({ at: 'closed', trouble, again: true }), GONE_MS);
  }

  #failed(trouble: Trouble): void {
    const again = trouble.kind === 'gone';
    this.state.set({ at: 'closed', trouble, again });
    if (again) this.#timer = setTimeout(() => this.open(), RETRY_MS);
  }
}

/** The client to ask, while there is one. */
export function clientOf(state: LobbyState): Client | undefined {
  return state.at === 'open' || state.at === 'reconnecting' ? state.client : undefined;
}
