/** Counts and latencies over one span of time: since the start, or since a subscription's last push. */
import type { FlushReason, Status } from '../../../shared/protocol.ts';
import type { StatsSpan } from '../../../shared/stats.ts';
import { Latency } from './latency.ts';

export class Tally {
  readonly #startedAtMs: number;
  inputs = 0;
  batches = 0;
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
  #sent = 0;
  #sentTogether = 0;
  #largest = 0;
  /** Made with the first outcome: who only watches has none. */
  #latencies: { readonly queue: Latency; readonly driver: Latency; readonly total: Latency } | undefined;

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  batch(size: number, reason: FlushReason): void {
    this.batches++;
    this.flushReasons[reason]++;
    this.#sent += size;
    if (size > 1) this.#sentTogether += size;
    if (size > this.#largest) this.#largest = size;
  }

  latency(queueUs: number, driverUs: number): void {
    this.#latencies ??= { queue: new Latency(), driver: new Latency(), total: new Latency() };
    this.#latencies.queue.record(queueUs);
    this.#latencies.driver.record(driverUs);
    this.#latencies.total.record(queueUs + driverUs);
  }

  latencies(): StatsSpan['latencyUs'] {
    const { queue, driver, total } = this.#latencies ?? {};
    if (queue === undefined || driver === undefined || total === undefined) return null;
    return { queue: queue.figures(), driver: driver.figures(), total: total.figures() };
  }

  span(nowMs: number): StatsSpan {
    const durationMs = nowMs - this.#startedAtMs;
    const perSecond = (count: number) => (durationMs > 0 ? rounded((count * 1000) / durationMs, 10) : 0);
    return {
      durationMs: rounded(durationMs, 1000),
      inputs: this.inputs,
      inputsPerSecond: perSecond(this.inputs),
      batches: this.batches,
      bufferingRatio: this.#sent === 0 ? 0 : rounded(this.#sentTogether / this.#sent, 10_000),
      averageBatchSize: this.batches === 0 ? 0 : rounded(this.#sent / this.batches, 100),
      largestBatchSize: this.#largest,
      flushReasons: { ...this.flushReasons },
      outcomes: { ...this.outcomes },
      latencyUs: this.latencies(),
      frames: this.frames,
      framesPerSecond: perSecond(this.frames),
      replacedPushes: this.replacedPushes,
    };
  }
}

/** To the nearest 1/`parts`. */
function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
