import { expect, it } from 'vitest';
import { nextAttemptMs } from '../../../client/outage-limits.ts';

const LIMITS = { baseMs: 100, maxMs: 1000, maxAttempts: 3, maxOutageMs: 5000 };

it.each([
  ['waits its share', { made: 1, elapsedMs: 0, notBeforeMs: 0 }, 100],
  ['waits until it may come back, and its share', { made: 0, elapsedMs: 500, notBeforeMs: 2000 }, 1550],
  ['waits no longer than the outage may last', { made: 0, elapsedMs: 4990, notBeforeMs: 0 }, 10],
  ['gives up after its attempts', { made: 3, elapsedMs: 0, notBeforeMs: 0 }, undefined],
  ['gives up after its time', { made: 0, elapsedMs: 5000, notBeforeMs: 0 }, undefined],
])('an outage %s', (_, moment, expected) => {
  expect(nextAttemptMs(moment, 0.5, LIMITS)).toBe(expected);
});
