import { expect, it } from 'vitest';
import { type KeptRun, toDrop } from '../../../../server/journal/retention.ts';

const DAY_MS = 86_400_000;

/** A run of segments of 100 bytes, written to so many days ago, a minute apart. */
function run(name: string, daysAgo: number, segments = 1): KeptRun {
  const changedAtMs = 1000 * DAY_MS - daysAgo * DAY_MS;
  return {
    run: name,
    changedAtMs,
    segments: Array.from({ length: segments }, (_, index) => ({
      segment: index + 1,
      bytes: 100,
      changedAtMs: changedAtMs - (segments - 1 - index) * 60_000,
    })),
  };
}

function drop(
  runs: readonly KeptRun[],
  { maxBytes = Infinity, maxDays = Infinity, live = [] as string[] },
): string[] {
  const retention = { maxBytes, maxAgeMs: maxDays * DAY_MS, nowMs: 1000 * DAY_MS, live: new Set(live) };
  return toDrop(runs, retention).map(({ run: name, throughSegment, bytes }) =>
    throughSegment === undefined ? `${name} ${bytes}` : `${name}..${throughSegment} ${bytes}`,
  );
}

it('a run goes when it is exactly as old as allowed', () => {
  expect(drop([run('a', 3), run('b', 2)], { maxDays: 3 })).toEqual(['a 100']);
});

it('the oldest go until the rest fits, not one more', () => {
  const runs = [run('b', 2), run('a', 3), run('c', 1)];
  expect(drop(runs, { maxBytes: 300 })).toEqual([]);
  expect(drop(runs, { maxBytes: 299 })).toEqual(['a 100']);
  expect(drop(runs, { maxBytes: 200 })).toEqual(['a 100']);
  expect(drop(runs, { maxBytes: 0 })).toEqual(['a 100', 'b 100', 'c 100']);
});

it('what goes for its age counts towards the size', () => {
  expect(drop([run('a', 9), run('b', 2), run('c', 1)], { maxBytes: 200, maxDays: 5 })).toEqual(['a 100']);
});

it('live runs lose leading segments, the oldest of all first, and keep two', () => {
  const runs = [run('old', 5, 4), run('new', 1, 5)];
  const live = ['old', 'new'];
  expect(drop(runs, { maxBytes: 850, live })).toEqual(['old..1 100']);
  expect(drop(runs, { maxBytes: 600, live })).toEqual(['old..2 200', 'new..1 100']);
  expect(drop(runs, { maxBytes: 0, maxDays: 0, live })).toEqual(['old..2 200', 'new..3 300']);
});

it('runs that ended go before live ones lose anything', () => {
  expect(drop([run('live', 9, 5), run('ended', 1, 2)], { maxBytes: 500, live: ['live'] })).toEqual([
    'ended 200',
  ]);
});

it('a clock that was set back makes no holes', () => {
  const { segments, ...rest } = run('live', 1, 5);
  const [first, ...others] = segments;
  if (first === undefined) throw new Error('no segments');
  const odd = { ...rest, segments: [{ ...first, changedAtMs: 2000 * DAY_MS }, ...others] };
  expect(drop([odd], { maxBytes: 300, live: ['live'] })).toEqual(['live..2 200']);
});
