/** The gateway's figures as Prometheus text, with those of the process, on prom-client. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { FLUSH_REASONS, STATUSES } from '../../../shared/protocol.ts';
import { MEMORY_PARTS, type MemoryUse } from '../../memory/budget.ts';
import type { Meter } from './meter.ts';

export interface MetricsDeps {
  /** The whole gateway's. */
  readonly meter: Meter;
  /** Tells the meter of frames that ran without an entry, just before it is read. */
  readonly refresh?: () => void;
  readonly gauges: () => {
    readonly sessions: number;
    readonly sessionsDetached: number;
    readonly connections: number;
    readonly emulatorsUsed: number;
    readonly emulatorsLimit: number;
    readonly waiting: number;
    readonly outboxBytes: number;
    readonly outboxLargestBytes: number;
    /** Connections on which pushes and acks wait. */
    readonly outboxSlow: number;
    readonly memoryLimitBytes: number;
    readonly memory: MemoryUse;
    readonly rollouts: { readonly running: number; readonly queued: number; readonly frames: number };
  };
}

/** A registry whose values are read when somebody asks. What is watched over time of the process itself is watched from then on. */
export function createMetrics({ meter, gauges, refresh }: MetricsDeps): {
  readonly text: () => Promise<string>;
} {
  const registry = new Registry();
  const registers = [registry];
  const { counts } = meter.tally;

  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name: `joywire_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  const labelled = <T extends string>(
    name: string,
    help: string,
    label: string,
    words: readonly T[],
    read: (word: T) => number,
  ) =>
    new Counter({
      name: `joywire_${name}`,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset();
        for (const word of words) this.inc({ [label]: word }, read(word));
      },
    });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `joywire_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });

  counter('inputs_total', 'Entries accepted.', () => counts.inputs);
  counter('frames_total', 'Emulated frames run.', () => {
    refresh?.();
    return counts.frames;
  });
  counter('pushes_replaced_total', 'Pushes replaced by newer ones.', () => counts.replacedPushes);
  labelled(
    'batches_total',
    'Batches sent to drivers.',
    'reason',
    FLUSH_REASONS,
    (r) => counts.flushReasons[r],
  );
  labelled('outcomes_total', 'Outcomes of entries.', 'status', STATUSES, (s) => counts.outcomes[s]);
  gauge('sessions', 'Sessions that play.', () => gauges().sessions);
  gauge('sessions_detached', 'Of these, sessions without a connection.', () => gauges().sessionsDetached);
  gauge('connections', 'Open WebSockets.', () => gauges().connections);
  gauge('emulators', 'Emulators leased.', () => gauges().emulatorsUsed);
  gauge('emulators_limit', 'Emulators that can be leased at once.', () => gauges().emulatorsLimit);
  gauge('waiting', 'Sessions that wait in line for an emulator.', () => gauges().waiting);
  gauge('outbox_bytes', 'Bytes that clients have not read yet.', () => gauges().outboxBytes);
  gauge(
    'outbox_largest_bytes',
    'Bytes that the slowest client has not read yet.',
    () => gauges().outboxLargestBytes,
  );
  gauge('outbox_slow', 'Connections so slow that acks and pushes wait.', () => gauges().outboxSlow);
  gauge('rollout_runs_running', 'Runs of rollouts under way.', () => gauges().rollouts.running);
  gauge('rollout_runs_queued', 'Runs of rollouts that wait.', () => gauges().rollouts.queued);
  counter('rollout_frames_total', 'Frames run by rollouts.', () => gauges().rollouts.frames);
  gauge('memory_limit_bytes', 'What the memory budget allows.', () => gauges().memoryLimitBytes);
  memoryUse(() => gauges().memory, registers);
  latencies(meter, registers);
  let watched = false;
  return {
    text: async () => {
      // Of a process that nobody scrapes nothing is watched: prom-client wakes it a hundred times a second to see how late it is.
      if (!watched) collectDefaultMetrics({ register: registry });
      watched = true;
      return await registry.metrics();
    },
  };
}

function memoryUse(read: () => MemoryUse, registers: Registry[]): void {
  new Gauge({
    name: 'joywire_memory_bytes',
    help: 'What of the memory budget is used, by what holds it.',
    labelNames: ['held_by'],
    registers,
    collect() {
      const use = read();
      for (const part of MEMORY_PARTS) this.set({ held_by: part }, use[part]);
    },
  });
}

function latencies(meter: Meter, registers: Registry[]): void {
  new Gauge({
    name: 'joywire_latency_seconds',
    help: 'Latency of entries since the start, by stage and quantile (1 is the maximum).',
    labelNames: ['stage', 'quantile'],
    registers,
    collect() {
      this.reset();
      const all = meter.tally.latencies?.figures() ?? null;
      if (all === null) return;
      for (const [stage, { p50, p90, p99, max }] of Object.entries(all)) {
        const values = [
          [0.5, p50],
          [0.9, p90],
          [0.99, p99],
          [1, max],
        ] as const;
        for (const [quantile, us] of values) this.set({ stage, quantile }, us / 1e6);
      }
    },
  });
}
