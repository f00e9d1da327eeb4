import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Guard } from '../../../shared/guards.ts';
import type { Press } from '../../../shared/protocol.ts';
import { plainGuard } from '../../support/arbitrary-messages.ts';
import { compileScript, formatScript, type ScriptItem } from '../../../shared/script.ts';

const press = (buttons: number, hold?: number, gap?: number): Press => ({
  buttons,
  hold,
  gap,
  options: undefined,
});
const single = (...args: Parameters<typeof press>): ScriptItem => ({ kind: 'press', press: press(...args) });
const group = (...presses: Press[]): ScriptItem => ({ kind: 'group', presses });

function items(text: string, limits?: Parameters<typeof compileScript>[1]): readonly ScriptItem[] {
  const result = compileScript(text, limits);
  if (!result.ok) throw new Error(`${result.error.line}:${result.error.column} ${result.error.message}`);
  return result.items;
}

function fault(text: string, limits?: Parameters<typeof compileScript>[1]) {
  const result = compileScript(text, limits);
  if (result.ok) throw new Error('it compiled');
  return result.error;
}

describe('a script', () => {
  it('of nothing has no items', () => {
    expect(items('  \n\t # nothing at all')).toEqual([]);
  });

  it('is singles, chords, counts, holds, gaps, waits and groups', () => {
    expect(items('A B START UP*2 A:10 A:10:2 A+B W:30 (A B)*2')).toEqual([
      single(1),
      single(2),
      single(8),
      single(64),
      single(64),
      single(1, 10),
      single(1, 10, 2),
      single(3),
      single(0, 30, 0),
      group(press(1), press(2), press(1), press(2)),
    ]);
  });

  it('does not care for case, line ends and comments', () => {
    expect(items('a # jump\nUp+b:3\r\n\tw:2')).toEqual([single(1), single(66, 3), single(0, 2, 0)]);
  });

  it('makes a repeated group one group, and flattens groups inside of it', () => {
    expect(items('((A)*2 (B W:1)*2 UP*2)')).toEqual([
      group(press(1), press(1), press(2), press(0, 1, 0), press(2), press(0, 1, 0), press(64), press(64)),
    ]);
  });

  it('keeps two groups beside each other apart', () => {
    expect(items('(A) (A)')).toEqual([group(press(1)), group(press(1))]);
  });
});

describe('guards in a script', () => {
  const guarded = (presses: Press[], ...guards: Guard[]): ScriptItem => ({ kind: 'group', presses, guards });
  const battle = { address: 0xd057, op: '!=', value: 0 } as const;
  const open = { address: 0xc026, op: '==', value: 1, then: 'wait', frames: 120 } as const;

  it('behind a group guard the whole of it, and behind a press make it a group', () => {
    expect(items('(UP*2){stop 0xD057!=0} A{wait 0xC026==1 120} B*2{wait 0xC026==1 120 go} A')).toEqual([
      guarded([press(64), press(64)], battle),
      guarded([press(1)], open),
      guarded([press(2), press(2)], { ...open, orGo: true }),
      single(1),
    ]);
  });

  it('inside a group are ranges of it, once for each repeat, the outer before the inner', () => {
    expect(items('((UP*2){stop 0xD057!=0} A)*2{go 1<2}{wait 0xC026==1 120}')).toEqual([
      guarded(
        [press(64), press(64), press(1), press(64), press(64), press(1)],
        { address: 1, op: '<', value: 2, then: 'go' },
        open,
        { ...battle, count: 2 },
        { ...battle, from: 3, count: 2 },
      ),
    ]);
  });

  it('take decimal and hexadecimal numbers, a mask, white space and any case', () => {
    const same = guarded([press(1)], { address: 0xc011, op: '>=', value: 16, mask: 31 });
    for (const text of ['A{stop 0xC011&0x1F>=16}', 'a{ STOP 49169 & 31 >= 0X10 }']) {
      expect(items(text)).toEqual([same]);
    }
  });

  it('are written down again in the same words, and with parentheses around what they guard', () => {
    const text = '(A (UP UP){stop 0x0001==2} B{go 0x0003<4}){wait 0xC026&0x0F==1 120 go}';
    expect(formatScript(items(text))).toBe(text);
  });

  it('whose ranges cut across each other no script can say', () => {
    const presses = [press(1), press(1), press(1)];
    const across = guarded(presses, { ...battle, count: 2 }, { ...battle, from: 1 });
    expect(() => formatScript([across])).toThrow(/guards\[1\]/);
    const innerFirst = guarded(presses, { ...battle, from: 1 }, battle);
    expect(() => formatScript([innerFirst])).toThrow(/guards\[1\]/);
  });

  it('are at most 16 in a group, repeats included', () => {
    expect(items(`A${'{stop 1==1}'.repeat(16)}`)).toHaveLength(1);
    expect(fault(`A${'{stop 1==1}'.repeat(17)}`)).toMatchObject({ column: 1 });
    expect(fault('B (A{stop 1==1})*17')).toMatchObject({
      column: 3,
      allowed: 'at most 16 guards in one group',
    });
    expect(fault('A*9{stop 1==1}', { maxGroup: 8 })).toMatchObject({ column: 3 });
  });
});

