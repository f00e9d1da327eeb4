import { describe, expect, it } from 'vitest';
import { StatsChannel, type StatsSource } from '../../../../../server/channels/stats/channel.ts';
import { Meter } from '../../../../../server/channels/stats/meter.ts';
import type { Clock } from '../../../../../server/clock.ts';
import type { Params } from '../../../../../shared/protocol.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

/** A gateway with the sessions `one` and `two`. */
function rig(clock: Clock) {
  const gateway: StatsSource = {
    meter: new Meter(clock),
    credit: () => ({ limit: 2048, outstanding: 5 }),
    pendingBytes: () => 0,
  };
  const source = (label: string): StatsSource => ({
    meter: new Meter(clock, gateway.meter),
    label,
    credit: () => ({ limit: 1024, outstanding: 3 }),
    pendingBytes: () => 0,
  });
  const sessions = { one: source('route 1'), two: source('route 2') };
  const channel = new StatsChannel({
    clock,
    wallClock: () => 1_700_000_000_000,
    gateway,
    session: (id) => new Map(Object.entries(sessions)).get(id),
    minIntervalMs: 100,
  });
  const subscribe = (options: Params, sessionId?: string) => {
    const pushes: unknown[] = [];
    const push = (payload: unknown) => void pushes.push(payload);
    const result = channel.subscribe(options, { sessionId, push, slow: false, skip() {}, replaced: () => 0 });
    return { pushes, result, close: () => result.ok && result.close() };
  };
  return { channel, sessions, gateway, subscribe };
}

const inputs = (sinceStart: number, sinceLast: number) =>
  expect.objectContaining({
    sinceStart: expect.objectContaining({ inputs: sinceStart }),
    sinceLast: expect.objectContaining({ inputs: sinceLast }),
  });

describe('whose figures they are', () => {
  const about = (options: Params, sessionId?: string) =>
    rig(new FakeClock()).channel.read(options, sessionId);

  it("are the subscriber's own session's, and for a watcher the gateway's", () => {
    expect(about({}, 'one')).toMatchObject({
      ok: true,
      value: { scope: 'session', session: 'one', label: 'route 1', credit: { limit: 1024, outstanding: 3 } },
    });
    expect(about({})).toMatchObject({
      ok: true,
      value: { scope: 'gateway', session: null, label: null, credit: { limit: 2048, outstanding: 5 } },
    });
  });

  it('are those asked for: another session, or the gateway', () => {
    expect(about({ session: 'two' }, 'one')).toMatchObject({ value: { session: 'two' } });
    expect(about({ scope: 'gateway' }, 'one')).toMatchObject({ value: { scope: 'gateway', session: null } });
    expect(about({ scope: 'session' }, 'one')).toMatchObject({ value: { session: 'one' } });
  });

  it('are refused for a session that does not exist', () => {
    const error = { code: 'unknown_session', retryable: false };
    expect(about({ session: 'three' })).toMatchObject({ ok: false, error });
    expect(about({ scope: 'session' })).toMatchObject({ ok: false, error });
  });
});

describe('a wrong option', () => {
  it.each([
    [{ intervalMs: 99 }, 'intervalMs: got 99; allowed: a number from 100 to 3600000'],
    [{ intervalMs: 3_600_001 }, 'intervalMs: got 3600001; allowed: a number from 100 to 3600000'],
    [{ intervalMs: Number.NaN }, 'intervalMs: got NaN; allowed: a number from 100 to 3600000'],
    [{ intervalMs: '200' }, 'intervalMs: got "200"; allowed: a number from 100 to 3600000'],
    [{ scope: 'world' }, 'scope: got "world"; allowed: session, gateway'],
    [{ session: 7 }, 'session: got 7; allowed: a string of at most 4096 characters'],
  ])('%j is refused by name, with what is allowed, and pushes nothing', (options, message) => {
    const clock = new FakeClock();
    const { pushes, result } = rig(clock).subscribe(options, 'one');
    expect(result).toMatchObject({ ok: false, error: { code: 'invalid_params', message } });
    clock.advance(5000);
    expect(pushes).toEqual([]);
  });
});

