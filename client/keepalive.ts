/** Notices a dead line: a ping every so often, and something has to come back before the next one. */
import type { Clock } from './clock.ts';

/** Deadline for an answer after a timer fired far too late: the machine slept, and the line has probably gone. */
const CHECK_MS = 2_000;

export interface KeepaliveEvents {
  ping(n: number): void;
  /** Nothing came back in time. Comes once, and nothing after it. */
  lost(silentMs: number): void;
}

export class Keepalive {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #events: KeepaliveEvents;
  #pings = 0;
  #heard = true;
  #stopTimer: () => void;

  constructor(clock: Clock, intervalMs: number, events: KeepaliveEvents) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#events = events;
    this.#stopTimer = this.#arm(intervalMs);
  }

  /** Anything at all arrived. */
  heard(): void {
    this.#heard = true;
  }

  stop(): void {
    this.#stopTimer();
  }

  #arm(delayMs: number): () => void {
    const dueMs = this.#clock.wallMs() + delayMs;
    return this.#clock.after(delayMs, () => this.#tick(delayMs, dueMs));
  }

  #tick(delayMs: number, dueMs: number): void {
    const lateMs = this.#clock.wallMs() - dueMs;
    const slept = lateMs > this.#intervalMs;
    // After a sleep the silence proves nothing yet: the line gets one short chance.
    if (!this.#heard && !slept) {
      this.#events.lost(delayMs);
      return;
    }
    this.#heard = false;
    this.#pings += 1;
    this.#stopTimer = this.#arm(slept ? Math.min(CHECK_MS, this.#intervalMs) : this.#intervalMs);
    this.#events.ping(this.#pings);
  }
}
