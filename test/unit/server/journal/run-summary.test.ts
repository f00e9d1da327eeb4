import { expect, it } from 'vitest';
import { MemoryJournals } from '../../../../server/journal/memory.ts';
import type { JournalRecord } from '../../../../server/journal/record.ts';
import { summarize } from '../../../../server/journal/run-summary.ts';
import { ended, entries, header, press, record, session, stoppedAt } from '../../../support/sample-run.ts';

async function summaryOf(segments: readonly (readonly JournalRecord[])[]) {
  const journals = new MemoryJournals();
  const log = await journals.create('run');
  for (const segment of segments) {
    log.roll();
    await record(log, segment);
  }
  const reads: number[] = [];
  const counted = {
    read: (...args: Parameters<MemoryJournals['read']>) => {
      reads.push(args[1]?.fromSegment ?? 1);
      return journals.read(...args);
    },
  };
  const [listing] = await journals.list();
  if (listing === undefined) throw new Error('no run');
  return { summary: await summarize(counted, listing), reads };
}

const first = entries(1, 0, [press(1, 8, 8), press(2, 8, 8)]);

it('says how far a run has got', async () => {
  const { summary } = await summaryOf([[header, session(), first, { kind: 'mark', frame: 40 }]]);
  expect(summary).toMatchObject({ header, entries: 2, frames: 40, live: true, fault: undefined });
});

it('counts the frames that a guard waited in vain', async () => {
  const waited = entries(3, 0, [press(1, 8, 8)]);
  const stopped = waited.entries.map(({ asked }) => ({ asked, outcome: stoppedAt(90) }));
  const { summary } = await summaryOf([[header, session(), first, { ...waited, entries: stopped }]]);
  expect(summary).toMatchObject({ entries: 3, frames: 90 });
});

it('reads only the last segment, which says what was before', async () => {
  const { summary, reads } = await summaryOf([
    [header, session(), first],
    [header, session(0, 2), entries(3, 32, [press(1, 8, 8)])],
  ]);
  expect([summary.entries, summary.frames, reads]).toEqual([3, 48, [2]]);
});

it('reads everything where a session is missing in the last segment', async () => {
  const { summary, reads } = await summaryOf([
    [header, session(0), first, session(1), entries(1, 32, [press(1, 1, 1)], 1), ended(0)],
    [header, session(1, 1), entries(2, 34, [press(1, 1, 1)], 1)],
  ]);
  expect([summary.entries, summary.frames, summary.live, reads]).toEqual([4, 36, true, [2, 1]]);
});

it('a run has ended when all of its sessions have', async () => {
  const both = [header, session(0), session(1), ended(0)];
  expect((await summaryOf([both])).summary.live).toBe(true);
  expect((await summaryOf([[...both, ended(1)]])).summary.live).toBe(false);
  expect((await summaryOf([[header]])).summary.live).toBe(true);
});

it('what cannot be read is told, with what could be', async () => {
  const journals = new MemoryJournals();
  const log = await journals.create('run');
  await record(log, [header, session(), first]);
  log.append(new Uint8Array([0xc1]));
  await log.commit();
  const summary = await summarize(journals, { run: 'run', lastSegment: 1 });
  expect(summary).toMatchObject({
    header,
    entries: 2,
    fault: expect.stringContaining('no record of a journal'),
  });
});
