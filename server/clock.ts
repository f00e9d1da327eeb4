/** Time as a value that is handed in: only `main.ts` knows the system's clock. */

/** A pending call that can be called off. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Monotonic time in ms, with fractions. */
  now(): number;
  /** Calls `run` once, not before `delayMs` have passed; timers may fire up to 1 ms early, so deadlines look at `now()` again. */
  after(delayMs: number, run: () => void): Timer;
  /** Calls `run` once the messages that have already arrived are handled: the end of this turn of the event loop. */
  endOfTick(run: () => void): void;
}

/** The system's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.max(0, delayMs));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  endOfTick(run) {
    setImmediate(run);
  },
};

/** Resolves when `done` has settled, or after `limitMs`. */
export function within(clock: Clock, limitMs: number, done: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(limitMs, resolve);
    const settled = () => {
      timer.cancel();
      resolve();
    };
    done.then(settled, settled);
  });
}
