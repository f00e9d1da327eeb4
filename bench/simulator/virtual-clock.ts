/** A clock that runs as fast as the machine can: time is where the next timer stands. */
import type { Clock, Timer } from '../../server/clock.ts';

interface Pending {
  readonly atMs: number;
  readonly run: () => void;
}

export class VirtualClock implements Clock {
  #nowMs = 0;
  /** In order of time, the next one last. */
  readonly #timers: Pending[] = [];
  #endOfTick: (() => void)[] = [];

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), run };
    let at = this.#timers.length;
    while (at > 0 && (this.#timers[at - 1]?.atMs ?? Infinity) <= timer.atMs) at--;
    this.#timers.splice(at, 0, timer);
    return { cancel: () => this.#cancel(timer) };
  }

  endOfTick(run: () => void): void {
    this.#endOfTick.push(run);
  }

  /** Runs until nothing is left to come. What is due at one time is one tick. */
  runOut(): void {
    for (let timer = this.#timers.pop(); timer !== undefined; timer = this.#timers.pop()) {
      this.#nowMs = timer.atMs;
      timer.run();
      if (this.#timers.at(-1)?.atMs !== this.#nowMs) this.#tick();
    }
  }

  #tick(): void {
    for (let tasks = this.#endOfTick; tasks.length > 0; tasks = this.#endOfTick) {
      this.#endOfTick = [];
      for (const run of tasks) run();
    }
  }

  #cancel(timer: Pending): void {
    const at = this.#timers.indexOf(timer);
    if (at >= 0) this.#timers.splice(at, 1);
  }
}
