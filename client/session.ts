/** What goes on inside of a session: who gets each message of the gateway, and how all of it ends. */
import { CLOSE_CODES } from '../shared/close-codes.ts';
import { assertNever, JoywireError } from '../shared/errors.ts';
import type {
  BatchInfo,
  ClientMessage,
  OnFailure,
  Params,
  RequestError,
  ServerMessage,
  Welcome,
} from '../shared/protocol.ts';
import { Calls, requestError } from './calls.ts';
import { Channels } from './channels.ts';
import type { Clock } from './clock.ts';
import type { Connection, ConnectionEnd } from './connection.ts';
import { Entries } from './entries.ts';
import { CLIENT_ERRORS, clientError } from './errors.ts';
import { Listeners } from './listeners.ts';
import type { EntryOutcome } from './pending.ts';
import { Receipts } from './receipts.ts';

/** Where a session stands. `closing`: nothing more is taken, what was taken runs out. */
export type ClientState =
  | { readonly status: 'open' }
  | { readonly status: 'closing' }
  | {
      readonly status: 'closed';
      /** Close code; 1006 when the line broke without one. */
      readonly code: number;
      readonly reason: string;
      /** Whether connecting again can make sense. */
      readonly mayReconnect: boolean;
    };

/** One ack as it came: the outcomes of consecutive seqs, and the batch they travelled in. */
export interface AckEvent {
  readonly outcomes: readonly EntryOutcome[];
  readonly batch: BatchInfo | undefined;
}

/** Something happened to the session: `emulator_replaced`, `control_lost`, ... */
export interface ServerEvent {
  readonly name: string;
  readonly data: Params;
}

/** The gateway is about to close the connection. */
export interface Goaway {
  readonly reason: string;
  readonly reconnectInMs: number;
}

export interface ClientEvents {
  state: ClientState;
  ack: AckEvent;
  event: ServerEvent;
  goaway: Goaway;
  /** A request failed that nobody awaits, such as a `flush` of a watcher. */
  error: JoywireError;
}

/** What a session is to be like on this side. */
export interface SessionOptions {
  readonly onFailure: OnFailure;
  readonly keepaliveMs: number;
  readonly signal: AbortSignal | undefined;
}

export class Session {
  readonly entries: Entries;
  readonly channels: Channels;
  readonly listeners = new Listeners<ClientEvents>();
  /** Resolves once the connection has ended. */
  readonly closed: Promise<void>;
  readonly #connection: Connection;
  readonly #maxBytes: number;
  readonly #calls = new Calls();
  readonly #receipts: Receipts;
  #state: ClientState = { status: 'open' };
  #resolveClosed: () => void = () => undefined;
  #stopListening: () => void = () => undefined;

  constructor(connection: Connection, welcome: Welcome, options: SessionOptions, clock: Clock) {
    this.#connection = connection;
    this.#maxBytes = welcome.limits.maxMessageBytes;
    this.entries = new Entries(welcome, options.onFailure, (message, maxBytes) =>
      connection.send(message, maxBytes),
    );
    this.channels = new Channels((message) => connection.send(message));
    this.#receipts = new Receipts(clock, welcome.ackedThrough, (throughSeq) =>
      connection.send({ type: 'received', throughSeq }),
    );
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    connection.handOver({
      opened: () => undefined,
      message: (message) => this.#receive(message),
      closed: (end) => this.#ended(end),
    });
    connection.keepAlive(options.keepaliveMs);
    this.#endWith(options.signal);
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Sends a message that takes no seq and has no answer, at once. */
  send(message: ClientMessage): void {
    this.#connection.send(message);
  }

