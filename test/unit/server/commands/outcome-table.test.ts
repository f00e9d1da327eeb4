import { describe, expect, it } from 'vitest';
import type { EntryOutcome } from '../../../../client/index.ts';
import { OutcomeTable, outcomeJson, pressLabels } from '../../../../server/commands/outcome-table.ts';
import { compileScript } from '../../../../shared/script.ts';

const executed: EntryOutcome = {
  seq: 1,
  status: 'executed',
  firstFrame: 0,
  frames: 16,
  certainty: 'exact',
  detail: undefined,
  batch: { id: 7, size: 3, reason: 'group', queuedUs: 40, driverUs: 900 },
};
const rejected: EntryOutcome = {
  seq: 2,
  status: 'rejected',
  firstFrame: null,
  frames: 0,
  certainty: 'none',
  detail: { code: 'cancelled', message: 'the client cancelled it' },
  batch: undefined,
};

function labels(script: string): string[] {
  const compiled = compileScript(script);
  return compiled.ok ? pressLabels(compiled.items) : [];
}

it('every input of a script is named in the script’s words', () => {
  expect(labels('a UP*2 A:10:2 (A+B W:30)*2')).toEqual([
    'A',
    'UP',
    'UP',
    'A:10:2',
    'A+B',
    'W:30',
    'A+B',
    'W:30',
  ]);
});

describe('a line', () => {
  const table = new OutcomeTable(labels('A:10 SELECT'), (_, text) => text);

  it('says what ran, on which frames, in which batch and how long it took', () => {
    expect(
      table
        .row(executed, 'A:10')
        .trimEnd()
        .split(/\s{2,}/),
    ).toEqual(['', '1', 'A:10', 'executed', '0..15', '#7 group of 3', '940']);
  });

  it('says why something did not run', () => {
    expect(table.row(rejected, 'SELECT')).toContain('rejected  -');
    expect(table.row(rejected, 'SELECT')).toContain('cancelled: the client cancelled it');
  });

  it('says what a guard stopped, and what was waited for', () => {
    const guard = { index: 0, frame: 40, value: 3 };
    const stopped = { code: 'guard', message: 'guards[0]: the byte is 3', guard, waited: 30 } as const;
    expect(table.row({ ...rejected, detail: stopped }, 'A')).toMatch(
      /rejected  - .* {2}waited 30 frames {2}guard: guards\[0\]: the byte is 3\n$/,
    );
    expect(table.row({ ...executed, detail: { waited: 30 } }, 'A')).toMatch(
      /0\.\.15 .* {2}waited 30 frames\n$/,
    );
    expect(JSON.parse(outcomeJson({ ...rejected, detail: stopped }, 'A'))).toMatchObject({
      guard,
      waited: 30,
    });
  });

  it('marks derived frames, and shows one frame as one number', () => {
    expect(table.row({ ...executed, frames: 1 }, 'A')).toContain('executed  0  ');
    expect(table.row({ ...executed, certainty: 'derived' }, 'A')).toContain('executed  ~0..15  ');
  });

  it('has its columns where the header has them', () => {
    const [header, row] = [table.header(), table.row(executed, 'A:10')];
    expect(header.indexOf('frames')).toBe(row.indexOf('0..15'));
    expect(header.indexOf('batch')).toBe(row.indexOf('#7'));
    expect(header.trimEnd().length).toBe(row.trimEnd().length);
  });
});

it('the summary counts by status', () => {
  const table = new OutcomeTable([], (_, text) => text);
  expect(table.summary([executed, rejected, executed])).toBe('2 executed, 1 rejected; 32 frames\n');
});

it('JSON has one object a line, the same for every outcome', () => {
  expect(JSON.parse(outcomeJson(executed, 'A'))).toEqual({
    seq: 1,
    press: 'A',
    status: 'executed',
    firstFrame: 0,
    frames: 16,
    certainty: 'exact',
    batch: { id: 7, size: 3, reason: 'group', queuedUs: 40, driverUs: 900 },
  });
  expect(JSON.parse(outcomeJson(rejected, 'B'))).toMatchObject({
    code: 'cancelled',
    firstFrame: null,
    batch: null,
  });
  expect(outcomeJson(executed, 'A').indexOf('\n')).toBe(outcomeJson(executed, 'A').length - 1);
});
