import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Check } from '../../../shared/check.ts';
import {
  explainStop,
  formatGuard,
  type Guard,
  guardsBehind,
  holds,
  membersLeft,
  ranged,
  rangeProblem,
  readGuards,
} from '../../../shared/guards.ts';
import { plainGuard } from '../../support/arbitrary-messages.ts';

const guard = { address: 0xc011, op: '==', value: 18 } as const;

function problem(...guards: readonly unknown[]): string | undefined {
  const check = new Check();
  readGuards(check, guards);
  return check.problem;
}

it('compares bytes without a sign', () => {
  const table = (['==', '!=', '<', '<=', '>', '>='] as const).map((op) =>
    [127, 128, 200].map((byte) => holds({ op, value: 128 }, byte)),
  );
  expect(table).toEqual([
    [false, true, false],
    [true, false, true],
    [true, false, false],
    [true, true, false],
    [false, false, true],
    [false, true, true],
  ]);
});

describe('a guard that is wrong', () => {
  it.each<[wrong: object, message: string]>([
    [{ address: 65_536 }, 'guards[0].address: got 65536; allowed: an integer from 0 to 65535'],
    [{ op: '=' }, 'guards[0].op: got "="; allowed: ==, !=, <, <=, >, >='],
    [{ value: -1 }, 'guards[0].value: got -1; allowed: an integer from 0 to 255'],
    [{ mask: 256 }, 'guards[0].mask: got 256; allowed: an integer from 0 to 255'],
    [{ then: 'halt' }, 'guards[0].then: got "halt"; allowed: stop, go, wait'],
    [{ then: 'wait' }, 'guards[0].frames: got nothing; allowed: an integer from 1 to 36000'],
    [{ frames: 9 }, 'guards[0].frames: got 9; allowed: nothing, unless `then` is wait; it is "stop"'],
    [
      { then: 'go', orGo: true },
      'guards[0].orGo: got true; allowed: nothing, unless `then` is wait; it is "go"',
    ],
  ])('%j says which field, what it got and what is allowed', (wrong, message) => {
    expect(problem({ ...guard, ...wrong })).toBe(message);
  });

  it('is named by its place', () => {
    expect(problem(guard, { ...guard, value: 'x' })).toMatch(/^guards\[1\]\.value: got "x"/);
  });

  it('there are 1 to 16 of them', () => {
    expect(problem()).toMatch(/^guards: got an array of 0; allowed: an array of 1 to 16/);
    expect(problem(...Array.from({ length: 16 }, () => guard))).toBeUndefined();
    expect(problem(...Array.from({ length: 17 }, () => guard))).toMatch(/^guards: got an array of 17/);
  });
});

describe('a range', () => {
  it('lies inside the group, and may be empty', () => {
    expect(rangeProblem([guard, { ...guard, from: 3, count: 0 }], 4)).toBeUndefined();
    expect(rangeProblem([guard, { ...guard, from: 4 }], 4)).toBe(
      'guards[1].from: got 4; allowed: 0 to 3 in a group of 4',
    );
    expect(rangeProblem([{ ...guard, from: 2, count: 3 }], 4)).toBe(
      'guards[0].count: got 3; allowed: 0 to 2 from member 2 of 4 on',
    );
  });

  it('[I7] of a group whose first members are left out covers the same of the others', () => {
    const cases = fc.integer({ min: 2, max: 12 }).chain((members) =>
      fc.record({
        members: fc.constant(members),
        skip: fc.integer({ min: 1, max: members - 1 }),
        guards: fc.array(
          fc
            .integer({ min: 0, max: members - 1 })
            .chain((from) =>
              fc.record(
                { from: fc.constant(from), count: fc.integer({ min: 0, max: members - from }) },
                { requiredKeys: [] },
              ),
            )
            .map((range): Guard => ({ ...guard, ...range })),
          { minLength: 1, maxLength: 4 },
        ),
      }),
    );
    fc.assert(
      fc.property(cases, ({ members, skip, guards }) => {
        const left = guardsBehind(guards, skip);
        expect(rangeProblem(left, members - skip)).toBeUndefined();
        const [whole, rest] = [ranged(guards, members), ranged(left, members - skip)];
        for (let member = skip; member < members; member++) {
          expect(rest.map((each) => membersLeft(each, member - skip))).toEqual(
            whole.map((each) => membersLeft(each, member)),
          );
        }
      }),
    );
  });
});

it('is shown as in a script', () => {
  expect(formatGuard({ ...guard, mask: 15 })).toBe('{stop 0xC011&0x0F==18}');
  expect(formatGuard({ ...guard, then: 'wait', frames: 30, orGo: true })).toBe('{wait 0xC011==18 30 go}');
  const wait = { ...guard, then: 'wait', frames: 30 } as const;
  expect(explainStop(wait, { index: 2, frame: 9, value: 7 })).toBe(
    'guards[2] {wait 0xC011==18 30}: the byte is 7 after 30 frames',
  );
  expect(explainStop(guard, { index: 0, frame: 9 })).toBe(
    'guards[0] {stop 0xC011==18}: the byte cannot be read',
  );
});

it('that is right is read as it is', () => {
  fc.assert(
    fc.property(fc.array(plainGuard, { minLength: 1, maxLength: 16 }), (guards) => {
      const check = new Check();
      expect(readGuards(check, guards)).toEqual(guards);
      expect(check.problem).toBeUndefined();
    }),
  );
});
