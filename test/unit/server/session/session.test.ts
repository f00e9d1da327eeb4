import { describe, expect, it } from 'vitest';
import { presses, SessionRig } from '../../../support/session-rig.ts';

const statuses = (rig: SessionRig) =>
  rig.outcomes.map(({ seq, outcome }) => [seq, outcome.status, outcome.detail?.code]);
const WAITING = { highFrequencyThreshold: 1, maxWaitMs: 1000, maxBatchSize: 1000 };

function fail(
  rig: SessionRig,
  status: 'failed' | 'unknown',
  code: 'emulator_unavailable' | 'emulator_crashed',
) {
  const batch = rig.driver.batches.at(-1);
  if (batch === undefined) throw new Error('nothing in flight');
  const failure = {
    firstFrame: null,
    frames: 0,
    certainty: 'none',
    observed: undefined,
    message: 'gone',
  } as const;
  for (const _ of batch.steps) batch.sink.outcome({ status, code, ...failure });
  batch.sink.done();
}

describe('failure', () => {
  it('after a failed outcome what is queued is rejected, and what comes later runs', async () => {
    const rig = await SessionRig.start({ batching: WAITING });
    rig.group(1, 1);
    rig.clock.tick();
    rig.press(2);
    rig.session.receive({ type: 'command', seq: 3, command: { method: 'reset' } });
    fail(rig, 'failed', 'emulator_unavailable');
    rig.clock.tick();
    rig.press(4);
    rig.session.flush();
    rig.clock.tick();
    rig.finish();
    expect(statuses(rig)).toEqual([
      [1, 'failed', 'emulator_unavailable'],
      [2, 'rejected', 'after_failure'],
      [3, 'rejected', 'after_failure'],
      [4, 'executed', undefined],
    ]);
    expect(rig.driver.calls).toEqual([]);
  });

  it('with onFailure continue the queue goes on', async () => {
    const rig = await SessionRig.start({ batching: WAITING, settings: { onFailure: 'continue' } });
    rig.group(1, 1);
    rig.clock.tick();
    rig.press(2);
    fail(rig, 'unknown', 'emulator_crashed');
    rig.session.flush();
    rig.clock.tick();
    rig.finish();
    expect(statuses(rig)).toEqual([
      [1, 'unknown', 'emulator_crashed'],
      [2, 'executed', undefined],
    ]);
  });

  it('a load of what was never saved is failed, and stops what follows', async () => {
    const rig = await SessionRig.start({ batching: WAITING });
    rig.session.receive({ type: 'command', seq: 1, command: { method: 'load', name: 'nowhere' } });
    rig.press(2);
    await rig.settle();
    expect(statuses(rig)).toEqual([
      [1, 'failed', 'unknown_checkpoint'],
      [2, 'rejected', 'after_failure'],
    ]);
  });

  it('a rejected entry never stops others', async () => {
    const rig = await SessionRig.start();
    rig.press(1, { buttons: 256 });
    rig.press(2);
    rig.clock.tick();
    rig.finish();
    expect(statuses(rig)).toEqual([
      [1, 'rejected', 'unsupported'],
      [2, 'executed', undefined],
    ]);
  });

  it('[I2] a rejected entry is acked only when everything before it is', async () => {
    const rig = await SessionRig.start();
    rig.press(1);
    rig.press(2, { buttons: 256 });
    rig.press(3);
    rig.clock.tick();
    expect(rig.acks).toEqual([]);
    rig.finish();
    expect(rig.outcomes.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('a game that dies is replaced, its session is told, and frames go on from the last known one', async () => {
    const rig = await SessionRig.start({ batching: { strategy: 'eager' } });
    rig.press(1, { hold: 100 });
    rig.clock.tick();
    rig.finish();
    rig.press(2);
    rig.clock.tick();
    const { driver } = rig;
    fail(rig, 'unknown', 'emulator_crashed');
    driver.context.onDeath({ cause: 'trapped', message: 'illegal opcode', frame: 101 });
    rig.press(3);
    await rig.settle();
    expect(rig.drivers).toHaveLength(2);
    rig.finish();
    expect(rig.events).toMatchObject([{ name: 'emulator_replaced', data: { cause: 'trapped', frame: 101 } }]);
    expect(rig.outcomes.map(({ outcome }) => [outcome.status, outcome.firstFrame])).toEqual([
      ['executed', 0],
      ['unknown', null],
      ['executed', 101],
    ]);
  });
});

describe('the life of a session', () => {
  it('[I7] a connection that is gone leaves what was accepted to run out, then the buttons are released and time stops', async () => {
    const rig = await SessionRig.start({ batching: WAITING });
    rig.press(1);
    rig.detach();
    rig.clock.tick();
    expect(rig.driver.batches).toHaveLength(1);
    expect(rig.driver.calls).toEqual([]);
    rig.finish();
    await rig.settle();
    expect(rig.driver.calls).toEqual(['release', 'freeze true']);
    expect(rig.session.takeAcks()).toMatchObject([{ firstSeq: 1, batch: { reason: 'drain' } }]);
    expect(rig.ended).toBe(false);
    expect(rig.session.presence).toMatchObject({ expiresAtMs: rig.clock.now() + 60_000 });
  });

  it('[I7] a resume gets the outcomes it has not received, hears that the buttons were released, and time goes on', async () => {
    const rig = await SessionRig.start();
    for (const seq of [1, 2, 3]) rig.press(seq);
    rig.clock.tick();
    rig.detach();
    rig.finish();
    await rig.settle();
    rig.resume(0);
    await rig.settle();
    expect(rig.outcomes.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(rig.events).toMatchObject([{ name: 'buttons_released', data: { frame: 6 } }]);
    expect(rig.driver.calls).toEqual(['release', 'freeze true', 'freeze false']);
    rig.detach();
    await rig.settle();
    rig.resume(1);
    await rig.settle();
    expect(rig.outcomes.map(({ seq }) => seq)).toEqual([1, 2, 3, 2, 3]);
    rig.press(4);
    rig.clock.tick();
    rig.finish();
    expect(rig.outcomes.at(-1)?.seq).toBe(4);
  });

  it('[I7] a resume while entries still run leaves the buttons alone', async () => {
    const rig = await SessionRig.start();
    rig.press(1);
    rig.clock.tick();
    rig.detach();
    rig.resume(0);
    rig.finish();
    await rig.settle();
    expect(rig.outcomes.map(({ seq }) => seq)).toEqual([1]);
    expect(rig.driver.calls).toEqual(['freeze false']);
    expect(rig.events).toEqual([]);
  });

  it('after a resume what comes waits for company again', async () => {
    const rig = await SessionRig.start({ batching: WAITING });
    rig.detach();
    await rig.settle();
    rig.resume(0);
    await rig.settle();
    rig.press(1);
    rig.clock.tick();
    expect(rig.driver.batches).toEqual([]);
  });

  it('a second connection sends the first away, and the first one going means nothing then', async () => {
    const rig = await SessionRig.start();
    const first = rig.link;
    rig.resume(0);
    expect(rig.closedWith).toBe('taken_over');
    rig.session.presence.detach(first);
    expect(rig.session.presence.expiresAtMs).toBeUndefined();
    rig.press(1);
    await rig.settle();
    rig.finish();
    expect(rig.outcomes).toHaveLength(1);
  });

  it('a game that was replaced while nobody was there is at rest too, and the next connection hears of it', async () => {
    const rig = await SessionRig.start();
    rig.session.receive({
      type: 'command',
      seq: 1,
      command: { method: 'pace', pace: 'realtime', speed: 1 },
    });
    await rig.settle();
    rig.detach();
    await rig.settle();
    rig.driver.context.onDeath({ cause: 'exited', message: 'gone', frame: 9 });
    await rig.settle();
    expect(rig.driver.calls).toEqual(['pace realtime 1', 'release', 'freeze true']);
    rig.resume(1);
    await rig.settle();
    expect(rig.events.map(({ name }) => name)).toEqual([
      'buttons_released',
      'emulator_replaced',
      'buttons_released',
    ]);
    expect(rig.driver.calls.at(-1)).toBe('freeze false');
  });

  it('a session that nobody resumes in time ends when what it accepted has run', async () => {
    const rig = await SessionRig.start();
    rig.press(1);
    rig.clock.tick();
    rig.detach();
    rig.session.presence.expire();
    await rig.settle();
    expect(rig.ended).toBe(false);
    rig.finish();
    await rig.settle();
    expect(rig.ended).toBe(true);
    expect(rig.session.presence.leaving).toBe(true);
  });

  it('bye waits for the batch in flight', async () => {
    const rig = await SessionRig.start();
    rig.press(1);
    rig.clock.tick();
    rig.session.presence.leave(true, 'normal', 'bye');
    rig.clock.tick();
    expect(rig.closedWith).toBeUndefined();
    rig.finish();
    expect(rig.closedWith).toBe('normal');
    expect(statuses(rig)).toEqual([[1, 'executed', undefined]]);
  });

  it('a new strategy holds for what is already waiting', async () => {
    const rig = await SessionRig.start({ batching: WAITING });
    rig.press(1);
    rig.clock.tick();
    expect(rig.driver.batches).toHaveLength(0);
    rig.session.configure({ batching: { strategy: 'eager' } });
    rig.clock.tick();
    rig.finish();
    expect(rig.acks[0]?.batch?.reason).toBe('idle');
  });

  it('reads wait for what was accepted before them', async () => {
    const rig = await SessionRig.start({ batching: WAITING });
    const order: string[] = [];
    rig.driver.onBatch = (batch) => order.push(`batch of ${batch.steps.length}`);
    rig.press(1);
    rig.session.read({ kind: 'read', run: async () => void order.push('read') });
    rig.press(2);
    rig.session.flush();
    await rig.settle();
    expect(order).toEqual(['batch of 1']);
    rig.finish();
    await rig.settle();
    expect(order).toEqual(['batch of 1', 'read', 'batch of 1']);
  });
});

describe('what a session asks to be merged or dropped', () => {
  it('[I2] a duplicate is rejected by the rule, takes no frames, and is no failure', async () => {
    const rig = await SessionRig.start({ batching: { ...WAITING, dedupe: { frames: 16 } } });
    for (const seq of [1, 2, 3]) rig.press(seq, { hold: 4, gap: 4 });
    rig.press(4, { buttons: 2 });
    rig.session.flush();
    rig.clock.tick();
    expect(rig.driver.batches.at(-1)?.steps.map(({ buttons }) => buttons)).toEqual([1, 2]);
    rig.finish();
    expect(statuses(rig)).toEqual([
      [1, 'executed', undefined],
      [2, 'rejected', 'duplicate'],
      [3, 'rejected', 'duplicate'],
      [4, 'executed', undefined],
    ]);
  });

  it('a batch of which nothing is left is not sent, and the queue goes on', async () => {
    const rig = await SessionRig.start({ batching: { ...WAITING, dedupe: { frames: 600 } } });
    rig.group(1, 1);
    rig.clock.tick();
    rig.finish();
    rig.press(2);
    rig.session.flush();
    rig.clock.tick();
    expect(rig.driver.batches).toHaveLength(1);
    rig.session.receive({ type: 'keys', seq: 3, buttons: 1 });
    rig.session.flush();
    rig.clock.tick();
    rig.finish();
    expect(statuses(rig)).toEqual([
      [1, 'executed', undefined],
      [2, 'rejected', 'duplicate'],
      [3, 'executed', undefined],
    ]);
  });

  it('[I2] inputs that were merged have one outcome each, which says so', async () => {
    const rig = await SessionRig.start({ batching: { ...WAITING, coalesce: true } });
    rig.press(1, { buttons: 1, hold: 4, gap: 0 });
    rig.press(2, { buttons: 1, hold: 4, gap: 2 });
    rig.press(3, { buttons: 0, hold: 30, gap: 0 });
    rig.press(4, { buttons: 2, hold: 4, gap: 4 });
    rig.session.flush();
    rig.clock.tick();
    expect(rig.driver.batches.at(-1)?.steps.map(({ hold, gap }) => [hold, gap])).toEqual([
      [8, 32],
      [4, 4],
    ]);
    rig.finish();
    expect(
      rig.outcomes.map(({ outcome: { firstFrame, frames, detail } }) => [firstFrame, frames, detail]),
    ).toEqual([
      [0, 4, { coalesced: 3 }],
      [4, 6, { coalesced: 3 }],
      [10, 30, { coalesced: 3 }],
      [40, 8, undefined],
    ]);
  });
});

describe('a group that is acked together', () => {
  const members = [1, 2, 4].map((buttons) => ({ buttons, hold: 4, gap: 4, options: undefined }));

  it('[I2] has no outcome out before all are known', async () => {
    const rig = await SessionRig.start();
    rig.session.receive({ type: 'inputs', firstSeq: 1, presses: members, options: { together: true } });
    rig.session.receive({ type: 'inputs', firstSeq: 4, presses: members, options: undefined });
    rig.clock.tick();
    const batch = rig.driver.batches.at(-1);
    const ran = { status: 'executed', frames: 8, certainty: 'exact', code: undefined } as const;
    const tell = (firstFrame: number) => {
      batch?.sink.outcome({ ...ran, firstFrame, observed: undefined, message: undefined });
      rig.clock.tick();
      return rig.outcomes.map(({ seq }) => seq);
    };
    expect(tell(0)).toEqual([]);
    expect(tell(8)).toEqual([]);
    expect(tell(16)).toEqual([1, 2, 3]);
    expect(tell(24)).toEqual([1, 2, 3, 4]);
  });

  it('is not acked by the part of it that was cancelled', async () => {
    const rig = await SessionRig.start({ batching: WAITING });
    rig.group(1, 1);
    rig.clock.tick();
    rig.session.receive({ type: 'inputs', firstSeq: 2, presses: members, options: { together: true } });
    rig.session.cancel(4);
    rig.finish();
    rig.clock.tick();
    expect(statuses(rig)).toEqual([[1, 'executed', undefined]]);
    rig.finish();
    expect(statuses(rig)).toEqual([
      [1, 'executed', undefined],
      [2, 'executed', undefined],
      [3, 'executed', undefined],
      [4, 'rejected', 'cancelled'],
    ]);
  });
});

describe('macros', () => {
  it('[I8] count in the memory that a session holds', async () => {
    const rig = await SessionRig.start();
    const before = rig.session.heldBytes;
    const define = (name: string, count: number) =>
      rig.session.receive({ type: 'define', name, presses: Array(count).fill(presses()) });
    define('m', 1000);
    const held = rig.session.heldBytes - before;
    expect(held).toBeGreaterThan(50_000);
    define('m', 10);
    expect(rig.session.heldBytes - before).toBeLessThan(held / 10);
  });

  it('[I1] [I2] a script that repeats what runs and brings what is new adds only that', async () => {
    const rig = await SessionRig.start({ batching: { strategy: 'eager' } });
    rig.session.receive({ type: 'script', firstSeq: 1, text: 'A:1:0 (B:2:0 UP:3:0)' });
    await rig.settle();
    rig.session.receive({ type: 'script', firstSeq: 1, text: 'A:1:0 (B:2:0 UP:3:0 A:4:0) B:5:0' });
    expect(rig.session.nextSeq).toBe(6);
    rig.finish();
    await rig.settle();
    rig.finish();
    await rig.settle();
    const { batches } = rig.driver;
    expect(batches.flatMap(({ steps }) => steps.map(({ hold }) => hold))).toEqual([1, 2, 3, 4, 5]);
    expect(rig.outcomes.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });
});
