import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Macros } from '../../../shared/macros.ts';
import { LIMITS, type Member, type Press } from '../../../shared/protocol.ts';

const press = (buttons: number, options?: Press['options']): Press => ({
  buttons,
  hold: undefined,
  gap: undefined,
  options,
});
const use = (name: string, times = 1): Member => ({ use: name, times });
const masks = (presses: readonly Press[]) => presses.map(({ buttons }) => buttons);

describe('a macro', () => {
  it('stands for its presses, as often as it says', () => {
    const macros = new Macros({ maxGroup: 100 });
    expect(macros.define('walk', [press(1), press(2)])).toBeUndefined();
    const members = [press(4), use('walk', 2), press(8), use('walk')];
    expect(macros.size(members)).toBe(8);
    expect(masks(macros.expand(members))).toEqual([4, 1, 2, 1, 2, 8, 1, 2]);
  });

  it('is expanded when it is defined: no cycle can be, and a later change of what it was made of does not reach it', () => {
    const macros = new Macros({ maxGroup: 100 });
    expect(macros.define('a', [use('a')])).toMatchObject({ code: 'unknown_macro' });
    expect(macros.define('a', [press(1)])).toBeUndefined();
    expect(macros.define('b', [use('a', 2), press(2)])).toBeUndefined();
    expect(macros.define('a', [use('b'), use('a')])).toBeUndefined();
    expect(masks(macros.expand([use('b')]))).toEqual([1, 1, 2]);
    expect(masks(macros.expand([use('a')]))).toEqual([1, 1, 2, 1]);
  });

  it('that cannot be defined changes nothing', () => {
    const macros = new Macros({ maxGroup: 4 });
    macros.define('walk', [press(1)]);
    expect(macros.define('walk', [use('run')])).toEqual({
      code: 'unknown_macro',
      message: 'there is no macro "run"',
    });
    expect(macros.define('walk', [use('walk', 5)])).toEqual({
      code: 'invalid_message',
      message: 'it stands for 5 presses',
      allowed: 'at most 4 presses in one macro',
    });
    expect(masks(macros.expand([use('walk')]))).toEqual([1]);
    expect(macros.unknown([press(1), use('walk'), use('run'), use('hop')])).toBe('run');
  });

  it('is bounded before it is expanded: 1024 of 1024 of 1024 are counted and refused', () => {
    const macros = new Macros({ maxGroup: 1024 });
    expect(macros.define('m', Array<Member>(1024).fill(press(1)))).toBeUndefined();
    const bomb = Array<Member>(10_000).fill(use('m', LIMITS.maxMacroTimes));
    expect(macros.size(bomb)).toBe(10_000 * 1024 * 1024);
    expect(macros.define('bomb', bomb)).toMatchObject({ code: 'invalid_message' });
    expect(macros.unknown([use('bomb')])).toBe('bomb');
  });

  it.each(['__proto__', 'constructor', 'toString'])('may be called %s', (name) => {
    const macros = new Macros({ maxGroup: 4 });
    expect(macros.unknown([use(name)])).toBe(name);
    macros.define(name, [press(3)]);
    expect(masks(macros.expand([use(name)]))).toEqual([3]);
  });
});

describe('all macros together', () => {
  it('have a largest number, and a name that is taken may be defined again', () => {
    const macros = new Macros({ maxGroup: 4, maxMacros: 2 });
    expect(['a', 'b', 'c'].map((name) => macros.define(name, [press(1)])?.code)).toEqual([
      undefined,
      undefined,
      'too_many_macros',
    ]);
    expect(macros.define('b', [press(2)])).toBeUndefined();
  });

  it('have a largest number of presses, in which memory ranges that are observed count', () => {
    const macros = new Macros({ maxGroup: 8, maxPresses: 10 });
    expect(macros.define('a', [press(1), press(2)])).toBeUndefined();
    const observing = press(1, { observe: { memory: Array.from({ length: 7 }, () => [0, 1] as const) } });
    expect(macros.define('b', [observing])).toBeUndefined();
    expect(macros.define('c', [press(1)])).toMatchObject({
      code: 'too_many_macros',
      message: 'there would be 11 with it',
    });
    const before = macros.bytes;
    expect(macros.define('b', [press(1)])).toBeUndefined();
    expect(macros.bytes).toBeLessThan(before);
    expect(macros.define('c', [use('a', 3)])).toBeUndefined();
  });

  it('count what they hold exactly, whatever is defined in which order', () => {
    const definition = fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      members: fc.array(
        fc.oneof(
          fc.constant(press(1)),
          fc.record({ use: fc.constantFrom('a', 'b', 'c'), times: fc.integer({ min: 1, max: 5 }) }),
        ),
        { minLength: 1, maxLength: 5 },
      ),
    });
    fc.assert(
      fc.property(fc.array(definition, { maxLength: 30 }), (definitions) => {
        const macros = new Macros({ maxGroup: 40, maxMacros: 3, maxPresses: 60 });
        const known = new Map<string, number>();
        for (const { name, members } of definitions) {
          const size = macros.size(members);
          if (macros.define(name, members) === undefined) known.set(name, size);
        }
        const sizes = [...known].map(([name, size]) => [macros.expand([use(name)]).length, size]);
        expect(sizes.map(([expanded]) => expanded)).toEqual(sizes.map(([, size]) => size));
        const total = [...known.values()].reduce((sum, size) => sum + size, 0);
        expect(known.size).toBeLessThanOrEqual(3);
        expect(total).toBeLessThanOrEqual(60);
        const fresh = new Macros({ maxGroup: 40 });
        for (const [name, size] of known) fresh.define(name, Array<Member>(size).fill(press(1)));
        expect(macros.bytes).toBe(fresh.bytes);
      }),
    );
  });
});
