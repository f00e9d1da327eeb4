/** One WebSocket: its handshake, the way of each message to whom it is for, and its end. */
import { compact } from '../../shared/check.ts';
import { CLOSE_CODES, type CloseName } from '../../shared/close-codes.ts';
import { decodeClientMessage, type FrameData } from '../../shared/codec.ts';
import { assertNever, type RequestCode } from '../../shared/errors.ts';
import type { ClientMessage, Encoding, Hello, ServerMessage, Welcome } from '../../shared/protocol.ts';
import type { Fault } from '../../shared/validate.ts';
import type { Channel } from '../channels/channel.ts';
import type { Guest } from '../access/guest.ts';
import type { Log, LogFields } from '../log.ts';
import type { Applicant } from '../emulator/waiting-line.ts';
import type { Link } from '../session/presence.ts';
import type { Session } from '../session/session.ts';
import { Gate, type GateDeps, type GateOwner, type ManyEntries } from './gate.ts';
import { keepaliveStep } from './keepalive.ts';
import { Outbox, type OutboxDeps, type OutboxOwner } from './outbox.ts';
import { errorBody, errorMessage } from './request-error.ts';
import type { Socket } from './socket.ts';
import { Subscriptions } from './subscriptions.ts';
import { type Rates, stricter } from './throttle.ts';
import { Unanswered } from './unanswered.ts';

/** What a hello led to. A watcher has no session to play. */
export type Opening =
  | { readonly ok: true; readonly session: Session | undefined; readonly welcome: Welcome }
  | {
      readonly ok: false;
      readonly close: CloseName;
      readonly code: RequestCode;
      readonly message: string;
      readonly allowed?: string;
    };

type Call = Extract<ClientMessage, { type: 'call' }>;

/** Who performs calls: the connection only carries their answers. */
export type PerformCall = (
  call: Call,
  session: Session | undefined,
  guest: Guest,
  reply: (message: ServerMessage) => void,
) => void;

/** What is this connection's own. */
export interface ConnectionSettings {
  /** Names it in the log. */
  readonly id: number;
  readonly encoding: Encoding;
  readonly guest: Guest;
}

/** What all connections of a gateway share. */
export interface ConnectionDeps extends OutboxDeps, GateDeps {
  readonly channels: ReadonlyMap<string, Channel>;
  readonly maxSubscriptions: number;
  readonly handshakeTimeoutMs: number;
  readonly keepaliveMs: number;
  /** How fast a client may go. */
  readonly rates: Rates;
  /** Opens a session for a hello; who waits for an emulator is told its place. Never rejects. */
  readonly open: (hello: Hello, guest: Guest, applicant: Applicant) => Promise<Opening>;
  readonly call: PerformCall;
  /** Wall clock in ms, for `pong`. */
  readonly wallClock: () => number;
  readonly onReplaced: (session: Session | undefined) => void;
  readonly log: Log;
  readonly onClose: (connection: Connection, guest: Guest) => void;
}

type State =
  | { readonly kind: 'awaiting_hello'; readonly deadlineMs: number }
  /** The session is being opened; what comes meanwhile waits. */
  | { readonly kind: 'opening'; readonly early: FrameData[]; readonly gone: AbortController }
  | { readonly kind: 'open'; readonly session: Session | undefined }
  /** A close frame is sent; the other side has until the deadline to answer. */
  | { readonly kind: 'closing'; readonly deadlineMs: number; readonly played: Session | undefined }
  | { readonly kind: 'closed' };

/** What may come between hello and welcome: messages, and their bytes together. */
const MAX_EARLY = 256;
const MAX_EARLY_BYTES = 1024 * 1024;
/** Of a masked control frame (RFC 6455 section 5.2). */
const CONTROL_HEADER_BYTES = 6;
/** How long the other side may take to answer a close frame before the socket is cut. */
const CLOSING_MS = 3000;

export class Connection implements Link, OutboxOwner, GateOwner {
  readonly id: number;
  readonly #socket: Socket;
  readonly #encoding: Encoding;
  readonly #guest: Guest;
  readonly #deps: ConnectionDeps;
  readonly #outbox: Outbox;
  readonly #gate: Gate;
  readonly #unanswered = new Unanswered((message) => this.send(message));
  #state: State;
  /** Made with the first of them. */
  #subscriptions: Subscriptions | undefined;
  #heard = false;
  /** How many bytes had come in with the latest message, and with control frames since. */
  #takenBytes: number;
  #heardAtMs: number;
  #pingedAtMs: number | undefined;
  #why = '';

