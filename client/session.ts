/** What goes on inside of a session: who gets each message of the gateway, and how all of it ends. */
import { CLOSE_CODES } from '../shared/close-codes.ts';
import { assertNever, JoywireError } from '../shared/errors.ts';
import type {
  BatchInfo,
  ClientMessage,
  Hello,
  OnFailure,
  Params,
  RequestError,
  ServerMessage,
  Welcome,
} from '../shared/protocol.ts';
import { Asides } from './asides.ts';
import type { OutageLimits } from './outage-limits.ts';
import { Calls, requestError } from './calls.ts';
import { Channels } from './channels.ts';
import type { Clock } from './clock.ts';
import type { Connection, ConnectionEnd } from './connection.ts';
import { Entries } from './entries.ts';
import { CLIENT_ERRORS, clientError } from './errors.ts';
import type { Attempt, Welcomed } from './handshake.ts';
import { Listeners } from './listeners.ts';
import { Outage } from './outage.ts';
import type { EntryOutcome } from './pending.ts';
import { Receipts } from './receipts.ts';

/**
 * Where a session stands. `reconnecting`: the connection broke and the session is being resumed; everything may be called as
 * ever and waits. `closing`: nothing more is taken, what was taken runs out, also over a break.
 */
export type ClientState =
  | { readonly status: 'open' }
  | {
      readonly status: 'reconnecting';
      /** The attempt that is being made or waited for, from 1. */
      readonly attempt: number;
      /** When the connection broke, in ms since 1970. */
      readonly sinceMs: number;
      /** Why it broke. */
      readonly reason: string;
    }
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

/** Opens another connection for the session; `welcomed` gets it at once. Never rejects. */
export type Redial = (resume: Hello['resume'], welcomed: Welcomed<void>) => Promise<Attempt<void>>;

/** What a session is to be like on this side. */
export interface SessionOptions {
  readonly onFailure: OnFailure;
  readonly keepaliveMs: number;
  readonly signal: AbortSignal | undefined;
  readonly redial: Redial;
  /** Undefined: the session ends with its connection. */
  readonly outage: OutageLimits | undefined;
}

/** How the session is to end, once somebody has asked for it. */
type Leave =
  | { readonly kind: 'staying' }
  /** Once everything has its outcome; `sent`: bye is on its way. */
  | { readonly kind: 'settling'; readonly sent: boolean }
  | { readonly kind: 'discarding' }
  /** Nobody waits for anything any more. */
  | { readonly kind: 'abandoning' };

export class Session {
  readonly entries: Entries;
  readonly channels: Channels;
  readonly listeners = new Listeners<ClientEvents>();
  /** Resolves once the connection has ended. */
  readonly closed: Promise<void>;
  readonly #options: SessionOptions;
  readonly #clock: Clock;
  readonly #identity: { readonly session: string; readonly secret: string } | undefined;
  readonly #maxBytes: number;
  readonly #calls = new Calls();
  readonly #asides = new Asides();
  #connection: Connection;
  #leave: Leave = { kind: 'staying' };
  #outage: Outage | undefined;
  /** What the gateway asked for in its latest goaway. */
  #notBeforeMs = 0;
  /** An attempt of ours failed and may still arrive: it would take the session over from the next one. */
  #stray = false;
  readonly #receipts: Receipts;
  #state: ClientState = { status: 'open' };
  #resolveClosed: () => void = () => undefined;
  #stopListening: () => void = () => undefined;

  constructor(connection: Connection, welcome: Welcome, options: SessionOptions, clock: Clock) {
    const { session, secret } = welcome;
    this.#connection = connection;
    this.#options = options;
    this.#clock = clock;
    // A watcher has nothing to resume: it says hello again.
    this.#identity = welcome.emulator === null ? undefined : { session, secret };
    this.#maxBytes = welcome.limits.maxMessageBytes;
    this.entries = new Entries(welcome, options.onFailure, (message, maxBytes) =>
      this.#connection.send(message, maxBytes),
    );
    this.channels = new Channels((message) => this.#connection.send(message));
    this.#receipts = new Receipts(clock, welcome.ackedThrough, (throughSeq) =>
      this.#connection.send({ type: 'received', throughSeq }),
    );
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#adopt(connection);
    this.#endWith(options.signal);
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Sends a message about the entries called before, at once; again after a break, if it may not have arrived. */
  send(message: ClientMessage): void {
    if (!this.entries.settled) this.#asides.add(message, this.entries.nextSeq);
    this.#connection.send(message);
  }

  /** Makes a call: at once with `now`, else in its place behind the entries called before. */
  call(method: string, params: Params): Promise<unknown> {
    return this.#calls.start((id, fail) => {
      const send = () => {
        const message: ClientMessage = { type: 'call', id, method, params };
        if (!this.#connection.send(message, this.#maxBytes)) return fail(clientError('message_too_big'));
        this.#asides.add(message, this.entries.nextSeq);
      };
      if (params['now'] === true) send();
      else this.entries.inOrder(send);
    });
  }

