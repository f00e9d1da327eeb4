/** Kept runs as they are listed: those first that were not written to for longest. Pure. */
import type { RunListing } from './journal.ts';
import type { KeptRun } from './retention.ts';

export function listRuns(runs: readonly KeptRun[]): RunListing[] {
  return runs
    .map(({ run, changedAtMs, segments }) => ({
      run,
      firstSegment: segments[0]?.segment ?? 1,
      lastSegment: segments.at(-1)?.segment ?? 1,
      bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
      changedAtMs,
    }))
    .toSorted((one, other) => one.changedAtMs - other.changedAtMs || (one.run < other.run ? -1 : 1));
}
