import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isQuiet, keptRounds, QUIET_SHARE, wantsAnother } from '../../../bench/rounds.ts';

const QUIET = QUIET_SHARE / 2;
const LOUD = QUIET_SHARE * 3;
const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });

describe('rounds of a benchmark', () => {
  it('end when there are enough quiet ones', () => {
    expect(wantsAnother([QUIET, QUIET], 3, 1000)).toBe(true);
    expect(wantsAnother([QUIET, LOUD, QUIET, QUIET], 3, 1000)).toBe(false);
  });

  it('end when the time for more is used up, however loud it was', () => {
    expect(wantsAnother([LOUD, LOUD, LOUD], 3, 1)).toBe(true);
    expect(wantsAnother([LOUD, LOUD, LOUD], 3, 0)).toBe(false);
    expect(wantsAnother([LOUD, LOUD], 3, 0)).toBe(true);
  });

  it('all count where the system does not say what others use', () => {
    expect(isQuiet(null)).toBe(true);
    expect(keptRounds([null, null, null], 3)).toEqual([0, 1, 2]);
  });

  it('that are loud are thrown away for quiet ones', () => {
    expect(keptRounds([QUIET, LOUD, QUIET, QUIET], 3)).toEqual([0, 2, 3]);
  });

  it('that were least disturbed count where there are not enough quiet ones', () => {
    expect(keptRounds([LOUD, 0.9, QUIET, 0.5], 3)).toEqual([0, 2, 3]);
  });

  it('count as often as is wanted or there are, in order, and none that is louder than one left out', () => {
    fc.assert(
      fc.property(shares, fc.integer({ min: 1, max: 10 }), (all, wanted) => {
        const kept = keptRounds(all, wanted);
        expect(kept).toHaveLength(Math.min(wanted, all.length));
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
        const worst = Math.max(...kept.map((index) => all[index] ?? 0));
        const left = all.filter((share, index) => !kept.includes(index) && !isQuiet(share));
        for (const share of left) expect(share).toBeGreaterThanOrEqual(isQuiet(worst) ? 0 : worst);
      }),
    );
  });
});
