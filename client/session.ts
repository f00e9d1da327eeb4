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
import { Asides } from './asides.ts';
import { Calls, requestError } from './calls.ts';
import type { Clock } from './clock.ts';
import { Channels } from './channels.ts';
import { Control, type ControlChange, type ControlRequest } from './control.ts';
import type { Connection, ConnectionEnd } from './connection.ts';
import { Entries } from './entries.ts';
import { CLIENT_ERRORS, clientError } from './errors.ts';
import { Line, type LineOptions } from './line.ts';
import type { Definition } from './macros.ts';
import { Listeners } from './listeners.ts';
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
  /** Another session has taken the emulator over, or control has come back. */
  control: ControlChange;
  /** Another session asks for control. */
  controlRequested: ControlRequest;
  /** A request failed that nobody awaits, such as a `flush` of a watcher. */
  error: JoywireError;
}

/** What a session is to be like on this side. */
export interface SessionOptions {
  readonly onFailure: OnFailure;
  readonly signal: AbortSignal | undefined;
  readonly line: LineOptions;
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
  readonly control: Control;
  readonly listeners = new Listeners<ClientEvents>();
  readonly clock: Clock;
  /** Resolves once the connection has ended. */
  readonly closed: Promise<void>;
  readonly #identity: { readonly session: string; readonly secret: string } | undefined;
  readonly #maxBytes: number;
  readonly #calls = new Calls();
  readonly #asides = new Asides();
  /** What the gateway has been told of each macro, as it can be told again at any time. */
  readonly #macros = new Map<string, ClientMessage>();
  readonly #line: Line;
  #leave: Leave = { kind: 'staying' };
  readonly #receipts: Receipts;
  #state: ClientState = { status: 'open' };
  #resolveClosed: () => void = () => undefined;
  #stopListening: () => void = () => undefined;

  constructor(connection: Connection, welcome: Welcome, { onFailure, signal, line }: SessionOptions) {
    const { session, secret } = welcome;
    this.clock = line.clock;
    // A watcher has nothing to resume: it says hello again.
    this.#identity = welcome.emulator === null ? undefined : { session, secret };
    this.#maxBytes = welcome.limits.maxMessageBytes;
    this.control = new Control(welcome, {
      changed: (change) => this.listeners.emit('control', change),
      requested: (request) => this.listeners.emit('controlRequested', request),
    });
    this.entries = new Entries(welcome, onFailure, (message, maxBytes) => this.#line.send(message, maxBytes));
    this.channels = new Channels((message) => this.#line.send(message));
    this.#receipts = new Receipts(line.clock, welcome.ackedThrough, (throughSeq) =>
      this.#line.send({ type: 'received', throughSeq }),
    );
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#line = new Line(connection, line, {
      message: (message) => this.#receive(message),
      resume: () =>
        this.#identity === undefined ? undefined : { ...this.#identity, received: this.entries.ackedThrough },
      wanted: () => this.#leave.kind !== 'abandoning',
      reconnecting: (attempt, sinceMs, reason) => this.#reconnecting(attempt, sinceMs, reason),
      restored: (again) => this.#restored(again),
      ended: (end) => this.#ended(end),
    });
    this.#endWith(signal);
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Sends a message about the entries called before, at once; again after a break, if it may not have arrived. */
  send(message: ClientMessage): void {
    if (!this.entries.settled) this.#asides.add(message, this.entries.nextSeq);
    this.#line.send(message);
  }

  /** Names a macro for the entries called from now on, and again after a break: the gateway may have been restarted. */
  define(name: string, { message, plain }: Definition): void {
    this.entries.inOrder(() => {
      this.#macros.set(name, plain);
      this.#line.send(message);
    });
  }

