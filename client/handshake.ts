/** One attempt to get a connection to a session: open the WebSocket, say hello, be welcomed or refused. */
import { CLOSE_CODES } from '../shared/close-codes.ts';
import { JoywireError } from '../shared/errors.ts';
import type { Encoding, Hello, RequestError, ServerMessage, Welcome } from '../shared/protocol.ts';
import { requestError } from './calls.ts';
import { Connection, type ConnectionDeps, type ConnectionEnd, type ConnectionEvents } from './connection.ts';
import { clientError } from './errors.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** Between pings while a session waits for an emulator, before the gateway has named its own interval. */
const WAITING_KEEPALIVE_MS = 15_000;

/** Whom to call, and what to say. */
export interface Greeting {
  readonly url: string;
  readonly encoding: Encoding;
  readonly hello: Hello;
  readonly connectTimeoutMs: number | undefined;
  readonly keepaliveMs: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onWaiting: ((place: number) => void) | undefined;
}

export type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: JoywireError; readonly mayReconnect: boolean };

/** Who takes the connection over: called at once, before the next message of the same tick comes. */
export type Welcomed<T> = (connection: Connection, welcome: Welcome) => T;

/** Tries once. Never rejects. */
export function attempt<T>(
  greeting: Greeting,
  deps: ConnectionDeps,
  welcomed: Welcomed<T>,
): Promise<Attempt<T>> {
  return new Promise((resolve) => new Handshake(greeting, deps, welcomed, resolve));
}

class Handshake<T> implements ConnectionEvents {
  readonly #greeting: Greeting;
  readonly #welcomed: Welcomed<T>;
  readonly #resolve: (attempt: Attempt<T>) => void;
  readonly #connection: Connection;
  readonly #stopTimer: () => void;
  readonly #abort = (): void =>
    this.#giveUp(clientError('aborted', 'aborted while connecting', this.#greeting.signal?.reason));
  /** What the gateway said is wrong, before it closed. */
  #refusal: RequestError | undefined;

  constructor(
    greeting: Greeting,
    deps: ConnectionDeps,
    welcomed: Welcomed<T>,
    resolve: (attempt: Attempt<T>) => void,
  ) {
    const { url, encoding, connectTimeoutMs: timeoutMs = CONNECT_TIMEOUT_MS, signal } = greeting;
    this.#greeting = greeting;
    this.#welcomed = welcomed;
    this.#resolve = resolve;
    this.#connection = new Connection(url, encoding, this, deps);
    this.#stopTimer = deps.clock.after(timeoutMs, () =>
      this.#giveUp(
        clientError('connect_timeout', `${url} did not welcome the session within ${timeoutMs} ms`),
      ),
    );
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  opened(): void {
    this.#connection.send({ type: 'hello', hello: this.#greeting.hello });
  }

  message(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome': {
        this.#settle();
        this.#resolve({ ok: true, value: this.#welcomed(this.#connection, message.welcome) });
        return;
      }
      case 'error':
        this.#refusal = message.error;
        return;
      case 'event':
        // In line for an emulator: that may take its time, as long as the line is alive.
        this.#stopTimer();
        this.#tellWaiting(message.name, message.data['place']);
        this.#connection.keepAlive(this.#greeting.keepaliveMs ?? WAITING_KEEPALIVE_MS);
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
    const error = this.#errorOf(end);
    // A gateway that is slow now may be quick the next time.
    const mayReconnect =
      (end.mayReconnect && this.#refusal?.retryable !== false) || error.code === 'connect_timeout';
    this.#resolve({ ok: false, error, mayReconnect });
  }

  #tellWaiting(name: string, place: unknown): void {
    if (name === 'waiting' && typeof place === 'number') this.#greeting.onWaiting?.(place);
  }

  #giveUp(error: JoywireError): void {
    this.#connection.close(CLOSE_CODES.normal.code, error);
  }

  #settle(): void {
    this.#stopTimer();
    this.#greeting.signal?.removeEventListener('abort', this.#abort);
  }

  #errorOf({ code, reason, cause }: ConnectionEnd): JoywireError {
    if (cause instanceof JoywireError) return cause;
    if (this.#refusal !== undefined) return requestError(this.#refusal);
    const name =
      Object.entries(CLOSE_CODES).find(([, known]) => known.code === code)?.[0] ?? 'connection_failed';
    const why = reason === '' ? `closed with ${code}` : reason;
    return new JoywireError(name, `could not connect to ${this.#greeting.url}: ${why}`, { cause });
  }
}
