/** Everything a meter has counted since its start, and the figures that make sense of it. */
import type { FlushReason, Status } from '../../../shared/protocol.ts';
import type { StatsSpan } from '../../../shared/stats.ts';
import { Counts } from './counts.ts';
import { Latencies } from './latency.ts';
import { Peak } from './peak.ts';

export class Tally {
  readonly startedAtMs: number;
  readonly counts = new Counts();
  readonly batchSizes = new Peak();
  #largest = 0;
  #latencies: Latencies | undefined;

  constructor(startedAtMs: number) {
    this.startedAtMs = startedAtMs;
  }

  /** Made with the first outcome: who only watches has none. */
  get latencies(): Latencies | undefined {
    return this.#latencies;
  }

  batch(size: number, reason: FlushReason): void {
    const { counts } = this;
    counts.batches++;
    counts.flushReasons[reason]++;
    counts.sent += size;
    if (size > 1) counts.sentTogether += size;
    if (size > this.#largest) this.#largest = size;
    this.batchSizes.record(size);
  }

  settled(status: Status, queueUs: number, driverUs: number): void {
    this.counts.outcomes[status]++;
    this.#latencies ??= new Latencies();
    this.#latencies.record(queueUs, driverUs);
  }

  /** The figures since the start. */
  figures(nowMs: number): StatsSpan {
    const latencyUs = this.#latencies?.figures() ?? null;
    return spanFigures(this.counts, this.#largest, latencyUs, nowMs - this.startedAtMs);
  }
}

export function spanFigures(
  counts: Counts,
  largestBatchSize: number,
  latencyUs: StatsSpan['latencyUs'],
  durationMs: number,
): StatsSpan {
  const { inputs, batches, sent, sentTogether, frames, replacedPushes } = counts;
  const perSecond = (count: number) => (durationMs > 0 ? rounded((count * 1000) / durationMs, 10) : 0);
  return {
    durationMs: rounded(durationMs, 1000),
    inputs,
    inputsPerSecond: perSecond(inputs),
    batches,
    bufferingRatio: sent === 0 ? 0 : rounded(sentTogether / sent, 10_000),
    averageBatchSize: batches === 0 ? 0 : rounded(sent / batches, 100),
    largestBatchSize,
    flushReasons: { ...counts.flushReasons },
    outcomes: { ...counts.outcomes },
    latencyUs,
    frames,
    framesPerSecond: perSecond(frames),
    replacedPushes,
  };
}

/** To the nearest 1/`parts`. */
function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
