import { describe, expect, it } from 'vitest';
import { Meter } from '../../../../../server/channels/stats/meter.ts';
import { createMetrics } from '../../../../../server/channels/stats/metrics.ts';
import { FLUSH_REASONS } from '../../../../../shared/protocol.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

const gauges = () => ({
  sessions: 2,
  sessionsDetached: 1,
  connections: 3,
  emulatorsUsed: 2,
  emulatorsLimit: 4,
  waiting: 5,
  outboxBytes: 512,
  outboxLargestBytes: 300,
  outboxSlow: 1,
  memoryLimitBytes: 4096,
  memory: { connections: 3, outboxes: 512, incoming: 7, sessions: 8, checkpoints: 9, rollouts: 10 },
  rollouts: { running: 2, queued: 11, frames: 600 },
});

/**
 * Samples by name and labels; throws at a line that is not in Prometheus' text format. The library writes `Nan` for an event loop
 * that was not watched yet; Prometheus reads numbers as Go does, which minds no case.
 */
function samplesOf(text: string): ReadonlyMap<string, number> {
  const sample =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{[a-z_]+="[^"]*"(?:,[a-z_]+="[^"]*")*\})?) (-?[0-9.e+-]+|Na[nN]|[+-]Inf)$/;
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('# '));
  return new Map(
    lines.map((line) => {
      const [, name, value] = sample.exec(line) ?? [];
      if (name === undefined) throw new Error(`not a sample: ${line}`);
      return [name, Number(value)];
    }),
  );
}

function busyMeter(): Meter {
  const meter = new Meter(new FakeClock());
  meter.received(5);
  meter.batch(1, 'single');
  meter.batch(3, 'size');
  for (const queueUs of [1000, 2000, 3000, 4000]) {
    const outcome = { status: 'executed', firstFrame: null, frames: 16, certainty: 'exact' } as const;
    meter.settled({ ...outcome, detail: undefined }, queueUs, 500_000);
  }
  meter.rejected(1);
  meter.pushReplaced();
  return meter;
}

describe('the metrics', () => {
  it('are those of the meter and the gauges, in base units', async () => {
    const samples = samplesOf(await createMetrics({ meter: busyMeter(), gauges }).text());
    const expected = {
      joywire_inputs_total: 5,
      joywire_frames_total: 64,
      joywire_rollout_frames_total: 600,
      joywire_rollout_runs_running: 2,
      joywire_rollout_runs_queued: 11,
      joywire_pushes_replaced_total: 1,
      'joywire_batches_total{reason="single"}': 1,
      'joywire_batches_total{reason="size"}': 1,
      'joywire_batches_total{reason="drain"}': 0,
      'joywire_outcomes_total{status="executed"}': 4,
      'joywire_outcomes_total{status="rejected"}': 1,
      'joywire_outcomes_total{status="unknown"}': 0,
      'joywire_latency_seconds{stage="queue",quantile="1"}': 0.004,
      joywire_sessions: 2,
      joywire_sessions_detached: 1,
      joywire_connections: 3,
      joywire_emulators: 2,
      joywire_emulators_limit: 4,
      joywire_waiting: 5,
      joywire_outbox_bytes: 512,
      joywire_outbox_largest_bytes: 300,
      joywire_outbox_slow: 1,
      joywire_memory_limit_bytes: 4096,
      'joywire_memory_bytes{held_by="outboxes"}': 512,
      'joywire_memory_bytes{held_by="checkpoints"}': 9,
    };
    expect(Object.fromEntries([...samples].filter(([name]) => name in expected))).toEqual(expected);
    expect(samples.get('joywire_latency_seconds{stage="driver",quantile="0.5"}')).toBeCloseTo(0.5, 2);
    const reasons = [...samples.keys()].filter((name) => name.startsWith('joywire_batches_total'));
    expect(reasons).toHaveLength(FLUSH_REASONS.length);
  });

  it('have help and a type for every family, with those of the process', async () => {
    const text = await createMetrics({ meter: busyMeter(), gauges }).text();
    const families = [...samplesOf(text).keys()].map((name) => name.replace(/\{.*/, ''));
    const undocumented = families.filter((family) => {
      const base = family.replace(/_(bucket|sum|count)$/, '');
      return ![family, base].some(
        (name) => text.includes(`# HELP ${name} `) && text.includes(`# TYPE ${name} `),
      );
    });
    expect(undocumented).toEqual([]);
    expect(families).toContain('process_resident_memory_bytes');
    expect(families).toContain('nodejs_eventloop_lag_seconds');
  });

  it('count up from one reading to the next, and have no latency before the first outcome', async () => {
    const meter = new Meter(new FakeClock());
    const metrics = createMetrics({ meter, gauges, refresh: () => meter.reached(120) });
    const before = await metrics.text();
    expect(samplesOf(before).get('joywire_frames_total')).toBe(120);
    expect([...samplesOf(before).keys()].filter((name) => name.startsWith('joywire_latency'))).toEqual([]);
    meter.received(2);
    await metrics.text();
    meter.received(2);
    expect(samplesOf(await metrics.text()).get('joywire_inputs_total')).toBe(4);
  });

  it('of two gateways in one process do not meet', async () => {
    const one = createMetrics({ meter: busyMeter(), gauges });
    const other = createMetrics({ meter: new Meter(new FakeClock()), gauges });
    expect(samplesOf(await one.text()).get('joywire_inputs_total')).toBe(5);
    expect(samplesOf(await other.text()).get('joywire_inputs_total')).toBe(0);
  });
});