  /** Makes a call: at once with `now`, else in its place behind the entries called before. */
  call(method: string, params: Params): Promise<unknown> {
    return this.#calls.start((id, fail) => {
      const send = () => {
        const message: ClientMessage = { type: 'call', id, method, params };
        if (!this.#line.send(message, this.#maxBytes)) return fail(clientError('message_too_big'));
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
    if (this.#line.down) {
      const error = clientError('connection_lost');
      return this.#over({ code: 1006, reason: 'discarded', mayReconnect: true }, error);
    }
    this.#line.send({ type: 'bye', discard: true });
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
    this.#leave = { kind: 'settling', sent: this.#line.send({ type: 'bye', discard: false }) };
  }

  #closing(): void {
    const { status } = this.#state;
    if (status !== 'closing' && status !== 'closed') this.#setState({ status: 'closing' });
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
        this.listeners.emit('event', { name: message.name, data: message.data });
        return this.control.event(message.name, message.data);
      case 'goaway':
        this.#line.notBefore(message.reconnectInMs);
        return this.listeners.emit('goaway', {
          reason: message.reason,
          reconnectInMs: message.reconnectInMs,
        });
      case 'pong':
        return;
      case 'welcome':
        return this.#line.fault('the gateway sent a second welcome');
      default:
        return assertNever(message);
    }
  }

  #acked(ack: Extract<ServerMessage, { type: 'ack' }>): void {
    const result = this.entries.acked(ack);
    if (!result.ok) return this.#line.fault(result.message);
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
      if (this.#line.resumes) return;
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
    if (this.#line.down) {
      return this.#over({ code: 1006, reason: error.message, mayReconnect: true }, error);
    }
    this.#line.send({ type: 'bye', discard: true });
    this.#closing();
  }

  #endWith(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const abort = () => this.#abandon(clientError('aborted', 'the session was aborted', signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    this.#stopListening = () => signal.removeEventListener('abort', abort);
  }

  #reconnecting(attempt: number, sinceMs: number, reason: string): void {
    this.#receipts.stop();
    const { status } = this.#state;
    if (status === 'open' || status === 'reconnecting') {
      this.#setState({ status: 'reconnecting', attempt, sinceMs, reason });
    }
  }

  /** What did not arrive goes again, in its first order, before anything new. */
  #restored(welcome: Welcome): void {
    const { resumed, nextSeq, credit } = welcome;
    const { ackedThrough, nextSeq: own } = this.entries;
    if (this.#identity !== undefined && (!resumed || nextSeq <= ackedThrough || nextSeq > own)) {
      return this.#line.fault(
        `the gateway resumed at seq ${nextSeq}; expected ${ackedThrough + 1} to ${own}`,
      );
    }
    this.#receipts.told(ackedThrough);
    for (const definition of this.#macros.values()) this.#line.send(definition);
    const { messages, lost } = this.#asides.replay(this.entries.unacked(), nextSeq);
    for (const message of messages) this.#line.send(message);
    for (const id of lost) this.#calls.lost(id, clientError('call_lost'));
    this.channels.renew();
    this.entries.setCredit(credit);
    if (this.#leave.kind === 'discarding') this.#line.send({ type: 'bye', discard: true });
    if (this.#leave.kind === 'settling') this.#leave = { kind: 'settling', sent: false };
    this.#byeIfSettled();
    if (this.#state.status === 'reconnecting') this.#setState({ status: 'open' });
    this.control.welcomed(welcome);
  }

  #ended({ code, reason, mayReconnect, cause }: ConnectionEnd): void {
    if (this.#saidFarewell(code, cause)) {
      const { normal } = CLOSE_CODES;
      return this.#over({ code: normal.code, reason, mayReconnect: false }, clientError('session_ended'));
    }
    const error = cause instanceof JoywireError ? cause : connectionLost(code, reason, cause);
    const later = clientError('session_ended', `the session has ended: ${error.message}`);
    this.#over({ code, reason, mayReconnect }, error, later);
  }

  /** Whether it ended as it was asked to; also when bye arrived, all had been acked, and only the close was not heard. */
  #saidFarewell(code: number, cause: unknown): boolean {
    if (this.#leave.kind === 'staying') return false;
    if (code === CLOSE_CODES.normal.code && !(cause instanceof JoywireError)) return true;
    const gone = cause instanceof JoywireError && cause.code === 'session_lost';
    return gone && this.#leave.kind === 'settling' && this.entries.settled;
  }

  #over(end: Omit<ClientState & { status: 'closed' }, 'status'>, error: JoywireError, later = error): void {
    this.#line.stop();
    this.#endAll(error, later);
    this.#receipts.stop();
    this.#stopListening();
    this.#setState({ status: 'closed', ...end });
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

function connectionLost(code: number, reason: string, cause: unknown): JoywireError {
  const why = reason === '' ? `closed with ${code}` : `${code}: ${reason}`;
  return clientError('connection_lost', `${CLIENT_ERRORS.connection_lost} (${why})`, cause);
}
