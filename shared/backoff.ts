/** The wait before a retry: full jitter. Pure: chance comes in. */

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