  /** Takes no more entries, and leaves once what was taken has run out, or with `discard` at once. */
  bye(discard: boolean): Promise<void> {
    const { status } = this.#state;
    if (status === 'closed' || this.#leave.kind === 'abandoning') return this.closed;
    this.entries.stopTaking(clientError('session_ended'));
    if (discard) this.#discard();
    else if (this.#leave.kind === 'staying') this.entries.inOrder(() => this.#settle());
    this.#closing();
    return this.closed;
  }

  #discard(): void {
    this.entries.dropWaiting('discarded', 'the session ended before it was sent');
    this.#leave = { kind: 'discarding' };
    // With no connection, whoever discards does not want to wait for one either.
    if (this.#outage !== undefined) {
      return this.#over({ code: 1006, reason: 'discarded', error: clientError('connection_lost') });
    }
    this.#connection.send({ type: 'bye', discard: true });
  }

  /** Everything is sent. Bye follows once it is acked: then nothing can be lost by a break any more. */
  #settle(): void {
    if (this.#leave.kind !== 'staying') return;
    this.#leave = { kind: 'settling', sent: false };
    if (!this.entries.settled) this.send({ type: 'flush' });
    this.#byeIfSettled();
  }

  #byeIfSettled(): void {
    if (this.#leave.kind !== 'settling' || this.#leave.sent || !this.entries.settled) return;
    this.#leave = { kind: 'settling', sent: this.#connection.send({ type: 'bye', discard: false }) };
  }

  #closing(): void {
    const { status } = this.#state;
    if (status !== 'closing' && status !== 'closed') this.#setState({ status: 'closing' });
  }

  #adopt(connection: Connection): void {
    this.#connection = connection;
    connection.handOver({
      opened: () => undefined,
      message: (message) => this.#receive(message),
      closed: (end) => this.#ended(end),
    });
    connection.keepAlive(this.#options.keepaliveMs);
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case 'ack':
        return this.#acked(message);
      case 'push':
        return this.channels.push(message.id, message.n, message.payload);
      case 'result':
        this.#asides.answered(message.id);
        return this.#calls.result(message.id, message.value);
      case 'error':
        return this.#refused(message.callId, message.error);
      case 'credit':
        return this.entries.setCredit(message.limit);
      case 'event':
        return this.listeners.emit('event', { name: message.name, data: message.data });
      case 'goaway':
        this.#notBeforeMs = message.reconnectInMs;
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
    const { ackedThrough } = this.entries;
    this.#asides.acked(ackedThrough);
    this.#receipts.acked(ackedThrough);
    const { firstSeq, batch } = ack;
    const outcomes = ack.outcomes.map((outcome, index) => ({ ...outcome, seq: firstSeq + index, batch }));
    this.listeners.emit('ack', { outcomes, batch });
    this.#byeIfSettled();
  }

  #refused(callId: number | undefined, error: RequestError): void {
    if (callId !== undefined) {
      this.#asides.answered(callId);
      return this.#calls.failed(callId, error);
    }
    if (error.subscription !== undefined) return this.channels.refused(error.subscription, error);
    const refused = requestError(error);
    // The gateway is seeing the session out: what it took is acked, then it closes.
    if (error.code === 'session_ended') {
      // What it did not take is sent again if the session can be resumed after that.
      if (this.#options.outage !== undefined) return;
      this.entries.stopTaking(refused);
    }
    // Entries that the gateway did not take would never get an outcome, and the two sides no longer agree on seqs.
    else if (error.seq !== undefined) this.#abandon(refused);
    this.listeners.emit('error', refused);
  }

  /** Ends the session for `error`'s sake: whatever waits rejects with it, and nothing that is queued is to run. */
  #abandon(error: JoywireError): void {
    if (this.#state.status === 'closed') return;
    this.#endAll(error, error);
    this.#leave = { kind: 'abandoning' };
    if (this.#outage !== undefined) return this.#over({ code: 1006, reason: error.message, error });
    this.#connection.send({ type: 'bye', discard: true });
    this.#closing();
  }

  #endWith(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const abort = () => this.#abandon(clientError('aborted', 'the session was aborted', signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    this.#stopListening = () => signal.removeEventListener('abort', abort);
  }

