/**
 * Everything that leaves a connection, in order, in one write per tick. The only reader of `bufferedAmount`: it decides when
 * a line is slow (pushes wait, and acks wait where they are kept) and when it is hopeless (the connection ends).
 */
import { type FrameData, encodeServerMessage } from '../../shared/codec.ts';
import type { Encoding, ServerMessage } from '../../shared/protocol.ts';
import type { Clock } from '../clock.ts';
import type { Ticker, TickTask } from '../ticker.ts';
import { isWorthDeflating } from './deflation.ts';
import type { Socket } from './socket.ts';

/** Bytes on the line from which on pushes and acks wait. */
export const SLOW_BYTES = 64 * 1024;
/** How often a slow line is looked at again, in ms. */
const RECHECK_MS = 20;

/** A message on its way out. */
interface Outgoing {
  readonly frame: FrameData;
  readonly deflate: boolean;
}

export interface OutboxDeps {
  readonly socket: Socket;
  readonly encoding: Encoding;
  readonly clock: Clock;
  readonly ticker: Ticker;
  /** Pending bytes that a connection may have before it is ended. */
  readonly maxBufferedBytes: number;
  /** The next acks that are due, of about so many bytes. They go before any message that is sent after they became ready. */
  readonly takeAcks: (maxBytes: number) => readonly ServerMessage[];
  /** Whether `takeAcks` would give something. */
  readonly acksReady: () => boolean;
  /** What was taken goes to the socket now. */
  readonly onWrite: () => void;
  /** A slow line is fast again: held pushes may go. */
  readonly onFast: () => void;
  /** More is pending than the line may have. */
  readonly onHopeless: () => void;
}

export class Outbox implements TickTask {
  due = false;
  readonly #deps: OutboxDeps;
  #frames: Outgoing[] = [];
  #queuedBytes = 0;
  /** What was sent while acks had to wait for the line: it comes after them. */
  #behind: Outgoing[] = [];
  #behindBytes = 0;
  /** Since when acks have been waiting and the line has taken none of them. */
  #stalledAtMs: number | undefined;
  #watching = false;
  #closed = false;

  constructor(deps: OutboxDeps) {
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
    this.#takeAcks();
    const outgoing = this.#encoded(message);
    if (this.#deps.acksReady()) {
      this.#behind.push(outgoing);
      this.#behindBytes += outgoing.frame.length;
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
    do {
      this.#takeAcks();
      this.#write();
    } while (this.#deps.acksReady() && !this.slow);
    if (!this.#deps.acksReady()) this.#stalledAtMs = undefined;
    if (this.pendingBytes > this.#deps.maxBufferedBytes) this.#deps.onHopeless();
    else if (this.slow) this.#watch();
  }

  /** Writes everything, however slow the line is: the connection is about to end. */
  finish(): void {
    if (this.#closed) return;
    for (const ack of this.#deps.takeAcks(Infinity)) this.#queue(this.#encoded(ack));
    this.#takeAcks();
    this.#write();
  }

  /** Nothing more is sent. */
  close(): void {
    this.#closed = true;
    this.#stalledAtMs = undefined;
    this.#frames = [];
    this.#queuedBytes = 0;
    this.#behind = [];
    this.#behindBytes = 0;
  }

  get #lineBytes(): number {
    return this.#queuedBytes + this.#deps.socket.bufferedAmount;
  }

  #encoded(message: ServerMessage): Outgoing {
    const { encoding, socket } = this.#deps;
    const frame = encodeServerMessage(message, encoding);
    return { frame, deflate: isWorthDeflating(message, frame.length, socket.deflateFromBytes) };
  }

  #queue(outgoing: Outgoing): void {
    this.#frames.push(outgoing);
    this.#queuedBytes += outgoing.frame.length;
  }

  /** Takes the acks that the line can bear now; when all are taken, what stood behind them follows. */
  #takeAcks(): void {
    while (this.#deps.acksReady() && !this.slow) {
      for (const ack of this.#deps.takeAcks(SLOW_BYTES)) this.#queue(this.#encoded(ack));
      // The line takes some: whatever still waits, waits from now on.
      this.#stalledAtMs = undefined;
    }
    if (this.#deps.acksReady()) this.#stalledAtMs ??= this.#deps.clock.now();
    if (this.#behind.length > 0 && !this.#deps.acksReady()) this.#release();
  }

  #release(): void {
    const behind = this.#behind;
    this.#behind = [];
    this.#behindBytes = 0;
    for (const outgoing of behind) this.#queue(outgoing);
  }

  #write(): void {
    if (this.#frames.length === 0) return;
    const { socket } = this.#deps;
    const frames = this.#frames;
    this.#frames = [];
    this.#queuedBytes = 0;
    this.#deps.onWrite();
    socket.cork();
    for (const { frame, deflate } of frames) socket.send(frame, deflate);
    socket.uncork();
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
      this.#deps.onFast();
    });
  }
}
