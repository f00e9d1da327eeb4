import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockMap, type Exchange } from '../../../../client/profile/clock-map.ts';

/** An input that was sent at a time of the client, with the ways there and back, to a gateway whose clock is ahead. */
function exchange(sentUs: number, wayInUs: number, wayOutUs: number, aheadUs: number): Exchange {
  const receivedUs = sentUs + wayInUs + aheadUs;
  const ackedUs = receivedUs + 100;
  return { sentUs, receivedUs, ackedUs, ackReceivedUs: ackedUs - aheadUs + wayOutUs };
}

describe('the offset of the clocks', () => {
  it('is known after one exchange, to within half of what it was on its way', () => {
    const map = new ClockMap();
    expect(map.offset).toBeUndefined();
    map.update([exchange(1000, 30, 10, 5_000_000)], 2000);
    expect(map.offset).toEqual({ offsetUs: 5_000_010, uncertaintyUs: 20 });
  });

  it('is never further from the truth than it says, and gets no worse with more exchanges', () => {
    const ways = fc.array(fc.tuple(fc.nat(5000), fc.nat(5000)), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), ways, (aheadUs, list) => {
        const map = new ClockMap();
        let before = Infinity;
        for (const [wayInUs, wayOutUs] of list) {
          map.update([exchange(0, wayInUs, wayOutUs, aheadUs)], 0);
          const { offsetUs = Number.NaN, uncertaintyUs = Number.NaN } = map.offset ?? {};
          expect(Math.abs(offsetUs - aheadUs)).toBeLessThanOrEqual(uncertaintyUs);
          expect(uncertaintyUs).toBeLessThanOrEqual(before);
          before = uncertaintyUs;
        }
      }),
    );
  });

  it('takes the shortest way there and the shortest way back, of whichever inputs', () => {
    const map = new ClockMap();
    map.update([exchange(0, 10, 900, 0), exchange(50, 900, 20, 0)], 100);
    expect(map.offset).toEqual({ offsetUs: -5, uncertaintyUs: 15 });
  });

  it('grows less certain with time, as clocks drift', () => {
    const map = new ClockMap();
    map.update([exchange(0, 10, 10, 0)], 0);
    map.update([exchange(1e6, 5000, 5000, 0)], 1e6);
    expect(map.offset?.uncertaintyUs).toBeCloseTo(110);
  });

  it('begins anew when a clock has jumped', () => {
    const map = new ClockMap();
    map.update([exchange(0, 10, 10, 0)], 0);
    map.update([exchange(1000, 10, 10, 7_000_000)], 1000);
    expect(map.offset).toEqual({ offsetUs: 7_000_000, uncertaintyUs: 10 });
  });

  it('learns nothing from what lacks a side', () => {
    const map = new ClockMap();
    map.update([{ sentUs: 1, receivedUs: 2, ackedUs: undefined, ackReceivedUs: 9 }], 0);
    expect(map.offset).toBeUndefined();
  });
});
