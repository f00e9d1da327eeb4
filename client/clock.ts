/** Time and chance as values that are handed in. */

export interface Clock {
  /** Wall-clock time in ms: unlike a monotonic clock it goes on while a laptop sleeps. It may jump. */
  wallMs(): number;
  /** Monotonic time in ms, with fractions. */
  nowMs(): number;
  /** Calls `run` once after `delayMs`; the returned function calls it off. */
  after(delayMs: number, run: () => void): () => void;
  /** A number from 0 up to, not including, 1. */
  random(): number;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  nowMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