describe('a subscription', () => {
  it('pushes at once, then at its interval, each time with what came since the last push', () => {
    const clock = new FakeClock();
    const { subscribe, sessions } = rig(clock);
    sessions.one.meter.received(2);
    const { pushes } = subscribe({ intervalMs: 250 }, 'one');
    expect(pushes).toEqual([inputs(2, 0)]);
    sessions.one.meter.received(3);
    clock.advance(249);
    expect(pushes).toHaveLength(1);
    clock.advance(1);
    clock.advance(250);
    expect(pushes).toEqual([inputs(2, 0), inputs(5, 3), inputs(5, 0)]);
  });

  it('comes every second unless it says otherwise', () => {
    const clock = new FakeClock();
    const { pushes } = rig(clock).subscribe({});
    clock.advance(3500);
    expect(pushes).toHaveLength(4);
  });

  it('keeps its own time and its own spans beside others, on one timer', () => {
    const clock = new FakeClock();
    const { subscribe, sessions } = rig(clock);
    const fast = subscribe({ intervalMs: 100 });
    clock.advance(50);
    const slow = subscribe({ intervalMs: 300 }, 'two');
    for (let i = 0; i < 6; i++) {
      sessions.two.meter.received(1);
      clock.advance(100);
    }
    expect(fast.pushes).toEqual([0, 1, 2, 3, 4, 5, 6].map((n) => inputs(n, n === 0 ? 0 : 1)));
    expect(slow.pushes).toEqual([inputs(0, 0), inputs(3, 3), inputs(6, 3)]);
    fast.close();
    clock.advance(50);
    expect(clock.nextTimerMs).toBe(1000 + 50 + 900);
  });

  it('is silent once closed, and a closed one leaves no timer behind', () => {
    const clock = new FakeClock();
    const { pushes, close } = rig(clock).subscribe({ intervalMs: 100 });
    close();
    clock.advance(1000);
    expect(pushes).toHaveLength(1);
    expect(clock.nextTimerMs).toBeUndefined();
  });

  it('ends with its session: one last push that says so, then silence', () => {
    const clock = new FakeClock();
    const { channel, subscribe, sessions } = rig(clock);
    const watching = subscribe({ session: 'one', intervalMs: 100 });
    const gateway = subscribe({ intervalMs: 100 });
    sessions.one.meter.received(4);
    clock.advance(30);
    channel.sessionEnded(sessions.one);
    expect(watching.pushes).toMatchObject([
      { ended: false },
      { ended: true, sinceLast: { inputs: 4, durationMs: 30 } },
    ]);
    clock.advance(200);
    expect(watching.pushes).toHaveLength(2);
    expect(gateway.pushes).toHaveLength(3);
  });

  it('asks for the frames that ran without an entry before it reads', () => {
    const clock = new FakeClock();
    const { gateway, sessions } = rig(clock);
    let frame = 0;
    const refresh = () => sessions.one.meter.reached(frame);
    const one = { ...sessions.one, refresh };
    const channel = new StatsChannel({
      clock,
      wallClock: () => 0,
      gateway: { ...gateway, refresh },
      session: () => one,
      minIntervalMs: 100,
    });
    const pushes: unknown[] = [];
    const subscriber = {
      sessionId: 'one',
      push: (payload: unknown) => void pushes.push(payload),
      slow: false,
      skip() {},
      replaced: () => 0,
    };
    channel.subscribe({}, subscriber);
    frame = 60;
    clock.advance(1000);
    expect(pushes.at(-1)).toMatchObject({ sinceLast: { frames: 60, framesPerSecond: 60 } });
    frame = 90;
    expect(channel.read({ scope: 'gateway' }, 'one')).toMatchObject({
      value: { sinceStart: { frames: 90 } },
    });
  });
});

describe('the sweep', () => {
  /** A clock whose timer fires when the test says so, early or late. */
  function unpunctual() {
    let nowMs = 0;
    let pending: { atMs: number; run: () => void } | undefined;
    const clock: Clock = {
      now: () => nowMs,
      after: (delayMs, run) => {
        const timer = { atMs: nowMs + delayMs, run };
        pending = timer;
        return { cancel: () => (pending = pending === timer ? undefined : pending) };
      },
      endOfTick: () => {},
    };
    const fireAt = (atMs: number) => {
      nowMs = atMs;
      pending?.run();
    };
    return { clock, fireAt, deadlineMs: () => pending?.atMs };
  }

  it('keeps to its deadlines when timers are late, and makes up for none', () => {
    const { clock, fireAt, deadlineMs } = unpunctual();
    const { pushes } = rig(clock).subscribe({ intervalMs: 100 });
    fireAt(130);
    expect([pushes.length, deadlineMs()]).toEqual([2, 200]);
    fireAt(560);
    expect([pushes.length, deadlineMs()]).toEqual([3, 600]);
  });

  it('waits for the rest when a timer is early', () => {
    const { clock, fireAt, deadlineMs } = unpunctual();
    const { pushes } = rig(clock).subscribe({ intervalMs: 100 });
    fireAt(99.25);
    expect([pushes.length, deadlineMs()]).toEqual([1, 100]);
  });
});

describe('the call', () => {
  it('has the figures since the start in both spans, and opens none', () => {
    const clock = new FakeClock();
    const { channel, sessions } = rig(clock);
    sessions.one.meter.received(9);
    clock.advance(1500);
    expect(channel.read({}, 'one')).toMatchObject({
      value: {
        atMs: 1_700_000_000_000,
        ended: false,
        sinceStart: { inputs: 9, inputsPerSecond: 6, durationMs: 1500 },
        sinceLast: { inputs: 9, inputsPerSecond: 6, durationMs: 1500 },
      },
    });
    expect(clock.nextTimerMs).toBeUndefined();
  });
});