describe('an error in a script', () => {
  const cases: [text: string, line: number, column: number, message: RegExp][] = [
    ['A X', 1, 3, /no button "X"/],
    ['A\n  B+JUMP', 2, 5, /no button "JUMP"/],
    ['A+', 1, 3, /expected a button/],
    ['+A', 1, 1, /expected a button/],
    ['A:', 1, 3, /expected a hold/],
    ['A:x', 1, 3, /"x" is no hold/],
    ['A:0', 1, 3, /"0" is no hold/],
    ['A:5:', 1, 5, /expected a gap/],
    ['A:5:36001', 1, 5, /is no gap/],
    ['A*0', 1, 3, /is no repeat count/],
    ['A*-1', 1, 3, /is no repeat count/],
    ['A*3:10', 1, 2, /cannot read/],
    ['A:1:2:3', 1, 1, /cannot read/],
    ['W', 1, 1, /how many frames/],
    ['W:', 1, 3, /expected a number of frames/],
    ['W:3:1', 1, 5, /a wait has no gap/],
    ['B (A', 1, 3, /has no \)/],
    ['A )', 1, 3, /no \( for this \)/],
    ['()', 1, 1, /is empty/],
    ['A(B)', 1, 2, /white space/],
    ['(A)B', 1, 4, /unexpected "B"/],
    ['(A)*', 1, 5, /expected a repeat count/],
    ['A 🎮', 1, 3, /no button/],
    ['__proto__', 1, 1, /no button/],
    ['A:1e3', 1, 3, /is no hold/],
    ['A{stop 1=1}', 1, 9, /expected a comparison/],
    ['B A{halt 1==1}', 1, 5, /no guard "halt"/],
    ['A {stop 1==1}', 1, 3, /right behind its item/],
    ['A{stop 1==1}*2', 1, 13, /before the guard/],
    ['A\n(B{stop 65536==1})', 2, 9, /is not an address/],
    ['A{wait 1==1}', 1, 12, /the most frames/],
    ['A{stop 1==1', 1, 12, /the } of the guard/],
    ['A}', 1, 2, /no { for this/],
  ];
  it.each(cases)('in %j points at line %i, column %i', (text, line, column, message) => {
    const error = fault(text);
    expect(error).toMatchObject({ line, column });
    expect(error.message).toMatch(message);
  });

  it('says what is allowed', () => {
    expect(fault('X').allowed).toContain('A, B, SELECT, START');
    expect(fault('A:0').allowed).toBe('1 to 36000 frames');
  });
});

