import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approximate, pressUnsupported } from '../../../../server/emulator/support.ts';
import type { Capabilities, Press } from '../../../../shared/protocol.ts';

/** As pokemon-gym's: one button at a time, 10 frames down and 120 up, longer gaps and waits. */
const GYM: Capabilities = {
  buttons: 0xff,
  chords: false,
  timing: false,
  waits: true,
  keys: false,
  nativeHold: 10,
  nativeGap: 120,
  frames: 'derived',
  freeze: true,
  screen: true,
  memory: false,
  states: true,
  reset: true,
  paces: ['turbo'],
  largestBatch: 64,
};

function press(buttons: number, hold?: number, gap?: number): Press {
  return { buttons, hold, gap, options: undefined };
}

describe('what an emulator cannot do is named', () => {
  it.each([
    ['a chord', press(3), 'chords'],
    ['another hold', press(1, 4), 'timing'],
    ['a shorter gap', press(1, 10, 8), 'timing'],
    ['a button that it does not have', press(256), 'buttons'],
  ])('%s', (_what, asked, capability) => {
    expect(pressUnsupported(asked, GYM)).toMatch(new RegExp(`^${capability}: `));
  });

  it.each([
    ['the native press', press(1, 10, 120)],
    ['a longer gap', press(1, 10, 500)],
    ['a wait', press(0, 37, 0)],
  ])('%s is possible', (_what, asked) => {
    expect(pressUnsupported(asked, GYM)).toBeUndefined();
    expect(approximate(asked, GYM)).toBeUndefined();
  });

  it('without waits nothing but the native press is possible', () => {
    const { waits: _, ...strict } = GYM;
    expect(pressUnsupported(press(0, 37, 0), strict)).toMatch(/^timing: /);
    expect(pressUnsupported(press(1, 10, 500), strict)).toMatch(/^timing: /);
  });
});

describe('[I3] an approximation says what it changes', () => {
  it.each([
    ['a hold', press(1, 4), { hold: 10, gap: 120 }, 'hold 4 as 10'],
    ['a gap', press(1, 10, 8), { hold: 10, gap: 120 }, 'gap 8 as 120'],
    ['a hold, but not a longer gap', press(1, 4, 200), { hold: 10, gap: 200 }, 'hold 4 as 10'],
    ['a chord', press(65), { buttons: 65, hold: 10, gap: 120 }, 'A+UP one after the other'],
    ['everything', press(3, 1, 1), { hold: 10 }, 'A+B one after the other; hold 1 as 10; gap 1 as 120'],
  ])('%s', (_what, asked, changed, how) => {
    expect(approximate(asked, GYM)).toMatchObject({ press: changed, how });
  });

  it('buttons that are not there are not made up', () => {
    expect(approximate(press(256, 3), GYM)).toBeUndefined();
  });

  it('every press of known buttons is possible, exactly or approximated, and never both', () => {
    const frames = fc.option(fc.nat(400), { nil: undefined });
    fc.assert(
      fc.property(fc.nat(255), frames, frames, fc.boolean(), (buttons, hold, gap, waits) => {
        const can = { ...GYM, waits };
        const asked = press(buttons, hold, gap);
        const near = approximate(asked, can);
        expect(near === undefined).toBe(pressUnsupported(asked, can) === undefined);
        if (near !== undefined) expect(near.how).not.toBe('');
        if (near !== undefined)
          expect(pressUnsupported({ ...near.press, buttons: buttons & 1 }, can)).toBeUndefined();
      }),
    );
  });
});
