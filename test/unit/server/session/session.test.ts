import { describe, expect, it } from 'vitest';
import { SessionRig } from '../../../support/session-rig.ts';

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
  it('a connection that is gone leaves what was accepted to run out, then the buttons are released and time stops', async () => {
    const rig = await SessionRig.start({ batching: WAITING });
    rig.press(1);
    rig.session.detach();
    rig.clock.tick();
    expect(rig.driver.batches).toHaveLength(1);
    expect(rig.ended).toBe(false);
    rig.finish();
    expect(rig.ended).toBe(true);
    expect(rig.session.ackedThrough).toBe(0);
  });

  it('bye waits for the batch in flight', async () => {
    const rig = await SessionRig.start();
    rig.press(1);
    rig.clock.tick();
    rig.session.leave(true, 'normal', 'bye');
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
