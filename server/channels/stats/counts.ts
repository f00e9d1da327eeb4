/** The plain counters of a meter. Spans of time are differences of two states of them. */
import type { FlushReason, Status } from '../../../shared/protocol.ts';

export class Counts {
  inputs = 0;
  batches = 0;
  /** Entries sent to a driver, and those of them that travelled in a batch of two or more. */
  sent = 0;
  sentTogether = 0;
  frames = 0;
  replacedPushes = 0;
  readonly flushReasons: Record<FlushReason, number> = {
    single: 0,
    size: 0,
    time: 0,
    group: 0,
    idle: 0,
    backlog: 0,
    explicit: 0,
    drain: 0,
  };
  readonly outcomes: Record<Status, number> = { executed: 0, rejected: 0, failed: 0, unknown: 0 };

  copy(): Counts {
    return this.since(NONE);
  }

  /** What was counted since the earlier state `before`. */
  since(before: Counts): Counts {
    const counts = new Counts();
    counts.inputs = this.inputs - before.inputs;
    counts.batches = this.batches - before.batches;
    counts.sent = this.sent - before.sent;
    counts.sentTogether = this.sentTogether - before.sentTogether;
    counts.frames = this.frames - before.frames;
    counts.replacedPushes = this.replacedPushes - before.replacedPushes;
    subtract(counts.flushReasons, this.flushReasons, before.flushReasons);
    subtract(counts.outcomes, this.outcomes, before.outcomes);
    return counts;
  }
}

const NONE = new Counts();

function subtract<K extends string>(
  into: Record<K, number>,
  now: Readonly<Record<K, number>>,
  before: Readonly<Record<K, number>>,
): void {
  for (const key in now) into[key] = now[key] - before[key];
}
