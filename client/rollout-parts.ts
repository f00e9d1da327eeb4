/** Cuts the runs of a rollout into calls that a gateway takes. Pure. */
import { LIMITS } from '../shared/protocol.ts';
import type { RunSpec } from '../shared/rollout.ts';

/** A run, and its position among all that were asked for. */
export interface PlacedRun extends RunSpec {
  readonly at: number;
}

/** What a run takes in a message besides its texts, and a call besides its runs: more than it ever is. */
const RUN_BYTES = 64;
const CALL_BYTES = 8192;
/** A UTF-16 unit in UTF-8 takes as much at most; control characters, which JSON escapes, have no place in a script but as white space. */
const BYTES_PER_UNIT = 3;

/** The runs of one call. */
export interface RolloutPart {
  readonly runs: readonly PlacedRun[];
  /** The same however often it is submitted, where states are kept: their names follow from it. */
  readonly id: string | undefined;
  /** The life of the gateway in which all of it ran, and which has what it kept. */
  gateway: string | undefined;
}

/** At least one run a call, whatever its size. */
export function cutRuns(runs: readonly PlacedRun[], maxMessageBytes: number): PlacedRun[][] {
  const parts: PlacedRun[][] = [];
  let part: PlacedRun[] = [];
  let bytes = CALL_BYTES;
  for (const run of runs) {
    const size = RUN_BYTES + BYTES_PER_UNIT * (run.script.length + (run.from?.length ?? 0));
    if (part.length === LIMITS.maxRuns || (part.length > 0 && bytes + size > maxMessageBytes)) {
      parts.push(part);
      part = [];
      bytes = CALL_BYTES;
    }
    part.push(run);
    bytes += size;
  }
  return part.length > 0 ? [...parts, part] : parts;
}
