/** One WebSocket: bytes in and out, keepalive, and its end. Knows nothing of entries, calls and channels. */
import { CLOSE_CODES, mayReconnect } from '../shared/close-codes.ts';
import { decodeServerMessage, encodeClientMessage } from '../shared/codec.ts';
import type { JoywireError } from '../shared/errors.ts';
import { type ClientMessage, type Encoding, type ServerMessage, SUBPROTOCOLS } from '../shared/protocol.ts';
import type { Clock } from './clock.ts';
import { clientError } from './errors.ts';
import { Keepalive } from './keepalive.ts';
import type { OpenSocket, Socket, SocketClose } from './socket.ts';

/** How a connection ended. */
export interface ConnectionEnd {
  /** Close code (RFC 6455 section 7.4, and `CLOSE_CODES`); 1006 when the line broke without one. */
  readonly code: number;
  readonly reason: string;
  /** Whether connecting again can make sense. */
  readonly mayReconnect: boolean;
  /** Why this side ended it, if it did so by itself; or what the platform says about a failed opening. */
  readonly cause: unknown;
}

/** After `ended` nothing goes out or is listened to, though the closing handshake may still be under way. */
type Phase = 'opening' | 'open' | 'ended';

/** Who uses a connection. `closed` comes once and last. */
export interface ConnectionEvents {
  opened(): void;
  message(message: ServerMessage): void;
  closed(end: ConnectionEnd): void;
}

export interface ConnectionDeps {
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
}

export class Connection {
  readonly #clock: Clock;
  readonly #encoding: Encoding;
  readonly #socket: Socket;
  #events: ConnectionEvents;
  #phase: Phase = 'opening';
  #outbox: (Uint8Array | string)[] = [];
  #keepalive: Keepalive | undefined;

  constructor(
    url: string,
    encoding: Encoding,
    events: ConnectionEvents,
    { openSocket, clock }: ConnectionDeps,
  ) {
    this.#clock = clock;
    this.#encoding = encoding;
    this.#events = events;
    this.#socket = openSocket(url, SUBPROTOCOLS[encoding], {
      opened: () => this.#opened(),
      message: (data) => this.#received(data),
      closed: (close) => this.#closed(close),
    });
  }

  /** Hands the connection to another user; nothing is lost when it happens inside of a callback. */
  handOver(events: ConnectionEvents): void {
    this.#events = events;
  }

  /** Starts pinging; something must come back within one interval. */
  keepAlive(intervalMs: number): void {
    this.#keepalive?.stop();
    this.#keepalive = new Keepalive(this.#clock, intervalMs, {
      ping: (n) => void this.send({ type: 'ping', n }),
      lost: (silentMs) => this.#lost(silentMs),
    });
  }

  /**
   * Sends a message with everything else of this tick in one write. False when it is larger than `maxBytes`:
   * then nothing was sent. On a connection that is not open it is dropped, as what is under way at a break is.
   */
  send(message: ClientMessage, maxBytes = Infinity): boolean {
    const data = encodeClientMessage(message, this.#encoding);
    if (data.length > maxBytes) return false;
    if (this.#phase === 'open' && this.#outbox.push(data) === 1) queueMicrotask(() => this.#flush());
    return true;
  }

  /** Ends the connection for `error`'s sake, after what has been sent so far; it counts as closed at once. */
  close(code: number, error: JoywireError): void {
    if (this.#phase === 'ended') return;
    this.#flush();
    // A close frame carries at most 123 bytes of reason (RFC 6455 section 5.5).
    this.#socket.close(code, error.message.slice(0, 40));
    this.#ended({ code, reason: error.message, mayReconnect: false, cause: error });
  }

  /** The other side breaks the protocol: nothing more of it is believed. */
  fault(message: string): void {
    this.close(CLOSE_CODES.invalid_payload.code, clientError('protocol_error', message));
  }

  #opened(): void {
    if (this.#phase !== 'opening') return;
    this.#phase = 'open';
    this.#events.opened();
  }

  #flush(): void {
    const outbox = this.#outbox;
    this.#outbox = [];
    if (this.#phase !== 'open' || outbox.length === 0) return;
    this.#socket.together(() => {
      for (const data of outbox) this.#socket.send(data);
    });
  }

  #received(data: Uint8Array | string): void {
    if (this.#phase === 'ended') return;
    this.#keepalive?.heard();
    const decoded = decodeServerMessage(data, this.#encoding);
    if (decoded.ok) this.#events.message(decoded.message);
    else if (decoded.fault.kind === 'payload') {
      this.fault(`the gateway sent what is no message: ${decoded.fault.message}`);
    }
    // Any other fault is a kind of message that is newer than this client; version 1 grows by them.
  }

  #lost(silentMs: number): void {
    const { code } = CLOSE_CODES.keepalive_timeout;
    this.#socket.terminate();
    const reason = `nothing came from the gateway for ${silentMs} ms`;
    this.#ended({ code, reason, mayReconnect: true, cause: undefined });
  }

  #closed({ code, reason, cause, mayReconnect: known }: SocketClose): void {
    this.#ended({ code, reason, mayReconnect: known ?? mayReconnect(code), cause });
  }

  #ended(end: ConnectionEnd): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#keepalive?.stop();
    this.#outbox = [];
    this.#events.closed(end);
  }
}
