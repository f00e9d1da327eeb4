/** A latency distribution in µs, on hdr-histogram-js: two significant digits, whatever the range. */
import { build, type Histogram } from 'hdr-histogram-js';
import type { LatencyFigures } from '../../../shared/stats.ts';

/** Ten minutes: whatever takes longer counts as this. */
const LONGEST_US = 600_000_000;

export class Latency {
  /** Grows with the largest value seen: about 1 kB for latencies below 1 ms, 19 kB at ten minutes. */
  readonly #histogram: Histogram = build({
    bitBucketSize: 32,
    autoResize: true,
    highestTrackableValue: 256,
    numberOfSignificantValueDigits: 2,
    useWebAssembly: false,
  });

  record(us: number): void {
    this.#histogram.recordValue(us >= LONGEST_US ? LONGEST_US : us < 0 ? 0 : Math.round(us));
  }

  figures(): LatencyFigures {
    const histogram = this.#histogram;
    return {
      p50: histogram.getValueAtPercentile(50),
      p90: histogram.getValueAtPercentile(90),
      p99: histogram.getValueAtPercentile(99),
      max: histogram.maxValue,
    };
  }
}
