/**
 * Everything that leaves a connection, in order, in one write per tick. The only reader of `bufferedAmount`: it decides when
 * a line is slow (pushes wait, and acks wait where they are kept) and when it is hopeless (the connection ends).
 */
import { encodeServerMessage } from '../../shared/codec.ts';
import type { Encoding, ServerMessage } from '../../shared/protocol.ts';
import type { Clock } from '../clock.ts';
import type { Ticker, TickTask } from '../ticker.ts';
import { isWorthDeflating } from './deflation.ts';
import { messageOf, type Outgoing, type Socket } from './socket.ts';

/** Bytes on the line from which on pushes and acks wait. */
export const SLOW_BYTES = 64 * 1024;
/** How often a slow line is looked at again, in ms. */
const RECHECK_MS = 20;

/** What all outboxes of a gateway share. */
export interface OutboxDeps {
  readonly clock: Clock;
  readonly ticker: Ticker;
  /** Pending bytes that a connection may have before it is ended. */
  readonly maxBufferedBytes: number;
}

/** Where acks come from: the session. */
export interface AckSource {
  /** The next acks that are due, of about so many bytes. They go before any message that is sent after they became ready. */
  takeAcks(maxBytes?: number): readonly ServerMessage[];
  /** Whether `takeAcks` would give something. */
  readonly acksReady: boolean;
  /** What was taken goes to the socket now. */
  acksLeave(): void;
}

/** Whose outbox it is. */
export interface OutboxOwner {
  /** Where its acks come from, once there is a session. */
  readonly session: AckSource | undefined;
  /** A slow line is fast again: held pushes may go. */
  lineFast(): void;
  /** More is pending than the line may have. */
  lineHopeless(): void;
}

export class Outbox implements TickTask {
  due = false;
  readonly #socket: Socket;
  readonly #encoding: Encoding;
  readonly #owner: OutboxOwner;
  readonly #deps: OutboxDeps;
  #frames: Outgoing[] = [];
  #queuedBytes = 0;
  /** What was sent while acks had to wait for the line: it comes after them. */
  #behind: Outgoing[] | undefined;
  #behindBytes = 0;
  /** Since when acks have been waiting and the line has taken none of them. */
  #stalledAtMs: number | undefined;
  #watching = false;
  #closed = false;

  constructor(socket: Socket, encoding: Encoding, owner: OutboxOwner, deps: OutboxDeps) {
    this.#socket = socket;
    this.#encoding = encoding;
    this.#owner = owner;
    this.#deps = deps;
  }

  /** Bytes that the other side has not taken yet. */
  get pendingBytes(): number {
    return this.#lineBytes + this.#behindBytes;
  }

  /** Whether pushes should wait. */
  get slow(): boolean {
    return this.#lineBytes > SLOW_BYTES;
  }

  /** Whether acks have waited for so long without the line taking any. */
  stalled(limitMs: number): boolean {
    return this.#stalledAtMs !== undefined && this.#deps.clock.now() - this.#stalledAtMs >= limitMs;
  }

  /** Sends at the end of this tick, after the acks that are ready by now. */
  send(message: ServerMessage): void {
    if (this.#closed) return;
    const waiting = this.#takeAcks();
    const outgoing = this.#encoded(message);
    if (waiting) {
      this.#behind ??= [];
      this.#behind.push(outgoing);
      this.#behindBytes += messageOf(outgoing).length;
    } else this.#queue(outgoing);
    this.schedule();
  }

  /** Sends the acks that are ready at the end of this tick. */
  schedule(): void {
    if (!this.#closed) this.#deps.ticker.mark(this);
  }

  /** Writes what the line takes; called by the ticker. */
  run(): void {
    if (this.#closed) return;
    let waiting: boolean;
    do {
      waiting = this.#takeAcks();
      this.#write();
    } while (waiting && !this.slow);
    if (!waiting) this.#stalledAtMs = undefined;
    const lineBytes = this.#lineBytes;
    if (lineBytes + this.#behindBytes > this.#deps.maxBufferedBytes) this.#owner.lineHopeless();
    else if (lineBytes > SLOW_BYTES) this.#watch();
  }

  /** Writes everything, however slow the line is: the connection is about to end. */
  finish(): void {
    if (this.#closed) return;
    this.#queueAcks(Infinity);
    this.#takeAcks();
    this.#write();
  }

  /** Nothing more is sent. */
  close(): void {
    this.#closed = true;
    this.#stalledAtMs = undefined;
    this.#frames = [];
    this.#queuedBytes = 0;
    this.#behind = undefined;
    this.#behindBytes = 0;
  }

  get #lineBytes(): number {
    return this.#queuedBytes + this.#socket.bufferedAmount;
  }

  get #acksReady(): boolean {
    return this.#owner.session?.acksReady ?? false;
  }

  #queueAcks(maxBytes: number): void {
    const acks = this.#owner.session?.takeAcks(maxBytes);
    if (acks !== undefined) for (const ack of acks) this.#queue(this.#encoded(ack));
  }

  #encoded(message: ServerMessage): Outgoing {
    const frame = encodeServerMessage(message, this.#encoding);
    const deflates = isWorthDeflating(message, frame.length, this.#socket.deflateFromBytes);
    return deflates ? { deflate: frame } : frame;
  }

  #queue(outgoing: Outgoing): void {
    this.#frames.push(outgoing);
    this.#queuedBytes += messageOf(outgoing).length;
  }

  /** Takes the acks that the line can bear now; when all are taken, what stood behind them follows. @returns whether acks still wait */
  #takeAcks(): boolean {
    let waiting = this.#acksReady;
    while (waiting && !this.slow) {
      this.#queueAcks(SLOW_BYTES);
      // The line takes some: whatever still waits, waits from now on.
      this.#stalledAtMs = undefined;
      waiting = this.#acksReady;
    }
    if (waiting) this.#stalledAtMs ??= this.#deps.clock.now();
    else if (this.#behind !== undefined) this.#release(this.#behind);
    return waiting;
  }

  #release(behind: readonly Outgoing[]): void {
    this.#behind = undefined;
    this.#behindBytes = 0;
    for (const outgoing of behind) this.#queue(outgoing);
  }

  #write(): void {
    if (this.#frames.length === 0) return;
    const frames = this.#frames;
    this.#frames = [];
    this.#queuedBytes = 0;
    this.#owner.session?.acksLeave();
    this.#socket.write(frames);
  }

  /** Looks at a slow line until it is fast again. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#deps.clock.after(RECHECK_MS, () => {
      this.#watching = false;
      if (this.#closed) return;
      if (this.slow) return this.#watch();
      this.schedule();
      this.#owner.lineFast();
    });
  }
}
