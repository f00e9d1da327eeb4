/**
 * What a tally counted since one last looked. A span remembers an earlier state and subtracts it, so that a subscription costs
 * nothing per press, however many there are: what it costs is taken when it is read.
 */
import type { StatsSpan } from '../../../shared/stats.ts';
import type { Counts } from './counts.ts';
import { Latencies } from './latency.ts';
import { spanFigures, type Tally } from './tally.ts';

export class Span {
  readonly #tally: Tally;
  #startedAtMs: number;
  #counts: Counts;
  #batches: number;
  /** As of the start of the span; made when the tally has some. */
  #latencies: Latencies | undefined;

  /** A span that starts now. */
  constructor(tally: Tally, nowMs: number) {
    this.#tally = tally;
    this.#startedAtMs = nowMs;
    this.#counts = tally.counts.copy();
    this.#batches = tally.batchSizes.length;
    this.#nextLatency();
  }

  /** The figures since the start of the span; the next one starts now. */
  next(nowMs: number): StatsSpan {
    const { counts, batchSizes } = this.#tally;
    const figures = spanFigures(
      counts.since(this.#counts),
      batchSizes.after(this.#batches),
      this.#nextLatency(),
      nowMs - this.#startedAtMs,
    );
    this.#startedAtMs = nowMs;
    this.#counts = counts.copy();
    this.#batches = batchSizes.length;
    return figures;
  }

  #nextLatency(): StatsSpan['latencyUs'] {
    const { latencies } = this.#tally;
    if (latencies === undefined) return null;
    this.#latencies ??= new Latencies();
    const latest = latencies.since(this.#latencies);
    this.#latencies.add(latest);
    return latest.figures();
  }
}
