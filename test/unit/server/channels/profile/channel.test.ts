import { describe, expect, it } from 'vitest';
import { ProfileChannel } from '../../../../../server/channels/profile/channel.ts';
import { Check } from '../../../../../shared/check.ts';
import { decodeProfile } from '../../../../../shared/profile/decode.ts';
import type { ProfilePayload } from '../../../../../shared/profile/input.ts';
import type { Params } from '../../../../../shared/protocol.ts';
import { SessionRig } from '../../../../support/session-rig.ts';

/** A session on a manual driver, and the channel for it. Its clock begins at 1000 ms. */
async function profiled(options: Parameters<typeof SessionRig.start>[0] = {}) {
  const rig = await SessionRig.start(options);
  const channel = new ProfileChannel({
    clock: rig.clock,
    wallClock: () => 1_700_000_000_000 + rig.clock.now(),
    session: (id) => (id === 'session-1' ? rig.session : undefined),
    minIntervalMs: 100,
  });
  const line = { slow: false };
  const subscribe = (params: Params = {}, sessionId: string | undefined = 'session-1') => {
    const payloads: ProfilePayload[] = [];
    const push = (payload: unknown) => {
      const check = new Check();
      payloads.push(decodeProfile(check, payload));
      expect(check.problem).toBeUndefined();
    };
    const subscriber = {
      sessionId,
      push,
      get slow() {
        return line.slow;
      },
      skip() {},
      replaced: () => 0,
    };
    const result = channel.subscribe(params, subscriber);
    const hooks = result.ok ? result : undefined;
    return {
      payloads,
      result,
      close: () => hooks?.close(),
      fast: () => hooks?.fast?.(),
      ending: () => hooks?.ending?.(),
    };
  };
  const press = (seq: number) => {
    rig.session.recorder?.read(rig.session.nextSeq);
    rig.press(seq);
  };
  /** Sends presses, which run at once. */
  const run = (firstSeq: number, count: number) => {
    rig.group(firstSeq, count);
    rig.clock.tick();
    rig.finish();
  };
  return { rig, channel, line, subscribe, press, run };
}

describe('the profile of a press', () => {
  it('has every stage in µs on the clock of the gateway', async () => {
    const { rig, subscribe } = await profiled();
    const { driver, clock, session } = rig;
    driver.times = (step) => ({ startedAtMs: 1002, firstAtMs: 1003 + step, endAtMs: 1003.75 + step });
    const { payloads } = subscribe();
    session.recorder?.read(session.nextSeq);
    clock.advance(1);
    rig.group(1, 2, { buttons: 2 });
    clock.advance(4);
    const [batch] = driver.batches;
    if (batch === undefined) throw new Error('nothing is in flight');
    driver.execute(batch, 0, 1);
    clock.advance(5);
    driver.execute(batch, 1, 2);
    batch.sink.done();
    clock.advance(300);
    const stages = { received: 1_000_000, queued: 1_001_000, flushed: 1_001_000, driverStart: 1_002_000 };
    const input = { kind: 'press', status: 'executed', buttons: 2, hold: 1, gap: 1, frames: 2 };
    const travelled = { batch: { id: 1, size: 2, reason: 'group' } };
    expect(payloads.flatMap(({ inputs }) => inputs)).toEqual([
      {
        ...input,
        ...travelled,
        seq: 1,
        firstFrame: 0,
        at: { ...stages, firstFrame: 1_003_000, end: 1_003_750, settled: 1_005_000, acked: 1_005_000 },
      },
      {
        ...input,
        ...travelled,
        seq: 2,
        firstFrame: 2,
        at: { ...stages, firstFrame: 1_004_000, end: 1_004_750, settled: 1_010_000, acked: 1_010_000 },
      },
    ]);
  });

  it('lacks what the driver cannot say, and the payload says so', async () => {
    const { rig, subscribe, press } = await profiled();
    const { payloads } = subscribe();
    press(1);
    await rig.pass(10);
    rig.finish();
    rig.clock.advance(300);
    expect(payloads[1]?.stages).toEqual(['received', 'queued', 'flushed', 'settled', 'acked']);
    expect(Object.keys(payloads[1]?.inputs[0]?.at ?? {})).toEqual(payloads[1]?.stages);
  });

  it('says of commands and of what was never sent what it knows', async () => {
    const { rig, subscribe } = await profiled();
    const { payloads } = subscribe();
    rig.session.receive({ type: 'command', seq: 1, command: { method: 'reset' } });
    rig.press(2, { buttons: 0x200 });
    await rig.pass(300);
    const [reset, rejected] = payloads.at(-1)?.inputs ?? [];
    expect(reset).toMatchObject({ seq: 1, kind: 'reset', status: 'executed', buttons: undefined });
    expect(reset?.at.settled).toBeDefined();
    expect(rejected).toMatchObject({ seq: 2, kind: 'unsent', status: 'rejected', batch: undefined });
    expect(Object.keys(rejected?.at ?? {})).toEqual(['acked']);
  });

  it('gives the inputs that were coalesced the times of their run', async () => {
    const { rig, subscribe } = await profiled({ batching: { coalesce: true } });
    rig.driver.times = (step) => ({ startedAtMs: 1000, firstAtMs: 1000 + step, endAtMs: 1001 + step });
    const { payloads } = subscribe();
    rig.session.receive({
      type: 'inputs',
      firstSeq: 1,
      presses: [1, 1, 2].map((buttons) => ({ buttons, hold: 2, gap: 0, options: undefined })),
      options: undefined,
    });
    rig.clock.tick();
    rig.finish();
    rig.clock.advance(300);
    expect(payloads[1]?.inputs.map(({ at }) => at.firstFrame)).toEqual([1_000_000, 1_000_000, 1_001_000]);
  });
});

