import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ButtonSpan, ButtonTimeline } from '../../../../server/journal/button-timeline.ts';
import type { Asked, JournalRecord } from '../../../../server/journal/record.ts';
import { ClaimedTimeline } from '../../../support/random-entries.ts';
import { entries, executed, header, keys, press, session, stoppedAt } from '../../../support/sample-run.ts';

const A = 1;
const UP = 64;

/** The buttons of each frame, and the frames in front of which the power went off and on. */
function frames(records: readonly JournalRecord[]): { masks: number[]; powers: number[] } {
  const masks: number[] = [];
  const powers: number[] = [];
  const timeline = new ButtonTimeline((span: ButtonSpan) => {
    if (span.power) powers.push(masks.length);
    for (let frame = 0; frame < span.frames; frame++) masks.push(span.buttons);
  });
  for (const record of [header, session(), ...records]) timeline.add(record);
  expect(timeline.frames).toBe(masks.length);
  return { masks, powers };
}

function stopped(seq: number, frame: number): JournalRecord {
  const record = entries(seq, 0, [press(A, 9, 9)]);
  return { ...record, entries: record.entries.map(({ asked }) => ({ asked, outcome: stoppedAt(frame) })) };
}

function system(frame: number, what: 'release' | 'reset'): JournalRecord {
  return { kind: 'system', frame, what };
}

describe('the buttons of every frame', () => {
  it.each<[title: string, records: JournalRecord[], masks: number[]]>([
    ['a press is down for its hold and up for its gap', [entries(1, 0, [press(A, 2, 3)])], [A, A, 0, 0, 0]],
    [
      'without a gap, the next one follows at once',
      [entries(1, 0, [press(A, 1, 0), press(UP, 1, 1)])],
      [A, UP, 0],
    ],
    ['keys hold from their frame on', [entries(1, 0, [keys(UP), press(0, 0, 2)])], [UP, UP, UP]],
    ['a press adds to what is held', [entries(1, 0, [keys(UP), press(A, 1, 1)])], [UP, UP | A, UP]],
    [
      'a release ends what is held',
      [entries(1, 0, [keys(UP)]), system(3, 'release'), { kind: 'mark', frame: 5 }],
      [UP, UP, UP, 0, 0],
    ],
    [
      'time that passes without entries counts',
      [entries(1, 2, [press(A, 1, 0)]), entries(2, 4, [press(UP, 1, 0)])],
      [0, 0, A, 0, UP],
    ],
    [
      'frames that a guard waited hold what is held, also where nothing ran after them',
      [entries(1, 0, [keys(UP)]), entries(2, 3, [press(A, 1, 0)]), stopped(3, 6)],
      [UP, UP, UP, UP | A, UP, UP],
    ],
    ['a press of no frames presses nothing', [entries(1, 0, [press(A, 0, 0)])], []],
  ])('%s', (_, records, masks) => {
    expect(frames(records).masks).toEqual(masks);
  });

  it('entries that did not run press nothing', () => {
    const record = entries(1, 0, [press(A, 1, 0)]);
    const rejected = {
      asked: press(UP, 1, 0),
      outcome: { ...executed(0, 0), status: 'rejected' as const, firstFrame: null },
    };
    expect(frames([{ ...record, entries: [rejected, ...record.entries] }]).masks).toEqual([A]);
  });

  it('a reset switches the power off and on in front of the next frame, and lets go of nothing', () => {
    const records = [entries(1, 0, [keys(UP)]), system(2, 'reset'), entries(2, 2, [press(A, 1, 1)])];
    expect(frames(records)).toEqual({ masks: [UP, UP, UP | A, UP], powers: [2] });
  });

  it('a game that took the place of a dead one begins with the power switched on, and nothing held', () => {
    const replaced: JournalRecord = { kind: 'system', frame: 2, what: 'replaced', cause: 'hung' };
    const records = [entries(1, 0, [keys(UP)]), replaced, { kind: 'mark', frame: 3 } as const];
    expect(frames(records)).toEqual({ masks: [UP, UP, 0], powers: [2] });
  });

  it('snapshots, rebuilding, pace and control change nothing', () => {
    const records: JournalRecord[] = [
      entries(1, 0, [keys(UP)]),
      { kind: 'system', frame: 1, what: 'pace', pace: 'realtime', speed: 1 },
      { kind: 'snapshot', cause: 'interval', frame: 1, held: UP, digest: '', state: new Uint8Array() },
      { kind: 'system', frame: 1, what: 'rebuilt', cause: 'hung' },
      { kind: 'system', frame: 1, what: 'control', session: undefined, by: 'x' },
      { kind: 'mark', frame: 2 },
    ];
    expect(frames(records)).toEqual({ masks: [UP, UP], powers: [] });
  });

  it('agrees with what the outcomes claim, whatever is pressed', () => {
    const asked: fc.Arbitrary<Asked> = fc.oneof(
      fc.record({
        kind: fc.constant('press' as const),
        buttons: fc.nat(255),
        hold: fc.nat(4),
        gap: fc.nat(4),
      }),
      fc.record({ kind: fc.constant('keys' as const), buttons: fc.nat(255) }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(asked, { minLength: 1 })), (batches) => {
        const claimed = new ClaimedTimeline();
        let seq = 1;
        const records = batches.map((batch) => {
          const record = entries(seq, claimed.masks.length, batch);
          seq += batch.length;
          for (const entry of record.entries) {
            if (entry.asked.kind === 'press' || entry.asked.kind === 'keys')
              claimed.add(entry.asked, entry.outcome);
          }
          return record;
        });
        expect(frames(records).masks).toEqual(claimed.masks);
      }),
    );
  });
});

describe('what buttons from power-on do not make is refused', () => {
  const snapshot = { kind: 'snapshot', frame: 5, held: 0, digest: '', state: new Uint8Array() } as const;
  const record = entries(1, 0, [press(A, 1, 0)]);
  const withOutcome = (change: object) => ({
    ...record,
    entries: record.entries.map(({ asked, outcome }) => ({ asked, outcome: { ...outcome, ...change } })),
  });
  it.each<[records: JournalRecord[], message: string]>([
    [[{ ...snapshot, cause: 'start', frame: 0 }], 'the run starts from a saved state'],
    [[{ ...snapshot, cause: 'load' }], 'a state was loaded at frame 5'],
    [
      [{ ...header, core: undefined, emulator: { id: 'gym', kind: 'pokemon-gym' } }],
      'the frames of a pokemon-gym emulator',
    ],
    [[withOutcome({ certainty: 'derived' })], 'frame 0 is not exactly known'],
    [[withOutcome({ status: 'unknown' })], 'it is not known whether they ran'],
  ])('%#: %j', (records, message) => {
    expect(() => frames(records)).toThrow(
      expect.objectContaining({ code: 'no_movie', message: expect.stringContaining(message) }),
    );
  });

  it('frames that go back are a fault of the journal', () => {
    const records = [entries(1, 10, [press(A, 1, 0)]), entries(2, 5, [press(A, 1, 0)])];
    expect(() => frames(records)).toThrow(expect.objectContaining({ code: 'journal_corrupt' }));
  });
});