describe('[I8] a script too large', () => {
  it('is refused before it is expanded', () => {
    const bomb = `${'('.repeat(20)}A${'*999)'.repeat(20)}*999`;
    expect(fault(bomb).message).toMatch(/stands for/);
    expect(fault('A*99999999999999999999999').message).toMatch(/stands for/);
  });

  it('is one input over the limit, not at it', () => {
    expect(items('A*3 B*7', { maxInputs: 10 })).toHaveLength(10);
    expect(fault('A*3 B*8', { maxInputs: 10 })).toMatchObject({ column: 5, allowed: 'at most 10 inputs' });
    expect(fault('A*100001').message).toMatch(/100001/);
  });

  it('has a bound on its groups and on its nesting', () => {
    expect(items('(A*4)*2', { maxGroup: 8 })).toHaveLength(1);
    expect(fault('B (A*3)*3', { maxGroup: 8 })).toMatchObject({ column: 3 });
    expect(items(`${'('.repeat(32)}A${')'.repeat(32)}`)).toEqual([group(press(1))]);
    expect(fault(`${'('.repeat(33)}A${')'.repeat(33)}`)).toMatchObject({ column: 33 });
  });
});

const anyPress = fc.oneof(
  fc.record({
    buttons: fc.integer({ min: 1, max: 1023 }),
    hold: fc.constant(undefined),
    gap: fc.constant(undefined),
    options: fc.constant(undefined),
  }),
  fc.record({
    buttons: fc.integer({ min: 1, max: 1023 }),
    hold: fc.integer({ min: 1, max: 36_000 }),
    gap: fc.option(fc.integer({ min: 0, max: 36_000 }), { nil: undefined }),
    options: fc.constant(undefined),
  }),
  fc.integer({ min: 1, max: 36_000 }).map((hold) => press(0, hold, 0)),
);
/** A range of members and what guards it, and ranges inside. */
interface Part {
  readonly presses: readonly Press[];
  readonly guards: readonly Guard[];
}

/** Puts parts one behind the other; ranges count from the first member on. */
function joined(parts: readonly Part[], own: readonly Guard[]): Part {
  const presses = parts.flatMap((part) => part.presses);
  const guards = own.map((each): Guard => ({ ...each, from: 0, count: presses.length }));
  let from = 0;
  for (const part of parts) {
    for (const each of part.guards) guards.push({ ...each, from: (each.from ?? 0) + from });
    from += part.presses.length;
  }
  return { presses, guards };
}

const onePress: fc.Arbitrary<Part> = fc
  .tuple(anyPress, fc.array(plainGuard, { maxLength: 1 }))
  .map(([p, guards]) => joined([{ presses: [p], guards: [] }], guards));
const someParts = (inside: fc.Arbitrary<Part>): fc.Arbitrary<Part> =>
  fc
    .tuple(fc.array(inside, { minLength: 1, maxLength: 3 }), fc.array(plainGuard, { maxLength: 2 }))
    .map(([parts, guards]) => joined(parts, guards));
const anyGroup = someParts(fc.oneof(onePress, someParts(fc.oneof(onePress, someParts(onePress)))))
  .filter(({ guards }) => guards.length <= 16)
  .map(({ presses, guards }): ScriptItem => {
    if (guards.length === 0) return { kind: 'group', presses };
    const short = guards.map(({ from = 0, count = 0, ...each }): Guard => {
      return { ...each, ...(from > 0 && { from }), ...(from + count < presses.length && { count }) };
    });
    return { kind: 'group', presses, guards: short };
  });
const anyItem: fc.Arbitrary<ScriptItem> = fc.oneof(
  anyPress.map((p): ScriptItem => ({ kind: 'press', press: p })),
  anyGroup,
);

describe('compileScript', () => {
  it('[I3] gives back what formatScript wrote', () => {
    fc.assert(
      fc.property(fc.array(anyItem), (list) => {
        expect(items(formatScript(list))).toEqual(list);
      }),
    );
  });

  it('never throws, and points into the text', () => {
    const scrap = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(
            ...'A b UP + : * 3 0 ( ) # W 9999 { } stop wait go 0xC0 == < &'.split(' '),
            ' ',
            '\n',
            '{stop ',
          ),
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(scrap, (text) => {
        const result = compileScript(text);
        if (result.ok) return;
        const line = text.split('\n')[result.error.line - 1];
        expect(line).toBeDefined();
        expect(result.error.column).toBeGreaterThanOrEqual(1);
        expect(result.error.column).toBeLessThanOrEqual((line?.length ?? 0) + 1);
      }),
      { numRuns: 500 },
    );
  });
});
