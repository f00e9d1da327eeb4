import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Meter } from '../../../../../server/channels/stats/meter.ts';
import { FLUSH_REASONS, type Outcome, STATUSES } from '../../../../../shared/protocol.ts';
import type { StatsSpan } from '../../../../../shared/stats.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

const outcome = (status: Outcome['status'], firstFrame: number | null = null, frames = 0): Outcome => ({
  status,
  firstFrame,
  frames,
  certainty: 'exact',
  detail: undefined,
});

const count = fc.integer({ min: 1, max: 20 });
const us = fc.integer({ min: 0, max: 100_000 });
const event = fc.oneof(
  fc.record({ kind: fc.constant('received'), count }),
  fc.record({ kind: fc.constant('rejected'), count }),
  fc.record({ kind: fc.constant('batch'), size: count, reason: fc.constantFrom(...FLUSH_REASONS) }),
  fc.record({
    kind: fc.constant('settled'),
    status: fc.constantFrom(...STATUSES),
    frames: fc.nat(9),
    queueUs: us,
    driverUs: us,
  }),
  fc.record({ kind: fc.constant('replaced') }),
  fc.record({ kind: fc.constant('time'), ms: fc.integer({ min: 1, max: 5000 }) }),
);
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;

function apply(event: Event, meter: Meter, clock: FakeClock): void {
  switch (event.kind) {
    case 'received':
      return meter.received(event.count);
    case 'rejected':
      return meter.rejected(event.count);
    case 'batch':
      return meter.batch(event.size, event.reason);
    case 'settled':
      return meter.settled(outcome(event.status, null, event.frames), event.queueUs, event.driverUs);
    case 'replaced':
      return meter.pushReplaced();
    case 'time':
      return clock.advance(event.ms);
  }
}

/** The figures but the latencies, reckoned from the list of what happened. */
function reckon(events: readonly Event[]): Omit<StatsSpan, 'latencyUs'> {
  const sum = (figure: (event: Event) => number) => events.reduce((total, event) => total + figure(event), 0);
  const batches = events.flatMap((event) => (event.kind === 'batch' ? [event] : []));
  const sent = sum((e) => (e.kind === 'batch' ? e.size : 0));
  const together = sum((e) => (e.kind === 'batch' && e.size >= 2 ? e.size : 0));
  const durationMs = sum((e) => (e.kind === 'time' ? e.ms : 0));
  const inputs = sum((e) => (e.kind === 'received' ? e.count : 0));
  const frames = sum((e) => (e.kind === 'settled' ? e.frames : 0));
  const perSecond = (n: number) => (durationMs === 0 ? 0 : Math.round((n * 10_000) / durationMs) / 10);
  const reasons = FLUSH_REASONS.map((reason) => [reason, batches.filter((b) => b.reason === reason).length]);
  const outcomes = STATUSES.map((status) => {
    const rejected = status === 'rejected' ? sum((e) => (e.kind === 'rejected' ? e.count : 0)) : 0;
    return [status, rejected + sum((e) => (e.kind === 'settled' && e.status === status ? 1 : 0))];
  });
  return {
    durationMs,
    inputs,
    inputsPerSecond: perSecond(inputs),
    batches: batches.length,
    bufferingRatio: sent === 0 ? 0 : Math.round((together / sent) * 10_000) / 10_000,
    averageBatchSize: batches.length === 0 ? 0 : Math.round((sent / batches.length) * 100) / 100,
    largestBatchSize: Math.max(0, ...batches.map((b) => b.size)),
    flushReasons: Object.fromEntries(reasons),
    outcomes: Object.fromEntries(outcomes),
    frames,
    framesPerSecond: perSecond(frames),
    replacedPushes: sum((e) => (e.kind === 'replaced' ? 1 : 0)),
  };
}

function expectSpan(span: StatsSpan, events: readonly Event[]): void {
  const { latencyUs, ...counted } = span;
  expect(counted).toEqual(reckon(events));
  const queues = events.flatMap((e) => (e.kind === 'settled' ? [e.queueUs] : []));
  if (queues.length === 0) return expect(latencyUs).toBeNull();
  expect(latencyUs?.queue.max).toBeGreaterThanOrEqual(Math.max(...queues));
  expect(latencyUs?.queue.max).toBeLessThanOrEqual(Math.max(...queues) * 1.01);
}

describe('what a meter counts', () => {
  it('is what happened since the start, and in each span what happened since the last reading', () => {
    const chapters = fc.array(fc.array(event, { maxLength: 30 }), { maxLength: 4 });
    fc.assert(
      fc.property(chapters, (story) => {
        const clock = new FakeClock();
        const meter = new Meter(clock);
        const span = meter.openSpan();
        story.forEach((events, chapter) => {
          for (const event of events) apply(event, meter, clock);
          expectSpan(meter.sinceStart(), story.slice(0, chapter + 1).flat());
          expectSpan(span.next(clock.now()), events);
        });
      }),
    );
  });

  it('adds up over the sessions in the gateway, for readers at different times', () => {
    const moves = fc.array(fc.tuple(fc.nat(1), event), { maxLength: 60 });
    fc.assert(
      fc.property(moves, fc.nat(60), (story, split) => {
        const clock = new FakeClock();
        const gateway = new Meter(clock);
        const sessions = [new Meter(clock, gateway), new Meter(clock, gateway)];
        const early = gateway.openSpan();
        const happen = ([who, event]: (typeof story)[number]) => {
          const session = sessions[who];
          if (session !== undefined) apply(event, session, clock);
        };
        const events = story.map(([, event]) => event);
        story.slice(0, split).forEach(happen);
        const late = gateway.openSpan();
        story.slice(split).forEach(happen);
        expectSpan(gateway.sinceStart(), events);
        expectSpan(early.next(clock.now()), events);
        expectSpan(late.next(clock.now()), events.slice(split));
      }),
    );
  });

  it('keeps no distributions before the first outcome', () => {
    const meter = new Meter(new FakeClock());
    meter.received(3);
    meter.rejected(3);
    expect(meter.tally.latencies).toBeUndefined();
    expect(meter.sinceStart().latencyUs).toBeNull();
  });

  it('has the total latency as the sum of queue and driver', () => {
    const meter = new Meter(new FakeClock());
    meter.settled(outcome('executed'), 100, 30);
    expect(meter.sinceStart().latencyUs).toEqual({
      queue: { p50: 100, p90: 100, p99: 100, max: 100 },
      driver: { p50: 30, p90: 30, p99: 30, max: 30 },
      total: { p50: 130, p90: 130, p99: 130, max: 130 },
    });
  });
});

describe('frames', () => {
  it('are counted once, whether an outcome or the emulator itself tells of them', () => {
    const clock = new FakeClock();
    const gateway = new Meter(clock);
    const meter = new Meter(clock, gateway);
    meter.settled(outcome('executed', 0, 16), 1, 1);
    expect(meter.sinceStart().frames).toBe(16);
    meter.reached(100);
    meter.settled(outcome('executed', 90, 8), 1, 1);
    expect(meter.sinceStart().frames).toBe(100);
    meter.settled(outcome('executed', 100, 4), 1, 1);
    expect(meter.sinceStart().frames).toBe(104);
    expect(gateway.sinceStart().frames).toBe(104);
  });

  it('of two emulators add up in the gateway', () => {
    const clock = new FakeClock();
    const gateway = new Meter(clock);
    for (const frame of [30, 12]) new Meter(clock, gateway).reached(frame);
    clock.advance(500);
    expect(gateway.sinceStart()).toMatchObject({ frames: 42, framesPerSecond: 84 });
  });
});