  /** Makes a call: at once with `now`, else in its place behind the entries called before. */
  call(method: string, params: Params): Promise<unknown> {
    return this.#calls.start((id, fail) => {
      const send = () => {
        if (this.#connection.send({ type: 'call', id, method, params }, this.#maxBytes)) return;
        fail(clientError('message_too_big'));
      };
      if (params['now'] === true) send();
      else this.entries.inOrder(send);
    });
  }

  /** Takes no more entries, and leaves once what was taken has run out, or with `discard` at once. */
  bye(discard: boolean): Promise<void> {
    const { status } = this.#state;
    if (status === 'closed') return this.closed;
    this.entries.stopTaking(clientError('session_ended'));
    if (discard) {
      this.entries.dropWaiting('discarded', 'the session ended before it was sent');
      this.send({ type: 'bye', discard });
    } else if (status === 'open') this.entries.inOrder(() => this.send({ type: 'bye', discard }));
    if (status === 'open') this.#setState({ status: 'closing' });
    return this.closed;
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case 'ack':
        return this.#acked(message);
      case 'push':
        return this.channels.push(message.id, message.n, message.payload);
      case 'result':
        return this.#calls.result(message.id, message.value);
      case 'error':
        return this.#refused(message.callId, message.error);
      case 'credit':
        return this.entries.setCredit(message.limit);
      case 'event':
        return this.listeners.emit('event', { name: message.name, data: message.data });
      case 'goaway':
        return this.listeners.emit('goaway', {
          reason: message.reason,
          reconnectInMs: message.reconnectInMs,
        });
      case 'pong':
        return;
      case 'welcome':
        return this.#connection.fault('the gateway sent a second welcome');
      default:
        return assertNever(message);
    }
  }

  #acked(ack: Extract<ServerMessage, { type: 'ack' }>): void {
    const result = this.entries.acked(ack);
    if (!result.ok) return this.#connection.fault(result.message);
    this.#receipts.acked(this.entries.ackedThrough);
    const { firstSeq, batch } = ack;
    const outcomes = ack.outcomes.map((outcome, index) => ({ ...outcome, seq: firstSeq + index, batch }));
    this.listeners.emit('ack', { outcomes, batch });
  }

  #refused(callId: number | undefined, error: RequestError): void {
    if (callId !== undefined) return this.#calls.failed(callId, error);
    if (error.subscription !== undefined) return this.channels.refused(error.subscription, error);
    const refused = requestError(error);
    // The gateway is seeing the session out: what it took is acked, then it closes.
    if (error.code === 'session_ended') this.entries.stopTaking(refused);
    // Entries that the gateway did not take would never get an outcome, and the two sides no longer agree on seqs.
    else if (error.seq !== undefined) this.#abandon(refused);
    this.listeners.emit('error', refused);
  }

  /** Ends the session for `error`'s sake: whatever waits rejects with it, and nothing that is queued is to run. */
  #abandon(error: JoywireError): void {
    if (this.#state.status === 'closed') return;
    this.#endAll(error, error);
    this.#connection.send({ type: 'bye', discard: true });
    if (this.#state.status === 'open') this.#setState({ status: 'closing' });
  }

  #endWith(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const abort = () => this.#abandon(clientError('aborted', 'the session was aborted', signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    this.#stopListening = () => signal.removeEventListener('abort', abort);
  }

  #ended({ code, reason, mayReconnect, cause }: ConnectionEnd): void {
    const farewell = this.#state.status === 'closing' && code === CLOSE_CODES.normal.code;
    const error = cause instanceof JoywireError ? cause : endError(farewell, code, reason, cause);
    this.#endAll(
      error,
      farewell ? error : clientError('session_ended', `the session has ended: ${error.message}`),
    );
    this.#receipts.stop();
    this.#stopListening();
    this.#setState({ status: 'closed', code, reason, mayReconnect });
    this.#resolveClosed();
  }

  /** @param later what calls from now on get */
  #endAll(error: JoywireError, later: JoywireError): void {
    this.entries.end(error, later);
    this.#calls.end(error, later);
    this.channels.end(error, later);
  }

  #setState(state: ClientState): void {
    this.#state = state;
    this.listeners.emit('state', state);
  }
}

function endError(farewell: boolean, code: number, reason: string, cause: unknown): JoywireError {
  if (farewell) return clientError('session_ended');
  const why = reason === '' ? `closed with ${code}` : `${code}: ${reason}`;
  return clientError('connection_lost', `${CLIENT_ERRORS.connection_lost} (${why})`, cause);
}
