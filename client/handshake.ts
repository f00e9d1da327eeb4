/** One attempt to get a session: open the connection, say hello, be welcomed or refused. */
import { CLOSE_CODES } from '../shared/close-codes.ts';
import { JoywireError } from '../shared/errors.ts';
import type { RequestError, ServerMessage, Welcome } from '../shared/protocol.ts';
import { requestError } from './calls.ts';
import { Client } from './client.ts';
import { Connection, type ConnectionDeps, type ConnectionEnd, type ConnectionEvents } from './connection.ts';
import { clientError } from './errors.ts';
import { type ConnectOptions, helloOf } from './options.ts';
import { Session } from './session.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** Between pings while a session waits for an emulator, before the gateway has named its own interval. */
const WAITING_KEEPALIVE_MS = 15_000;

export type Attempt =
  | { readonly ok: true; readonly client: Client }
  | { readonly ok: false; readonly error: JoywireError; readonly mayReconnect: boolean };

/** Tries once. Never rejects. */
export function attempt(url: string, options: ConnectOptions, deps: ConnectionDeps): Promise<Attempt> {
  return new Promise((resolve) => new Handshake(url, options, deps, resolve));
}

class Handshake implements ConnectionEvents {
  readonly #url: string;
  readonly #options: ConnectOptions;
  readonly #deps: ConnectionDeps;
  readonly #resolve: (attempt: Attempt) => void;
  readonly #connection: Connection;
  readonly #stopTimer: () => void;
  readonly #abort = (): void =>
    this.#giveUp(clientError('aborted', 'aborted while connecting', this.#options.signal?.reason));
  /** What the gateway said is wrong, before it closed. */
  #refusal: RequestError | undefined;

  constructor(
    url: string,
    options: ConnectOptions,
    deps: ConnectionDeps,
    resolve: (attempt: Attempt) => void,
  ) {
    this.#url = url;
    this.#options = options;
    this.#deps = deps;
    this.#resolve = resolve;
    this.#connection = new Connection(url, options.encoding ?? 'msgpack', this, deps);
    const timeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    this.#stopTimer = deps.clock.after(timeoutMs, () =>
      this.#giveUp(
        clientError('connect_timeout', `${url} did not welcome the session within ${timeoutMs} ms`),
      ),
    );
    options.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  opened(): void {
    this.#connection.send({ type: 'hello', hello: helloOf(this.#options) });
  }

  message(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome': {
        this.#settle();
        this.#resolve({ ok: true, client: this.#welcomed(message.welcome) });
        return;
      }
      case 'error':
        this.#refusal = message.error;
        return;
      case 'event':
        // In line for an emulator: that may take its time, as long as the line is alive.
        this.#stopTimer();
        this.#tellWaiting(message.name, message.data['place']);
        this.#connection.keepAlive(this.#options.keepaliveMs ?? WAITING_KEEPALIVE_MS);
        return;
      case 'goaway':
      case 'pong':
        return;
      case 'ack':
      case 'push':
      case 'result':
      case 'credit':
        this.#connection.fault(`the gateway sent ${message.type} before its welcome`);
    }
  }

  closed(end: ConnectionEnd): void {
    this.#settle();
    const mayReconnect = end.mayReconnect && this.#refusal?.retryable !== false;
    this.#resolve({ ok: false, error: this.#errorOf(end), mayReconnect });
  }

  #tellWaiting(name: string, place: unknown): void {
    if (name === 'waiting' && typeof place === 'number') this.#options.onWaiting?.(place);
  }

  /** Hands the connection over before the next message of the same tick comes. */
  #welcomed(welcome: Welcome): Client {
    const { onFailure = 'stop', keepaliveMs = welcome.limits.keepaliveMs, signal, encoding } = this.#options;
    const settings = { onFailure, keepaliveMs, signal };
    const session = new Session(this.#connection, welcome, settings, this.#deps.clock);
    return new Client(session, welcome, encoding ?? 'msgpack');
  }

  #giveUp(error: JoywireError): void {
    this.#connection.close(CLOSE_CODES.normal.code, error);
  }

  #settle(): void {
    this.#stopTimer();
    this.#options.signal?.removeEventListener('abort', this.#abort);
  }

  #errorOf({ code, reason, cause }: ConnectionEnd): JoywireError {
    if (cause instanceof JoywireError) return cause;
    if (this.#refusal !== undefined) return requestError(this.#refusal);
    const name =
      Object.entries(CLOSE_CODES).find(([, known]) => known.code === code)?.[0] ?? 'connection_failed';
    const why = reason === '' ? `closed with ${code}` : reason;
    return new JoywireError(name, `could not connect to ${this.#url}: ${why}`, { cause });
  }
}