  #ended({ code, reason, mayReconnect, cause }: ConnectionEnd): void {
    const farewell = this.#leave.kind !== 'staying' && code === CLOSE_CODES.normal.code;
    const error = cause instanceof JoywireError ? cause : endError(farewell, code, reason, cause);
    const ours = code === CLOSE_CODES.taken_over.code && this.#stray;
    const { outage } = this.#options;
    if (outage === undefined || this.#leave.kind === 'abandoning' || !(mayReconnect || ours)) {
      return this.#over({ code, reason, error, farewell, mayReconnect });
    }
    if (ours) this.#stray = false;
    this.#reconnect(outage, reason === '' ? `closed with ${code}` : reason);
  }

  #reconnect(limits: OutageLimits, reason: string): void {
    const sinceMs = this.#clock.wallMs();
    this.#receipts.stop();
    this.#outage = new Outage({
      clock: this.#clock,
      limits,
      notBeforeMs: this.#notBeforeMs,
      redial: () => this.#redial(),
      onAttempt: (attempt) => {
        if (this.#leave.kind === 'staying' && this.#state.status !== 'closing') {
          this.#setState({ status: 'reconnecting', attempt, sinceMs, reason });
        }
      },
      onGivenUp: (error) => this.#gaveUp(error),
    });
    this.#notBeforeMs = 0;
    this.#outage.start();
  }

  #gaveUp(error: JoywireError): void {
    // Bye arrived before the line broke, and all had been acked: this is how it was to end.
    const farewell = error.code === 'session_lost' && this.#leave.kind === 'settling' && this.entries.settled;
    if (farewell) {
      return this.#over({
        code: CLOSE_CODES.normal.code,
        reason: 'bye',
        error: clientError('session_ended'),
        farewell,
      });
    }
    const refused = error.cause instanceof JoywireError && error.cause.code === 'resume_refused';
    const mayReconnect = refused || error.code === 'connection_lost';
    this.#over({ code: 1006, reason: error.message, error, mayReconnect });
  }

  async #redial(): Promise<Attempt<void>> {
    const { ackedThrough: received } = this.entries;
    const resume = this.#identity === undefined ? undefined : { ...this.#identity, received };
    const result = await this.#options.redial(resume, (connection, welcome) =>
      this.#resumed(connection, welcome),
    );
    if (!result.ok) this.#stray = true;
    return result;
  }

  /** What did not arrive goes again, in its first order, before anything new. */
  #resumed(connection: Connection, { resumed, nextSeq, credit }: Welcome): void {
    const { ackedThrough, nextSeq: own } = this.entries;
    // It was given up while the welcome was on its way.
    if (this.#state.status === 'closed') return void connection.send({ type: 'bye', discard: true });
    this.#outage?.stop();
    this.#outage = undefined;
    this.#adopt(connection);
    if (this.#identity !== undefined && (!resumed || nextSeq <= ackedThrough || nextSeq > own)) {
      return connection.fault(
        `the gateway resumed at seq ${nextSeq}; expected ${ackedThrough + 1} to ${own}`,
      );
    }
    this.#receipts.told(ackedThrough);
    const { messages, lost } = this.#asides.replay(this.entries.unacked(), nextSeq);
    for (const message of messages) connection.send(message);
    for (const id of lost) this.#calls.lost(id, clientError('call_lost'));
    this.channels.renew();
    this.entries.setCredit(credit);
    if (this.#leave.kind === 'discarding') connection.send({ type: 'bye', discard: true });
    if (this.#leave.kind === 'settling') this.#leave = { kind: 'settling', sent: false };
    this.#byeIfSettled();
    if (this.#state.status === 'reconnecting') this.#setState({ status: 'open' });
  }

  /** The end. */
  #over(end: {
    readonly code: number;
    readonly reason: string;
    readonly error: JoywireError;
    readonly farewell?: boolean;
    readonly mayReconnect?: boolean;
  }): void {
    const { code, reason, error, farewell = false, mayReconnect = false } = end;
    const ended = clientError('session_ended', `the session has ended: ${error.message}`);
    this.#outage?.stop();
    this.#outage = undefined;
    this.#endAll(error, farewell ? error : ended);
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
