import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Peak } from '../../../../../server/channels/stats/peak.ts';

describe('the largest of a series', () => {
  it('is found exactly from every point of the series on', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 60 }), (series) => {
        const peak = new Peak();
        for (const value of series) peak.record(value);
        const largest = series.map((_, from) => peak.after(from));
        expect(largest).toEqual(series.map((_, from) => Math.max(...series.slice(from))));
        expect(peak.length).toBe(series.length);
      }),
    );
  });

  it('is 0 where nothing follows', () => {
    const peak = new Peak();
    expect(peak.after(0)).toBe(0);
    peak.record(3);
    expect(peak.after(1)).toBe(0);
  });
});
