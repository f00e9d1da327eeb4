/// <reference lib="esnext.disposable" preserve="true" />
/** The emulators of a gateway as something to acquire from: each one acquired is a session of its own. */
import type { Client } from './client.ts';
import { clientError } from './errors.ts';
import type { ConnectOptions } from './options.ts';

type Connect = (address: string, options: ConnectOptions) => Promise<Client>;

/** Made by `openPool`. */
export class Pool implements AsyncDisposable {
  readonly #address: string;
  readonly #options: ConnectOptions;
  readonly #connect: Connect;
  readonly #acquired = new Set<Client>();
  readonly #closing = new AbortController();

  /** @internal */
  constructor(address: string, options: ConnectOptions, connect: Connect) {
    this.#address = address;
    this.#options = options;
    this.#connect = connect;
  }

  /** How many are acquired now. */
  get acquired(): number {
    return this.#acquired.size;
  }

  /**
   * Leases an emulator, in line behind whoever came first; `close`, or the end of an `await using`, gives it back.
   * @param options go before those of the pool
   * @throws JoywireError as `connect` does; `no_emulator` when the time to wait is over, `aborted` when the pool was closed
   */
  async acquire(options: ConnectOptions = {}): Promise<Client> {
    const merged = { ...this.#options, ...options };
    const signals = [merged.signal, this.#closing.signal].filter((signal) => signal !== undefined);
    const connecting = new AbortController();
    const abort = () => connecting.abort(clientError('aborted', 'aborted while acquiring an emulator'));
    for (const signal of signals) {
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
    }
    const client = await this.#connect(this.#address, { ...merged, signal: connecting.signal });
    this.#acquired.add(client);
    client.on('state', ({ status }) => {
      if (status !== 'closed') return;
      this.#acquired.delete(client);
      for (const signal of signals) signal.removeEventListener('abort', abort);
    });
    return client;
  }

  /** Gives back everything acquired, after what it has under way; who waits in line is turned away. */
  async close(): Promise<void> {
    const acquired = [...this.#acquired];
    await Promise.all(acquired.map((client) => client.close()));
    this.#closing.abort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
