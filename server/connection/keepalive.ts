/** When a silent line is pinged and when it is given up. Pure: one sweep over all connections asks it now and then. */

/** Since when the line has been silent, and since when a ping has been unanswered. */
export interface Silence {
  readonly heardAtMs: number;
  readonly pingedAtMs: number | undefined;
}

export type KeepaliveStep = 'nothing' | 'ping' | 'give_up';

/**
 * A line that was silent for `keepaliveMs` is pinged, and given up when it stays silent for as long again. `sweptAtMs` is the
 * sweep before this one: after a pause longer than the keepalive (this machine slept) the line gets another ping instead.
 */
export function keepaliveStep(
  silence: Silence,
  keepaliveMs: number,
  sweptAtMs: number,
  nowMs: number,
): KeepaliveStep {
  const { heardAtMs, pingedAtMs } = silence;
  if (pingedAtMs === undefined) return nowMs - heardAtMs >= keepaliveMs ? 'ping' : 'nothing';
  if (nowMs - pingedAtMs < keepaliveMs) return 'nothing';
  return nowMs - sweptAtMs > keepaliveMs ? 'ping' : 'give_up';
}
