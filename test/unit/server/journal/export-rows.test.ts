import { expect, it } from 'vitest';
import { ExportRows } from '../../../../server/journal/export-rows.ts';
import type { JournalRecord } from '../../../../server/journal/record.ts';
import { ended, entries, executed, header, keys, press, session } from '../../../support/sample-run.ts';

function rows(records: readonly JournalRecord[]) {
  const made = new ExportRows();
  return records
    .flatMap((record) => made.rows(record))
    .map((row): Record<string, unknown> => JSON.parse(JSON.stringify(row)));
}

it('an entry is a row, with what was asked, what became of it and its batch', () => {
  const [, , first] = rows([header, session(), entries(7, 100, [press(65, 8, 4)])]);
  expect(first).toEqual({
    type: 'entry',
    run: 'run-0001',
    session: 'session-0',
    seq: 7,
    atMs: header.startedAtMs + 1000,
    kind: 'press',
    buttons: 'A+UP',
    hold: 8,
    gap: 4,
    params: null,
    status: 'executed',
    firstFrame: 100,
    frames: 12,
    certainty: 'exact',
    code: null,
    message: null,
    approximated: null,
    coalesced: null,
    checkpoint: null,
    guard: null,
    guardFrame: null,
    guardValue: null,
    waited: null,
    memory: null,
    hash: null,
    screenBytes: null,
    batch: 7,
    batchSize: 1,
    reason: 'size',
    queuedUs: 10,
    driverUs: 20,
  });
});

it('whatever an entry asked for and got, its row has the same columns', () => {
  const detail = {
    code: 'cancelled' as const,
    message: 'no',
    observed: { memory: [new Uint8Array([1, 255])], hash: 'ff', screen: new Uint8Array(9) },
  };
  const one = entries(1, 0, [
    press(1, 1, 1),
    keys(0),
    { kind: 'command', command: { method: 'pace', pace: 'turbo', speed: 1 } },
    { kind: 'faulty' },
  ]);
  const rejected = {
    asked: press(1, 1, 1),
    outcome: { ...executed(0, 0), status: 'rejected' as const, detail },
  };
  const all = rows([header, session(), { ...one, batch: undefined, entries: [...one.entries, rejected] }]);
  const [columns, ...others] = all.filter(({ type }) => type === 'entry').map((row) => Object.keys(row));
  expect(others).toHaveLength(4);
  for (const each of others) expect(each).toEqual(columns);
  expect(all.map(({ kind }) => kind)).toEqual([
    undefined,
    undefined,
    'press',
    'keys',
    'pace',
    'faulty',
    'press',
  ]);
  expect(all[4]).toMatchObject({
    params: { pace: 'turbo', speed: 1 },
    buttons: null,
    batch: null,
    reason: null,
  });
  expect(all[6]).toMatchObject({
    code: 'cancelled',
    message: 'no',
    memory: ['01ff'],
    hash: 'ff',
    screenBytes: 9,
  });
});

it('what every segment repeats comes once; what happened beside the entries has rows of its own', () => {
  const snapshot: JournalRecord = {
    kind: 'snapshot',
    cause: 'interval',
    frame: 9,
    held: 64,
    digest: 'dd',
    state: new Uint8Array(5),
  };
  const all = rows([
    header,
    session(),
    { kind: 'system', frame: 1, what: 'release' },
    { kind: 'system', frame: 2, what: 'pace', pace: 'realtime', speed: 2 },
    { kind: 'system', frame: 3, what: 'rebuilt', cause: 'hung' },
    { kind: 'system', frame: 4, what: 'control', session: 0, by: 'admin' },
    { kind: 'mark', frame: 5 },
    header,
    session(0, 3),
    snapshot,
    {
      kind: 'intent',
      session: 0,
      firstSeq: 4,
      asked: [],
      batch: { id: 1, size: 0, reason: 'time', queuedUs: 0, driverUs: 0 },
    },
    ended(),
  ]);
  expect(all.map(({ type }) => type)).toEqual([
    'run',
    'session',
    'system',
    'system',
    'system',
    'system',
    'mark',
    'snapshot',
    'ended',
  ]);
  const nothing = { pace: null, speed: null, cause: null, session: null, by: null };
  const base = { type: 'system', run: 'run-0001', ...nothing };
  expect(all.slice(2, 6)).toEqual([
    { ...base, frame: 1, what: 'release' },
    { ...base, frame: 2, what: 'pace', pace: 'realtime', speed: 2 },
    { ...base, frame: 3, what: 'rebuilt', cause: 'hung' },
    { ...base, frame: 4, what: 'control', session: 'session-0', by: 'admin' },
  ]);
  expect(all[7]).toMatchObject({ frame: 9, cause: 'interval', held: 'UP', digest: 'dd', bytes: 5 });
  expect(all[8]).toMatchObject({ session: 'session-0', why: 'bye' });
});

it('secrets are not exported', () => {
  expect(JSON.stringify(rows([header, session()]))).not.toContain('cccc');
});
