import { describe, expect, it } from 'vitest';
import type { Step, StepOutcome } from '../../../../server/emulator/drivers/driver.ts';
import { Interrupted } from '../../../../server/emulator/interrupted.ts';
import { type Guard, ranged } from '../../../../shared/guards.ts';

const NOTHING = { observed: undefined, code: undefined, message: undefined };
const LOST: StepOutcome = {
  ...NOTHING,
  status: 'unknown',
  firstFrame: null,
  frames: 0,
  certainty: 'none',
  code: 'emulator_crashed',
};
const RAN: StepOutcome = { ...NOTHING, status: 'executed', firstFrame: 0, frames: 2, certainty: 'exact' };
const STOPPED: StepOutcome = {
  ...NOTHING,
  status: 'rejected',
  firstFrame: null,
  frames: 0,
  certainty: 'none',
  code: 'guard',
  message: 'guards[0]',
  guard: { index: 0, frame: 40, value: 1 },
  waited: 7,
};

function rig(members: number, guards: readonly Guard[]) {
  const of = ranged(guards, members);
  const steps = Array.from({ length: members }, (_, member): Step => {
    const observe = { hash: member % 2 === 0 };
    return { kind: 'press', buttons: 1, hold: 1, gap: 1, observe, guards: { of, member } };
  });
  const told: StepOutcome[] = [];
  const batch = new Interrupted(steps, { outcome: (outcome) => told.push(outcome), done: () => undefined });
  /** The game is given what comes next, says this of it, and dies. */
  const dies = (...outcomes: readonly StepOutcome[]) => {
    const given = batch.next();
    const lost = given.slice(outcomes.length).map(() => LOST);
    for (const outcome of [...outcomes, ...lost]) batch.outcome(outcome, undefined);
    return batch.died();
  };
  return { steps, told, batch, dies };
}

const GUARD: Guard = { address: 1, op: '==', value: 1, then: 'wait', frames: 7 };

describe('a batch with guards whose game dies', () => {
  it('[I9] gives the rebuilt game the steps without an outcome, each with all its guards', () => {
    const { steps, told, batch, dies } = rig(5, [GUARD]);
    expect(dies(RAN, RAN)).toBe(true);
    expect(batch.next()).toEqual(steps.slice(2));
    expect(told).toHaveLength(2);
  });

  it('what a guard stopped is an outcome, and no death', () => {
    const { told, batch } = rig(2, [GUARD]);
    batch.next();
    for (const outcome of [STOPPED, { ...STOPPED, waited: 0 }]) batch.outcome(outcome, undefined);
    expect([batch.died(), batch.finished, told.length]).toEqual([false, true, 2]);
  });

  it('[I9] given one by one, what is behind a stop in its range does not run, does not wait again, and is observed', () => {
    const { steps, told, batch, dies } = rig(5, [{ ...GUARD, count: 4 }]);
    dies(RAN);
    dies();
    expect(batch.next()).toEqual([steps[1]]);
    batch.outcome(STOPPED, undefined);
    for (const member of [2, 3]) {
      const looked = { hash: member % 2 === 0 };
      expect(batch.next()).toEqual([{ kind: 'press', buttons: 0, hold: 0, gap: 0, observe: looked }]);
      batch.outcome({ ...RAN, frames: 0, observed: { hash: `${member}` } }, undefined);
    }
    expect(batch.next()).toEqual([steps[4]]);
    batch.outcome(RAN, undefined);
    const { waited: _, ...behind } = STOPPED;
    expect(told).toEqual([
      RAN,
      STOPPED,
      { ...behind, observed: { hash: '2' } },
      { ...behind, observed: { hash: '3' } },
      RAN,
    ]);
    expect(batch.finished).toBe(true);
  });

  it('[I9] a game that dies of the look at what does not run is asked again, and in the end goes unobserved', () => {
    const { told, batch, dies } = rig(3, [GUARD]);
    dies();
    dies();
    batch.next();
    batch.outcome(STOPPED, undefined);
    for (const _ of [1, 2, 3]) {
      expect(dies()).toBe(true);
      batch.giveUpFatal();
    }
    batch.next();
    batch.outcome({ ...RAN, frames: 0 }, undefined);
    expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(batch.finished).toBe(true);
  });
});
