/**
 * Everything that leaves a connection, in order, in one write per tick. The only reader of `bufferedAmount`: it decides when
 * a line is slow (pushes wait) and when it is hopeless (the connection ends).
 */
import { type FrameData, encodeServerMessage } from '../../shared/codec.ts';
import type { Encoding, ServerMessage } from '../../shared/protocol.ts';
import type { Clock } from '../clock.ts';
import type { Ticker, TickTask } from '../ticker.ts';
import type { Socket } from './socket.ts';

/** Pending bytes from which on pushes wait and conflate. */
const SLOW_BYTES = 64 * 1024;
/** How often a slow line is looked at again, in ms. */
const RECHECK_MS = 20;

export interface OutboxDeps {
  readonly socket: Socket;
  readonly encoding: Encoding;
  readonly clock: Clock;
  readonly ticker: Ticker;
  /** Pending bytes that a connection may have before it is ended. */
  readonly maxBufferedBytes: number;
  /** Called at the end of a tick, before the write: what is ready may still be sent. */
  readonly beforeFlush: () => void;
  /** A slow line is fast again: held pushes may go. */
  readonly onFast: () => void;
  /** More is pending than the line may have. */
  readonly onHopeless: () => void;
}

export class Outbox implements TickTask {
  due = false;
  readonly #deps: OutboxDeps;
  #frames: FrameData[] = [];
  #queuedBytes = 0;
  #watching = false;
  #flushing = false;
  #closed = false;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** Bytes that the other side has not taken yet. */
  get pendingBytes(): number {
    return this.#queuedBytes + this.#deps.socket.bufferedAmount;
  }

  /** Whether pushes should wait. */
  get slow(): boolean {
    return this.pendingBytes > SLOW_BYTES;
  }

  /** Sends at the end of this tick. */
  send(message: ServerMessage): void {
    if (this.#closed) return;
    const frame = encodeServerMessage(message, this.#deps.encoding);
    this.#frames.push(frame);
    this.#queuedBytes += frame.length;
    this.schedule();
  }

  /** Makes `beforeFlush` run at the end of this tick. */
  schedule(): void {
    if (!this.#closed && !this.#flushing) this.#deps.ticker.mark(this);
  }

  /** Writes what is there; called by the ticker, and once more before a close. */
  run(): void {
    if (this.#closed) return;
    this.#flushing = true;
    this.#deps.beforeFlush();
    this.#flushing = false;
    if (this.#frames.length === 0) return;
    const { socket } = this.#deps;
    const frames = this.#frames;
    this.#frames = [];
    this.#queuedBytes = 0;
    socket.cork();
    for (const frame of frames) socket.send(frame);
    socket.uncork();
    if (this.pendingBytes > this.#deps.maxBufferedBytes) this.#deps.onHopeless();
    else if (this.slow) this.#watch();
  }

  /** Nothing more is sent. */
  close(): void {
    this.#closed = true;
    this.#frames = [];
    this.#queuedBytes = 0;
  }

  /** Looks at a slow line until it is fast again. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#deps.clock.after(RECHECK_MS, () => {
      this.#watching = false;
      if (this.#closed) return;
      if (this.slow) this.#watch();
      else this.#deps.onFast();
    });
  }
}
