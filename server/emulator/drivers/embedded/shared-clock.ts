/** One clock for all threads: each thread's `performance.now()` counts from the thread's own start. */

const ATTEMPTS = 16;

/**
 * What is to be added to a time of this thread's clock to get a time of the machine's monotonic clock, which every thread reads alike, in
 * ms. Right to within half of the shortest of a few readings: less than a microsecond.
 */
export function sharedOffsetMs(now: () => number): number {
  let offsetMs = 0;
  let shortestMs = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const beforeMs = now();
    const sharedMs = Number(process.hrtime.bigint()) / 1e6;
    const tookMs = now() - beforeMs;
    if (tookMs >= shortestMs) continue;
    shortestMs = tookMs;
    offsetMs = sharedMs - beforeMs - tookMs / 2;
  }
  return offsetMs;
}
