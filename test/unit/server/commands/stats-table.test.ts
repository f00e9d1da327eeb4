import { expect, it } from 'vitest';
import { statsLine, statsTable } from '../../../../server/commands/stats-table.ts';

const figures = { inputs: 3, ratio: 0.123456, since: null, latency: { queue: { p50: 1, p99: 2 }, max: 7 } };

it('the table has a row for each map of figures', () => {
  expect(statsTable(figures, (_, text) => text)).toBe(
    [
      '               inputs 3  ratio 0.1235  since -',
      'latency        max 7',
      'latency.queue  p50 1  p99 2',
      '',
    ].join('\n'),
  );
});

it('a row that is too long for the terminal goes on in the next line', () => {
  const lines = statsTable(
    { figures: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`figure${i}`, i])) },
    (_, text) => text,
    60,
  )
    .trimEnd()
    .split('\n');
  expect(lines.length).toBeGreaterThan(5);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
});

it('a line has every figure by its whole name', () => {
  expect(statsLine(figures)).toBe(
    'inputs=3 ratio=0.1235 since=- latency.max=7 latency.queue.p50=1 latency.queue.p99=2\n',
  );
});
