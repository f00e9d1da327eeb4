import { describe, expect, it } from 'vitest';
import { History } from '../../../../server/journal/history.ts';
import type { JournalRecord } from '../../../../server/journal/record.ts';
import { decodeRecord, encodeRecord } from '../../../../server/journal/record-codec.ts';
import { entries, executed, header, press, session, stoppedAt } from '../../../support/sample-run.ts';

const asked = press(1, 8, 8);

/** What the records add up to, read back from their bytes. */
function historyOf(...records: readonly JournalRecord[]): History {
  const history = new History();
  for (const record of [header, session(), ...records]) history.add(decodeRecord(encodeRecord(record)));
  return history;
}

describe('outcomes of a group with guards', () => {
  const waited = { ...executed(20, 16), detail: { waited: 4 } };
  const outcomes = [executed(0, 16), waited, stoppedAt(60, 24), stoppedAt(60, 0)];
  const record = { ...entries(1, 0, []), entries: outcomes.map((outcome) => ({ asked, outcome })) };

  it('[I7] are on record with all their detail', () => {
    expect(historyOf(record).sessions[0]?.kept.map(({ outcome }) => outcome)).toEqual(outcomes);
  });

  it('[I9] a wait in vain is time that passed, once, whether or not something ran after it', () => {
    const history = historyOf(record);
    expect(history.frame).toBe(60);
    expect(history.game.events).toEqual([
      { kind: 'press', frame: 0, buttons: 1, hold: 8, gap: 8 },
      { kind: 'press', frame: 20, buttons: 1, hold: 8, gap: 8 },
      { kind: 'reach', frame: 60 },
    ]);
    const later = historyOf(record, entries(5, 60, [asked]));
    expect(later.game.events.at(-1)).toMatchObject({ kind: 'press', frame: 60 });
  });
});
