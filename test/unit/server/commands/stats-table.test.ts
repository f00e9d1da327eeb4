import { describe, expect, it } from 'vitest';
import { readStats } from '../../../../client/stats.ts';
import { statsLine, statsTable } from '../../../../server/commands/stats-table.ts';
import type { Stats } from '../../../../shared/stats.ts';

const span: Stats['sinceStart'] = {
  durationMs: 5000,
  inputs: 40,
  inputsPerSecond: 8,
  batches: 10,
  bufferingRatio: 0.925,
  averageBatchSize: 4,
  largestBatchSize: 20,
  flushReasons: { single: 3, size: 0, time: 0, group: 7, idle: 0, backlog: 0, explicit: 0, drain: 0 },
  outcomes: { executed: 39, rejected: 1, failed: 0, unknown: 0 },
  latencyUs: {
    queue: { p50: 1, p90: 2, p99: 3, max: 4 },
    driver: { p50: 10, p90: 20, p99: 30, max: 40 },
    total: { p50: 11, p90: 22, p99: 33, max: 44 },
  },
  frames: 640,
  framesPerSecond: 128,
  replacedPushes: 0,
};
const stats: Stats = {
  scope: 'gateway',
  session: null,
  label: null,
  atMs: 0,
  sinceStart: span,
  sinceLast: { ...span, durationMs: 1000, inputs: 2, latencyUs: null },
  credit: { limit: 1024, outstanding: 3 },
  pendingBytes: 0,
  expiresInMs: null,
  ended: false,
};
const plain = (_colour: string, text: string) => text;

/** The table's rows as cells. */
function rows(figures: Stats): string[][] {
  return statsTable(readStats(figures), plain)
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/));
}

describe('the table', () => {
  it('shows both spans side by side', () => {
    expect(rows(stats)).toEqual(
      expect.arrayContaining([
        ['the whole gateway'],
        ['since the start', 'last 1.0 s'],
        ['inputs', '40', '2'],
        ['executed', '39', '39'],
        ['failed', '0', '0'],
        ['group', '7', '7'],
        ['average, largest', '4.00, 20', '4.00, 20'],
        ['batched', '92.5 %', '92.5 %'],
        ['total', '11 / 22 / 33 / 44', '-'],
        ['outstanding', '3 of 1024'],
      ]),
    );
  });

  it('leaves out reasons that never occurred', () => {
    expect(rows(stats).map(([label]) => label)).not.toContain('backlog');
  });

  it('names the session, its label and its end', () => {
    expect(rows({ ...stats, session: 's1', label: 'run 3', ended: true })[0]).toEqual([
      'session s1 (run 3), ended',
    ]);
  });
});

it('a line has the figures by name', () => {
  expect(statsLine(readStats({ ...stats, sinceLast: span }))).toBe(
    'inputs=40 inputs/s=8 batches=10 batched=92.5% p50us=11 p99us=33 frames=640 frames/s=128 outstanding=3\n',
  );
});

it.each([null, 3, {}, { ...stats, sinceStart: {} }])(
  'a payload without the figures is refused: %j',
  (payload) => {
    expect(() => readStats(payload)).toThrow(expect.objectContaining({ code: 'protocol_error' }));
  },
);

it('figures that a newer gateway adds are passed over', () => {
  expect(readStats({ ...stats, planets: 9 })).not.toHaveProperty('planets');
});
