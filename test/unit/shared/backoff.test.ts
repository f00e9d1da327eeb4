import { expect, it } from 'vitest';
import { backoffMs } from '../../../shared/backoff.ts';

it('a retry waits a random share of a bound that doubles up to its maximum', () => {
  const backoff = { baseMs: 100, maxMs: 1000 };
  expect([1, 2, 3, 4, 5, 60].map((retry) => backoffMs(retry, 0.5, backoff))).toEqual([
    50, 100, 200, 400, 500, 500,
  ]);
  expect(backoffMs(3, 0, backoff)).toBe(0);
});
