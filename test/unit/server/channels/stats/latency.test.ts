import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { Latencies, Latency } from '../../../../../server/channels/stats/latency.ts';

/** Microseconds of any magnitude that is counted: ten minutes at most. */
const us = fc.integer({ min: 0, max: 29 }).chain((bits) => fc.integer({ min: 0, max: 2 ** bits }));
const series = fc.array(us, { maxLength: 80 });

function recorded(values: readonly number[]): Latency {
  const latency = new Latency();
  for (const value of values) latency.record(value);
  return latency;
}

/** By the definition: the smallest value that at least so many per cent are not above. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN;
}

/** The figure is the value or above it by less than a hundredth. */
function expectClose(figure: number | undefined, value: number): void {
  expect(figure).toBeGreaterThanOrEqual(value);
  expect(figure).toBeLessThanOrEqual(value * 1.01);
}

function expectFigures(latency: Latency, values: readonly number[]): void {
  const figures = latency.figures();
  if (values.length === 0) return expect(figures).toBeNull();
  expectClose(figures?.p50, percentile(values, 50));
  expectClose(figures?.p90, percentile(values, 90));
  expectClose(figures?.p99, percentile(values, 99));
  expectClose(figures?.max, Math.max(...values));
  expect(figures?.p99).toBeLessThanOrEqual(figures?.max ?? 0);
}

describe('a latency distribution', () => {
  it('counts every value where the library would', () => {
    const library = build({ highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: 2 });
    const ours = new Latency();
    if (!('countsArrayIndex' in library) || typeof library.countsArrayIndex !== 'function') {
      throw new Error('the library has no such method any more');
    }
    const indexOf = library.countsArrayIndex.bind(library);
    fc.assert(
      fc.property(us, (value) => {
        expect(ours.countsArrayIndex(value)).toBe(indexOf(value));
      }),
      { numRuns: 2000 },
    );
    for (let value = 0; value < 5000; value++) expect(ours.countsArrayIndex(value)).toBe(indexOf(value));
  });

  it('gives percentiles within a hundredth above the true ones, and the exact largest', () => {
    fc.assert(
      fc.property(series, (values) => {
        expectFigures(recorded(values), values);
        expect(recorded(values).figures()?.max ?? 0).toBe(Math.max(0, ...values));
      }),
    );
  });

  it('of a later state without an earlier one has what came between', () => {
    fc.assert(
      fc.property(series, series, (before, after) => {
        expectFigures(recorded([...before, ...after]).since(recorded(before)), after);
      }),
    );
  });

  it('grows by what is added to it', () => {
    fc.assert(
      fc.property(series, series, (before, more) => {
        const latencies = new Latencies();
        for (const value of before) latencies.record(value, 0);
        const added = new Latencies();
        for (const value of more) added.record(value, 0);
        latencies.add(added);
        expectFigures(latencies.queue, [...before, ...more]);
      }),
    );
  });

  it('counts what takes longer than ten minutes as ten minutes, and less than nothing as nothing', () => {
    expect(recorded([1e12]).figures()?.max).toBe(600_000_000);
    expect(recorded([Number.POSITIVE_INFINITY]).figures()?.max).toBe(600_000_000);
    expect(recorded([-3]).figures()).toEqual({ p50: 0, p90: 0, p99: 0, max: 0 });
  });

  it('goes on counting after 2^32 values', () => {
    const latency = recorded([7]);
    latency.recordValueWithCount(5, 2 ** 32);
    expect(latency.getCountAtIndex(latency.countsArrayIndex(5))).toBe(2 ** 32);
    expect(latency.figures()).toMatchObject({ p50: 5, max: 7 });
  });
});
