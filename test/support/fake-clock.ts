/** A gateway's clock, moved by hand: timers fire in order of time, the end of a tick comes when a test says so. */
import type { Clock, Timer } from '../../server/clock.ts';

interface Pending {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class FakeClock implements Clock {
  #nowMs: number;
  #order = 0;
  #timers: Pending[] = [];
  #endOfTick: (() => void)[] = [];

  constructor(startMs = 1000) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  endOfTick(run: () => void): void {
    this.#endOfTick.push(run);
  }

  /** When the next timer fires; undefined when none is set. */
  get nextTimerMs(): number | undefined {
    return this.#next()?.atMs;
  }

  /** Ends the tick, and every tick that its ending starts. */
  tick(): void {
    for (let run = this.#endOfTick.shift(); run !== undefined; run = this.#endOfTick.shift()) run();
  }

  /** Lets time pass, timer by timer; each timer is followed by the end of its tick. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    this.tick();
    for (let timer = this.#next(); timer !== undefined && timer.atMs <= untilMs; timer = this.#next()) {
      const due = timer;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#nowMs = due.atMs;
      due.run();
      this.tick();
    }
    this.#nowMs = untilMs;
  }

  #next(): Pending | undefined {
    return this.#timers.toSorted((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
  }
}
