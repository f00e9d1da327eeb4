import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../../../server/connection/token-bucket.ts';

describe('a token bucket', () => {
  it('gives a second at once, and then as fast as it fills', () => {
    const bucket = new TokenBucket(10, 0);
    expect(bucket.take(10, 0)).toBe(true);
    expect(bucket.take(1, 99)).toBe(false);
    expect(bucket.take(1, 100)).toBe(true);
    expect(bucket.take(1, 100)).toBe(false);
  });

  it('saves up no more than it holds', () => {
    const bucket = new TokenBucket(10, 0);
    expect(bucket.take(11, 60_000)).toBe(false);
    expect(bucket.take(10, 60_000)).toBe(true);
  });

  it('lends up to a debt, which is paid back before anything else', () => {
    const bucket = new TokenBucket(10, 0);
    expect(bucket.take(15, 0, 5)).toBe(true);
    expect(bucket.take(1, 0, 5)).toBe(false);
    expect(bucket.msUntil(0, 0)).toBe(500);
    expect(bucket.take(1, 500)).toBe(false);
    expect(bucket.take(1, 600)).toBe(true);
  });

  it('never promises more than it can hold', () => {
    expect(new TokenBucket(10, 0).msUntil(1000, 0)).toBe(0);
  });

  it('gives away no more than its rate, its capacity and its debt, whoever takes when', () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 500 }),
      count: fc.integer({ min: 1, max: 20 }),
    });
    const property = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const bucket = new TokenBucket(50, 0);
      let now = 0;
      let given = 0;
      for (const { waitMs, count } of steps) {
        now += waitMs;
        if (bucket.take(count, now, 30)) given += count;
        expect(given).toBeLessThanOrEqual(50 + 30 + (now * 50) / 1000 + 1e-6);
      }
    });
    fc.assert(property);
  });
});