describe('a subscription', () => {
  it('begins with what is accepted after it, says so at once, and then pushes only what is new', async () => {
    const { rig, subscribe, run } = await profiled();
    run(1, 3);
    const { payloads } = subscribe();
    expect(payloads).toEqual([expect.objectContaining({ from: 4, through: 3, dropped: 0, inputs: [] })]);
    rig.clock.advance(1000);
    expect(payloads).toHaveLength(1);
    run(4, 2);
    rig.clock.advance(250);
    run(6, 1);
    rig.clock.advance(250);
    expect(payloads.map(({ from, through }) => [from, through])).toEqual([
      [4, 3],
      [4, 5],
      [6, 6],
    ]);
    expect(payloads.at(-1)).toMatchObject({ atUs: 2_500_000, originMs: 1_700_000_000_000 });
  });

  it('shows an input once its ack has left, not before', async () => {
    const { rig, subscribe, press } = await profiled();
    const { payloads } = subscribe();
    press(1);
    rig.clock.advance(1000);
    expect(payloads).toHaveLength(1);
    rig.finish();
    rig.clock.advance(250);
    expect(payloads).toHaveLength(2);
  });

  it('keeps its own place beside others', async () => {
    const { rig, subscribe, run } = await profiled();
    const slow = subscribe({ intervalMs: 1000 });
    run(1, 2);
    const late = subscribe({ intervalMs: 100, session: 'session-1' }, undefined);
    run(3, 1);
    rig.clock.advance(1000);
    expect(slow.payloads.flatMap(({ inputs }) => inputs.map(({ seq }) => seq))).toEqual([1, 2, 3]);
    expect(late.payloads.flatMap(({ inputs }) => inputs.map(({ seq }) => seq))).toEqual([3]);
  });

  it('notes nothing any more when the last one has closed', async () => {
    const { rig, subscribe, run } = await profiled();
    const [one, two] = [subscribe(), subscribe()];
    one.close();
    expect(rig.session.recorder).toBeDefined();
    two.close();
    expect(rig.session.recorder).toBeUndefined();
    run(1, 1);
    rig.clock.advance(1000);
    expect(one.payloads).toHaveLength(1);
    expect(rig.driver.batches[0]?.sink.timed).toBeUndefined();
  });

  it('[I8] of a slow line loses nothing: what waits goes when there is room', async () => {
    const { rig, subscribe, run, line } = await profiled();
    const { payloads, fast } = subscribe();
    line.slow = true;
    for (let batch = 0; batch < 10; batch++) {
      run(1 + batch * 1000, 1000);
      rig.clock.advance(250);
    }
    expect(payloads).toHaveLength(1);
    line.slow = false;
    fast();
    expect(payloads.map(({ from, through }) => [from, through])).toEqual([
      [1, 0],
      [1, 4096],
      [4097, 8192],
      [8193, 10_000],
    ]);
  });

  it('[I8] keeps the newest 65536 inputs of a line that stays slow, and counts the others', async () => {
    const { rig, subscribe, run, line } = await profiled();
    const { payloads, fast } = subscribe();
    const before = rig.session.heldBytes;
    line.slow = true;
    for (let batch = 0; batch < 70; batch++) {
      run(1 + batch * 1000, 1000);
      rig.clock.advance(250);
    }
    expect(rig.session.heldBytes - before).toBeLessThan(12 * 1024 * 1024);
    line.slow = false;
    fast();
    const [, first] = payloads;
    expect(first).toMatchObject({ from: 1, dropped: 70_000 - 65_536 });
    expect(payloads.reduce((sum, { dropped, inputs }) => sum + dropped + inputs.length, 0)).toBe(70_000);
    expect(payloads.at(-1)?.inputs.at(-1)?.seq).toBe(70_000);
  });

  it('[I7] does not count again what goes out again after a resume', async () => {
    const { rig, subscribe, run } = await profiled();
    const { payloads } = subscribe({ session: 'session-1' }, undefined);
    run(1, 3);
    rig.clock.advance(250);
    rig.detach();
    rig.resume(1);
    await rig.settle();
    expect(rig.outcomes.map(({ seq }) => seq)).toEqual([1, 2, 3, 2, 3]);
    run(4, 1);
    rig.clock.advance(250);
    expect(payloads.map(({ inputs }) => inputs.map(({ seq }) => seq))).toEqual([[], [1, 2, 3], [4]]);
  });

  it('ends with its session, after the last inputs', async () => {
    const { rig, channel, subscribe, run } = await profiled();
    const { payloads } = subscribe();
    run(1, 2);
    rig.session.presence.leave(false, 'normal', 'bye');
    await rig.settle();
    channel.sessionEnded(rig.session);
    expect(payloads.at(-1)).toMatchObject({ from: 1, through: 2, ended: true });
    expect(rig.session.recorder).toBeUndefined();
    rig.clock.advance(1000);
    expect(payloads).toHaveLength(2);
  });

  it('gets the rest before its connection ends', async () => {
    const { subscribe, run } = await profiled();
    const { payloads, ending } = subscribe();
    run(1, 2);
    ending();
    expect(payloads.at(-1)).toMatchObject({ from: 1, through: 2 });
  });
});

describe('a wrong option', () => {
  it.each([
    [{ intervalMs: 99 }, 'invalid_params', 'intervalMs: got 99; allowed: a number from 100 to 3600000'],
    [{ session: 7 }, 'invalid_params', 'session: got 7; allowed: a string of at most 4096 characters'],
    [{ session: 'other' }, 'unknown_session', 'session "other"'],
  ])('%j is refused by name', async (options, code, message) => {
    const { subscribe } = await profiled();
    expect(subscribe(options).result).toMatchObject({ ok: false, error: { code, message } });
  });

  it('is a watcher that names no session', async () => {
    const { channel } = await profiled();
    const nobody = { sessionId: undefined, push() {}, slow: false, skip() {}, replaced: () => 0 };
    expect(channel.subscribe({}, nobody)).toMatchObject({ ok: false, error: { code: 'unknown_session' } });
  });
});
