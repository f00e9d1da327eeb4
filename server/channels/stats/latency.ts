/** Latency distributions in µs, on hdr-histogram-js: two significant digits, whatever the range. */
import { Float64Histogram } from 'hdr-histogram-js';
import type { LatencyFigures, StatsSpan } from '../../../shared/stats.ts';

/** Ten minutes: whatever takes longer counts as this. */
const LONGEST_US = 600_000_000;
const SIGNIFICANT_DIGITS = 2;
/** What two digits come to in the library: 256 values to a bucket, the upper half of them its own from the second bucket on. */
const BUCKET_BITS = 8;
const HALF_BUCKET = 1 << (BUCKET_BITS - 1);

/**
 * One distribution. Counts are doubles, because the library's 32-bit ones start again at 0 after 2^32 entries: 71 minutes at a
 * million a second.
 */
export class Latency extends Float64Histogram {
  constructor() {
    super(1, 1 << BUCKET_BITS, SIGNIFICANT_DIGITS);
    this.autoResize = true;
  }

  record(us: number): void {
    this.recordValue(us >= LONGEST_US ? LONGEST_US : us < 0 ? 0 : Math.round(us));
  }

  /**
   * Where the library counts a value, for whole values up to 2^31. The library's own way takes a logarithm and two powers, which
   * made up nine tenths of the time of `recordValue`.
   */
  override countsArrayIndex(us: number): number {
    const bucket = 32 - BUCKET_BITS - Math.clz32(us);
    return bucket <= 0 ? us : (us >>> bucket) + bucket * HALF_BUCKET;
  }

  /** Null when nothing was recorded. */
  figures(): LatencyFigures | null {
    const { totalCount, maxValue: max } = this;
    if (totalCount === 0) return null;
    // The library gives the upper end of a percentile's range of equal values, which may lie above the largest of them.
    const percentile = (percent: number) => Math.min(max, this.getValueAtPercentile(percent));
    return { p50: percentile(50), p90: percentile(90), p99: percentile(99), max };
  }

  /** What was recorded here and not in `before`, an earlier state of the same distribution. */
  since(before: Latency): Latency {
    const difference = new Latency();
    if (this.totalCount === before.totalCount) return difference;
    difference.add(this);
    difference.subtract(before);
    return difference;
  }
}

/** The distributions of queue, driver and total latency. */
export class Latencies {
  readonly queue: Latency;
  readonly driver: Latency;
  readonly total: Latency;

  constructor(queue = new Latency(), driver = new Latency(), total = new Latency()) {
    this.queue = queue;
    this.driver = driver;
    this.total = total;
  }

  record(queueUs: number, driverUs: number): void {
    this.queue.record(queueUs);
    this.driver.record(driverUs);
    this.total.record(queueUs + driverUs);
  }

  /** Null when nothing was recorded. */
  figures(): StatsSpan['latencyUs'] {
    const queue = this.queue.figures();
    const driver = this.driver.figures();
    const total = this.total.figures();
    return queue === null || driver === null || total === null ? null : { queue, driver, total };
  }

  since(before: Latencies): Latencies {
    return new Latencies(
      this.queue.since(before.queue),
      this.driver.since(before.driver),
      this.total.since(before.total),
    );
  }

  /** Takes over what `more` has recorded. */
  add(more: Latencies): void {
    this.queue.add(more.queue);
    this.driver.add(more.driver);
    this.total.add(more.total);
  }
}
