import { describe, expect, it } from 'vitest';
import type { StepOutcome } from '../../../../server/emulator/drivers/driver.ts';
import type { Guard } from '../../../../shared/guards.ts';
import type { Batching } from '../../../../shared/protocol.ts';
import { presses, type RigOptions, SessionRig } from '../../../support/session-rig.ts';

const GUARD: Guard = { address: 0xc011, op: '==', value: 18 };

function start(batching: Partial<Batching> = {}, capabilities: RigOptions['capabilities'] = {}) {
  return SessionRig.start({ batching, capabilities: { guards: true, ...capabilities } });
}

function group(rig: SessionRig, firstSeq: number, count: number, guards: readonly Guard[]): void {
  const members = Array.from({ length: count }, () => presses());
  rig.session.receive({ type: 'inputs', firstSeq, presses: members, options: { guards } });
}

function stopped(waited = 0): StepOutcome {
  return {
    status: 'rejected',
    firstFrame: null,
    frames: 0,
    certainty: 'none',
    observed: undefined,
    code: 'guard',
    message: 'guards[0] {stop 0xC011==18}: the byte is 18',
    guard: { index: 0, frame: 4 + waited, value: 18 },
    ...(waited > 0 && { waited }),
  };
}

/** Ends the batch in flight: so many steps run, and a guard stops the rest. */
function finish(rig: SessionRig, ran: number, waited = 0): void {
  const batch = rig.driver.batches.at(-1);
  if (batch === undefined) throw new Error('no batch is in flight');
  rig.driver.execute(batch, 0, ran);
  for (const [index] of batch.steps.slice(ran).entries())
    batch.sink.outcome(stopped(index === 0 ? waited : 0));
  batch.sink.done();
  rig.clock.tick();
}

function statuses(rig: SessionRig) {
  return rig.outcomes.map(({ seq, outcome }) => [seq, outcome.status, outcome.detail?.code]);
}

function why(rig: SessionRig): string | undefined {
  return rig.outcomes.at(-1)?.outcome.detail?.message;
}

describe('a group with guards', () => {
  it('gives each step the guards of the group and its place in it, and the others nothing', async () => {
    const rig = await start();
    group(rig, 1, 4, [{ ...GUARD, from: 1, count: 2 }]);
    rig.clock.tick();
    const of = [{ ...GUARD, from: 1, count: 2 }];
    expect(rig.driver.batches[0]?.steps.map(({ guards }) => guards)).toEqual([
      undefined,
      { of, member: 1 },
      { of, member: 2 },
      undefined,
    ]);
  });

  it('[I2] [I6] what a guard stopped is acked as rejected, with the guard and the batch it travelled in', async () => {
    const rig = await start();
    group(rig, 1, 3, [GUARD]);
    rig.clock.tick();
    finish(rig, 1, 5);
    expect(statuses(rig)).toEqual([
      [1, 'executed', undefined],
      [2, 'rejected', 'guard'],
      [3, 'rejected', 'guard'],
    ]);
    expect(rig.outcomes[1]?.outcome.detail).toMatchObject({
      guard: { index: 0, frame: 9, value: 18 },
      waited: 5,
    });
    expect(rig.outcomes[2]?.outcome.detail).not.toHaveProperty('waited');
    expect(rig.acks.map(({ batch }) => [batch?.size, batch?.reason])).toEqual([[3, 'group']]);
  });

  it('is no failure when a guard stops it: what is queued runs', async () => {
    const rig = await start();
    group(rig, 1, 2, [GUARD]);
    rig.clock.tick();
    rig.press(3);
    rig.press(4);
    rig.session.flush();
    rig.clock.tick();
    finish(rig, 0);
    rig.finish();
    expect(statuses(rig).slice(2)).toEqual([
      [3, 'executed', undefined],
      [4, 'executed', undefined],
    ]);
  });

  it('counts the frames that passed, also those that were waited in vain', async () => {
    const rig = await start();
    group(rig, 1, 2, [GUARD]);
    rig.clock.tick();
    finish(rig, 0, 30);
    expect(rig.session.meter.sinceStart()).toMatchObject({ frames: 34, outcomes: { rejected: 2 } });
  });

  it('[I4] of which a part is a repeat keeps the ranges of the whole for the rest', async () => {
    const rig = await start();
    rig.group(1, 2);
    rig.clock.tick();
    rig.finish();
    group(rig, 1, 4, [{ ...GUARD, from: 1, count: 2 }]);
    rig.clock.tick();
    expect(rig.driver.batches.at(-1)?.steps.map(({ guards }) => guards?.member)).toEqual([2, undefined]);
  });

  it('counts its members after macros are expanded', async () => {
    const rig = await start();
    rig.session.receive({ type: 'define', name: 'walk', presses: [presses(), presses(), presses()] });
    const members = [presses(), { use: 'walk', times: 2 }, presses()];
    const guards = [{ ...GUARD, from: 4, count: 3 }];
    rig.session.receive({ type: 'inputs', firstSeq: 1, presses: members, options: { guards } });
    rig.clock.tick();
    const guarded = rig.driver.batches[0]?.steps.map(({ guards: of }) => of?.member);
    expect(guarded).toEqual([undefined, undefined, undefined, undefined, 4, 5, 6, undefined]);
  });

  it('reads its guards from a script that comes as a message, also where a part of it is a repeat', async () => {
    const rig = await start();
    rig.group(1, 3);
    rig.clock.tick();
    rig.finish();
    rig.session.receive({ type: 'script', firstSeq: 1, text: 'A (B*4){stop 0xC011==18} (UP A{go 1==1})' });
    rig.clock.tick();
    const given = rig.driver.batches.at(-1)?.steps.map(({ guards: of }) => [of?.member, of?.of[0]?.address]);
    expect(given).toEqual([
      [2, 0xc011],
      [3, 0xc011],
      [undefined, undefined],
      [1, 1],
    ]);
  });

  it('is merged with nothing that a guard is in front of', async () => {
    const rig = await start({ coalesce: true });
    const members = [0, 1, 2, 3, 4].map(() => presses({ buttons: 0, hold: 4, gap: 0 }));
    const guards = [{ ...GUARD, from: 2, count: 1 }];
    rig.session.receive({ type: 'inputs', firstSeq: 1, presses: members, options: { guards } });
    rig.clock.tick();
    expect(rig.driver.batches[0]?.steps.map(({ hold }) => hold)).toEqual([8, 4, 8]);
  });
});

