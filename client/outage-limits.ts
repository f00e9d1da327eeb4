/** When to try again after a connection broke, and when to give up. Pure: time and chance come in. */
import { type Backoff, backoffMs } from '../shared/backoff.ts';

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
