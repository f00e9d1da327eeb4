/** When to try again, and when to give up. Pure: time and chance come in. */

export interface Backoff {
  /** Upper bound of the first wait. @default 250 */
  readonly baseMs?: number;
  /** Upper bound of every wait. @default 15000 */
  readonly maxMs?: number;
}

/**
 * The wait before retry number `retry` (from 1): a random share of a bound that doubles up to `maxMs`. Full jitter, so that
 * clients cut off together do not come back together.
 * @param random from 0 up to, not including, 1
 */
export function backoffMs(
  retry: number,
  random: number,
  { baseMs = 250, maxMs = 15_000 }: Backoff = {},
): number {
  return random * Math.min(maxMs, baseMs * 2 ** (retry - 1));
}

/** How long an outage may last. */
export interface OutageLimits extends Backoff {
  /** Attempts in a row that may fail. */
  readonly maxAttempts: number;
  /** Time since the connection broke, in ms. */
  readonly maxOutageMs: number;
}

/** Where an outage stands. */
export interface OutageMoment {
  /** Attempts made so far. */
  readonly made: number;
  readonly elapsedMs: number;
  /** The gateway asked not to come back sooner than this after the break. */
  readonly notBeforeMs: number;
}

/** How long to wait before the next attempt; undefined to give up. @param random from 0 up to, not including, 1 */
export function nextAttemptMs(
  { made, elapsedMs, notBeforeMs }: OutageMoment,
  random: number,
  limits: OutageLimits,
): number | undefined {
  if (made >= limits.maxAttempts || elapsedMs >= limits.maxOutageMs) return undefined;
  const waitMs = Math.max(0, notBeforeMs - elapsedMs) + backoffMs(made + 1, random, limits);
  return Math.min(waitMs, limits.maxOutageMs - elapsedMs);
}