describe('deduplication behind a group with guards', () => {
  const RULE = { dedupe: { frames: 16 } };

  it('is decided by the frames that the group really ran', async () => {
    const rig = await start(RULE);
    group(rig, 1, 20, [GUARD]);
    rig.press(21);
    rig.press(22, { buttons: 2 });
    rig.session.flush();
    rig.clock.tick();
    expect(rig.driver.batches.map(({ steps }) => steps.length)).toEqual([20]);
    finish(rig, 1);
    rig.finish();
    expect(statuses(rig).slice(20)).toEqual([
      [21, 'rejected', 'duplicate'],
      [22, 'executed', undefined],
    ]);
  });

  it('a press that a guard stopped is none', async () => {
    const rig = await start(RULE);
    group(rig, 1, 3, [GUARD]);
    rig.clock.tick();
    finish(rig, 0);
    rig.press(4);
    rig.session.flush();
    rig.clock.tick();
    rig.finish();
    expect(statuses(rig).at(-1)).toEqual([4, 'executed', undefined]);
  });
});

describe('a group with guards that cannot be', () => {
  it('is rejected whole where the emulator has none, naming the capability', async () => {
    const rig = await start({}, { guards: false });
    group(rig, 1, 2, [GUARD]);
    rig.clock.tick();
    expect(statuses(rig)).toEqual([
      [1, 'rejected', 'group_rejected'],
      [2, 'rejected', 'unsupported'],
    ]);
    expect(why(rig)).toMatch(/^guards: this emulator cannot/);
  });

  it('is rejected where it is larger than a batch', async () => {
    const rig = await start({}, { largestBatch: 3 });
    group(rig, 1, 4, [GUARD]);
    rig.clock.tick();
    expect(statuses(rig).at(-1)).toEqual([4, 'rejected', 'unsupported']);
    expect(why(rig)).toMatch(/^largestBatch: .* at most 3; this one has 4 members/);
    group(rig, 5, 3, [GUARD]);
    rig.clock.tick();
    expect(rig.driver.batches).toHaveLength(1);
  });

  it('is rejected where a range leaves it', async () => {
    const rig = await start();
    group(rig, 1, 2, [GUARD, { ...GUARD, from: 1, count: 2 }]);
    rig.clock.tick();
    expect(statuses(rig).at(-1)).toEqual([2, 'rejected', 'invalid_entry']);
    expect(why(rig)).toMatch(/^guards\[1\]\.count: got 2; allowed: 0 to 1/);
    expect(rig.driver.batches).toEqual([]);
  });
});
