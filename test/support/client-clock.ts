/** The SDK's clock, moved by hand. */
import type { Clock } from '../../client/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

export class ClientClock implements Clock {
  #nowMs = 1_000_000;
  /** Time that passes while nothing runs: a sleeping laptop. */
  #sleptMs = 0;
  readonly #timers = new Set<Timer>();
  readonly #randoms: number[];

  constructor(randoms: readonly number[] = []) {
    this.#randoms = [...randoms];
  }

  get timers(): number {
    return this.#timers.size;
  }

  wallMs(): number {
    return this.#nowMs + this.#sleptMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  random(): number {
    return this.#randoms.shift() ?? 0.5;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Lets time pass, timer by timer. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined || next.dueMs > untilMs) break;
      this.#nowMs = next.dueMs;
      this.#timers.delete(next);
      next.run();
    }
    this.#nowMs = untilMs;
  }

  /** The machine sleeps: the wall clock goes on, timers do not. */
  sleep(ms: number): void {
    this.#sleptMs += ms;
  }
}
