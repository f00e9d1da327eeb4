/** What is to be dropped so that all journals together stay within bounds. Pure. */
import type { Dropped, Retention } from './journal.ts';

/** A run as it takes room. */
export interface KeptRun {
  readonly run: string;
  /** When it was last written to, in ms since 1970. */
  readonly changedAtMs: number;
  /** In order; at least one. */
  readonly segments: readonly KeptSegment[];
}

export interface KeptSegment {
  readonly segment: number;
  readonly bytes: number;
  readonly changedAtMs: number;
}

/** The latest segment may hold no snapshot yet: a live run is rebuilt from it or from the one before. */
const KEPT_SEGMENTS = 2;

/** Runs that ended go first: those that are too old, then the oldest until the rest fits; then the oldest leading segments of live ones. */
export function toDrop(runs: readonly KeptRun[], retention: Retention): readonly Dropped[] {
  const { maxBytes, maxAgeMs, nowMs, live } = retention;
  const dropped: Dropped[] = [];
  let excess = runs.reduce((sum, run) => sum + bytesOf(run.segments), 0) - maxBytes;
  const oldestFirst = runs.toSorted((one, other) => one.changedAtMs - other.changedAtMs);
  for (const { run, changedAtMs, segments } of oldestFirst) {
    const tooOld = nowMs - changedAtMs >= maxAgeMs;
    if (live.has(run) || (!tooOld && excess <= 0)) continue;
    const bytes = bytesOf(segments);
    dropped.push({ run, throughSegment: undefined, bytes });
    excess -= bytes;
  }
  return [
    ...dropped,
    ...leadingSegments(
      runs.filter(({ run }) => live.has(run)),
      excess,
    ),
  ];
}

function leadingSegments(runs: readonly KeptRun[], excessBytes: number): readonly Dropped[] {
  const dropped = new Map<string, Dropped>();
  const candidates = runs.flatMap(droppable).toSorted((one, other) => one.changedAtMs - other.changedAtMs);
  let excess = excessBytes;
  for (const { run, segment, bytes } of candidates) {
    if (excess <= 0) break;
    const sofar = dropped.get(run)?.bytes ?? 0;
    dropped.set(run, { run, throughSegment: segment, bytes: sofar + bytes });
    excess -= bytes;
  }
  return [...dropped.values()];
}

/** With times that never go back, so that sorting by time keeps the segments of a run in order even where a clock was set back. */
function droppable({ run, segments }: KeptRun) {
  let latestMs = 0;
  return segments.slice(0, -KEPT_SEGMENTS).map(({ segment, bytes, changedAtMs }) => {
    latestMs = Math.max(latestMs, changedAtMs);
    return { run, segment, bytes, changedAtMs: latestMs };
  });
}

function bytesOf(segments: readonly KeptSegment[]): number {
  return segments.reduce((sum, { bytes }) => sum + bytes, 0);
}
