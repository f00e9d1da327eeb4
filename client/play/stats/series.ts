/** The figures of the last minute, as the plots want them: one array for each line. Pure. */
import type { FlushReason, Stats } from '../../index.ts';

/** Between two payloads, in ms. */
export const INTERVAL_MS = 500;
/** Payloads kept: a minute and a half. */
export const KEPT = 180;

export const REASONS: readonly FlushReason[] = [
  'single',
  'size',
  'time',
  'group',
  'idle',
  'backlog',
  'explicit',
  'drain',
];

/** A line of a plot: its values over time, null where there is none. */
export type Line = readonly (number | null)[];

/**
 * The newest last, at most `KEPT`. The first payload of a subscription comes at once: what it says of the time since it was made is
 * no rate of anything.
 */
export function withStats(history: readonly Stats[], stats: Stats): readonly Stats[] {
  if (stats.sinceLast.durationMs < INTERVAL_MS / 2) return history;
  return [...history.slice(1 - KEPT), stats];
}

/** Seconds since 1970. */
export function times(history: readonly Stats[]): readonly number[] {
  return history.map(({ atMs }) => atMs / 1000);
}

export function line(history: readonly Stats[], pick: (stats: Stats) => number | null): Line {
  return history.map(pick);
}

/** Batches a second for each reason, each on top of those before. */
export function stacked(history: readonly Stats[]): readonly Line[] {
  const sums = history.map(() => 0);
  return REASONS.map((reason) =>
    history.map(({ sinceLast: { flushReasons, durationMs } }, index) => {
      const sum = (sums[index] ?? 0) + (durationMs > 0 ? (1000 * flushReasons[reason]) / durationMs : 0);
      sums[index] = sum;
      return sum;
    }),
  );
}