  constructor(socket: Socket, { id, encoding, guest }: ConnectionSettings, deps: ConnectionDeps) {
    this.id = id;
    this.#socket = socket;
    this.#encoding = encoding;
    this.#guest = guest;
    this.#deps = deps;
    this.#takenBytes = socket.bytesRead;
    this.#heardAtMs = deps.clock.now();
    this.#state = { kind: 'awaiting_hello', deadlineMs: this.#heardAtMs + deps.handshakeTimeoutMs };
    this.#gate = new Gate(deps.rates, this, deps);
    this.#outbox = new Outbox(socket, encoding, this, deps);
  }

  /** Bytes that wait to be read by the other side. */
  get pendingBytes(): number {
    return this.#outbox.pendingBytes;
  }

  /** Bytes that came before welcome, or of a message that has not arrived whole. */
  get incomingBytes(): number {
    if (this.#state.kind === 'opening') return bytesOf(this.#state.early);
    return Math.max(0, this.#socket.bytesRead - this.#takenBytes);
  }

  /** What its end would free. */
  get heldBytes(): number {
    return this.pendingBytes + this.incomingBytes;
  }

  get session(): Session | undefined {
    return this.#state.kind === 'open' ? this.#state.session : undefined;
  }

  /** A ping or pong of WebSocket, with so many bytes of data. */
  heard(dataBytes: number): void {
    this.#heard = true;
    this.#takenBytes += CONTROL_HEADER_BYTES + dataBytes;
  }

  /** One WebSocket message. */
  receive(data: FrameData): void {
    // The sweep gives it its time: messages are too many for that.
    this.#heard = true;
    this.#takenBytes = this.#socket.bytesRead;
    if (this.#state.kind === 'closing' || this.#state.kind === 'closed') return;
    if (this.#state.kind === 'opening') return this.#keepEarly(data, this.#state.early);
    const encoding = this.#encoding;
    if ((typeof data === 'string') !== (encoding === 'json')) {
      this.end(
        'unsupported_data',
        `${encoding} travels in ${encoding === 'json' ? 'text' : 'binary'} frames`,
      );
      return;
    }
    const { session } = this;
    session?.recorder?.read(session.nextSeq);
    const decoded = decodeClientMessage(data, encoding);
    const open = this.#state.kind === 'open';
    if (decoded.ok) {
      if (!open || this.#gate.admits(decoded.message)) this.#dispatch(decoded.message);
    } else if (!open || decoded.fault.kind === 'payload' || this.#gate.admitsFault(decoded.fault)) {
      this.#fault(decoded.fault);
    }
  }

  /** The socket is closed, by whichever side. */
  closed(code: number): void {
    if (this.#state.kind === 'closed') return;
    const { session } = this;
    const played = this.#state.kind === 'closing' ? this.#state.played : session;
    if (this.#state.kind === 'opening') this.#state.gone.abort();
    this.#state = { kind: 'closed' };
    this.#gate.close();
    this.#outbox.close();
    this.#subscriptions?.close();
    session?.presence.detach(this);
    this.#deps.log.info('connection closed', { ...this.#fields(played), code, why: this.#why });
    this.#deps.onClose(this, this.#guest);
  }

  /** The sweep over all connections: deadlines and keepalive. `sweptAtMs` is when it came by before. */
  sweep(sweptAtMs: number): void {
    this.#checkStanding();
    const now = this.#deps.clock.now();
    const state = this.#state;
    if (state.kind === 'awaiting_hello' && now >= state.deadlineMs) {
      this.end('handshake_timeout', `no hello within ${this.#deps.handshakeTimeoutMs} ms`);
    } else if (state.kind === 'closing' && now >= state.deadlineMs) this.#socket.terminate();
    else if (this.#outbox.stalled(this.#deps.keepaliveMs)) {
      this.#close('slow_consumer', 'acks were not read within the keepalive time');
    } else if (state.kind === 'open' || state.kind === 'opening') this.#keepAlive(sweptAtMs, now);
  }

  /** Whose token stops to count is told in time, and sent away in the end. */
  #checkStanding(): void {
    if (this.#state.kind !== 'open') return;
    const standing = this.#guest.standing();
    if (standing.kind === 'expired') this.end('unauthorized', 'the token has expired');
    if (standing.kind !== 'expiring') return;
    this.send({ type: 'event', name: 'token_expiring', data: { expiresInMs: standing.inMs } });
  }

  acksReady(): void {
    this.#outbox.schedule();
  }

  entriesIn(message: ManyEntries): number {
    return this.session?.entriesIn(message) ?? 1;
  }

  lineFast(): void {
    this.#subscriptions?.sendHeld();
  }

  lineHopeless(): void {
    this.#close('slow_consumer', 'what was sent was not read');
  }

  /** Sends after the acks that are ready. */
  send(message: ServerMessage): void {
    this.#outbox.send(message);
  }

  /** Sends what is ready and starts the closing handshake. */
  end(close: CloseName, reason: string): void {
    if (this.#state.kind === 'closing' || this.#state.kind === 'closed') return;
    this.#outbox.finish();
    if (this.#state.kind === 'open') {
      // Whoever comes back asks again; after this nobody does.
      if (close === 'normal') this.#unanswered.sessionEnded();
      this.#subscriptions?.ending();
      this.#outbox.finish();
    }
    this.#close(close, reason);
  }

  /** The gateway is stopping: the client is told, and whoever plays is seen out. */
  drain(reason: string, reconnectInMs: number): void {
    if (this.#state.kind === 'closing' || this.#state.kind === 'closed') return;
    this.send({ type: 'goaway', reason, reconnectInMs });
    const { session } = this;
    if (session === undefined) this.end('service_restart', reason);
    else session.presence.shutDown(reason);
  }

  /** The gateway is short of memory: the buffers go at once, and whoever plays may resume. */
  letGo(): void {
    this.#close('slow_consumer', 'the gateway is short of memory');
    this.#socket.terminate();
  }

  /** Ends the connection at once. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** What ties its lines in the log. */
  #fields(session: Session | undefined): LogFields {
    return {
      connection: this.id,
      ...(session !== undefined && { session: session.id, emulator: session.emulator.id }),
    };
  }

  #close(close: CloseName, reason: string): void {
    if (this.#state.kind === 'closing' || this.#state.kind === 'closed') return;
    const { session } = this;
    this.#why = `${close}: ${reason}`;
    if (this.#state.kind === 'opening') this.#state.gone.abort();
    this.#state = { kind: 'closing', deadlineMs: this.#deps.clock.now() + CLOSING_MS, played: session };
    this.#gate.close();
    this.#outbox.close();
    this.#subscriptions?.close();
    session?.presence.detach(this);
    this.#socket.close(CLOSE_CODES[close].code, truncated(reason));
  }

  #keepAlive(sweptAtMs: number, now: number): void {
    if (this.#heard) {
      this.#heard = false;
      this.#heardAtMs = now;
      this.#pingedAtMs = undefined;
    }
    const silence = { heardAtMs: this.#heardAtMs, pingedAtMs: this.#pingedAtMs };
    switch (keepaliveStep(silence, this.#deps.keepaliveMs, sweptAtMs, now)) {
      case 'nothing':
        return;
      case 'ping':
        this.#pingedAtMs = now;
        return this.#socket.ping();
      case 'give_up':
        return this.#close('keepalive_timeout', 'nothing came back within the keepalive time');
    }
  }

  #dispatch(message: ClientMessage): void {
    switch (this.#state.kind) {
      case 'awaiting_hello':
        if (message.type === 'hello') void this.#open(message.hello);
        else this.end('hello_expected', `the first message must be hello, not ${message.type}`);
        return;
      case 'open':
        return this.#handle(message, this.#state.session);
      case 'opening':
      case 'closing':
      case 'closed':
        return;
    }
  }

  /** A client need not wait for welcome, within reason. */
  #keepEarly(data: FrameData, early: FrameData[]): void {
    early.push(data);
    if (early.length > MAX_EARLY || bytesOf(early) > MAX_EARLY_BYTES) {
      this.end('hello_expected', `more than ${MAX_EARLY} messages or 1 MiB came before welcome`);
    }
  }

  async #open(hello: Hello): Promise<void> {
    const early: FrameData[] = [];
    const gone = new AbortController();
    this.#state = { kind: 'opening', early, gone };
    const opening = await this.#deps.open(hello, this.#guest, {
      waiting: (place) => this.send({ type: 'event', name: 'waiting', data: { place } }),
      asked: (answerMs) => this.send({ type: 'event', name: 'control_asked', data: { answerMs } }),
      signal: gone.signal,
    });
    if (this.#state.kind !== 'opening') {
      // The client left while its emulator was starting.
      if (opening.ok) opening.session?.presence.unclaimed();
      return;
    }
    if (!opening.ok) {
      const { close, code, message, allowed } = opening;
      this.send(errorMessage(undefined, errorBody(code, message, allowed === undefined ? {} : { allowed })));
      this.end(close, message);
      return;
    }
    this.#welcome(opening.session, opening.welcome, hello);
    for (const data of early) this.receive(data);
  }

  #welcome(session: Session | undefined, welcome: Welcome, { client, label }: Hello): void {
    const said = session === undefined ? 'connection watches' : 'connection plays';
    const { resumed } = welcome;
    this.#deps.log.info(said, { ...this.#fields(session), resumed, client, label });
    this.#gate.limit(stricter(this.#deps.rates, this.#guest.identity?.limits));
    this.#outbox.send({ type: 'welcome', welcome });
    this.#state = { kind: 'open', session };
    session?.presence.attach(this);
  }

  #subscribed(session: Session | undefined): Subscriptions {
    this.#subscriptions ??= new Subscriptions({
      channels: this.#deps.channels,
      sessionId: session?.id,
      maxSubscriptions: this.#deps.maxSubscriptions,
      send: (message) => this.send(message),
      slow: () => this.#outbox.slow,
      onReplaced: () => this.#deps.onReplaced(session),
    });
    return this.#subscriptions;
  }

  #handle(message: ClientMessage, session: Session | undefined): void {
    switch (message.type) {
      case 'input':
      case 'inputs':
      case 'keys':
      case 'command':
      case 'define':
      case 'script':
        if (session !== undefined) return session.receive(message);
        return this.#refuse('not_controller', `${message.type}: this session watches`);
      case 'flush':
        return session?.flush();
      case 'cancel':
        return session?.cancel(message.fromSeq);
      case 'received':
        return session?.received(message.throughSeq);
      case 'subscribe':
        return this.#answer(this.#subscribed(session).subscribe(message));
      case 'unsubscribe':
        return this.#answer(this.#subscribed(session).unsubscribe(message.id));
      case 'call':
        return this.#deps.call(message, session, this.#guest, this.#unanswered.add(message.id));
      case 'ping':
        return this.send({ type: 'pong', n: message.n, timeMs: this.#deps.wallClock() });
      case 'bye':
        if (session === undefined) return this.end('normal', 'bye');
        return session.presence.leave(message.discard, 'normal', 'bye');
      case 'hello':
        return this.end('hello_expected', 'hello comes once, at the start');
      default:
        return assertNever(message);
    }
  }

  #fault(fault: Fault): void {
    const awaiting = this.#state.kind === 'awaiting_hello';
    if (fault.kind === 'payload') return this.end('invalid_payload', fault.message);
    if (fault.kind === 'request') {
      const { code, message, callId, allowed, seq, subscription } = fault;
      const more = compact({ allowed, seq, subscription });
      this.send(errorMessage(callId, errorBody(code, message, more)));
      if (awaiting) this.end('hello_refused', message);
      return;
    }
    if (awaiting) return this.end('hello_expected', 'the first message must be hello');
    if (this.#state.kind !== 'open') return;
    if (this.#state.session === undefined) return this.#refuse('not_controller', 'this session watches');
    this.#state.session.receiveFaulty(fault);
  }

  #answer(error: ReturnType<Subscriptions['subscribe']>): void {
    if (error !== undefined) this.send(errorMessage(undefined, error));
  }

  #refuse(code: RequestCode, message: string): void {
    this.send(errorMessage(undefined, errorBody(code, message)));
  }
}

function bytesOf(frames: readonly FrameData[]): number {
  return frames.reduce((sum, { length }) => sum + length, 0);
}

/** A close reason has at most 123 bytes of UTF-8 (RFC 6455 section 5.5). */
function truncated(reason: string): string {
  const bytes = new TextEncoder().encode(reason);
  return bytes.length <= 123 ? reason : new TextDecoder().decode(bytes.slice(0, 120), { stream: true });
}
