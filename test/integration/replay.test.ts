import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { connect } from '../../client/index.ts';
import { systemClock } from '../../server/clock.ts';
import { openEmbedded } from '../../server/emulator/drivers/embedded/driver.ts';
import { MemoryJournals } from '../../server/journal/memory.ts';
import type { JournalRecord } from '../../server/journal/record.ts';
import { type Interval, replayRun } from '../../server/journal/replay.ts';
import { runRecords } from '../../server/journal/run-records.ts';
import { WORKER_URL } from '../support/embedded.ts';
import { startGateway } from '../support/gateway.ts';

/** The records of a run with everything in it that changes a game. */
async function play(): Promise<JournalRecord[]> {
  const journals = new MemoryJournals();
  await using gateway = await startGateway(
    { journal: true, snapshotMs: 100, resumeMs: 60_000 },
    { journals },
  );
  const pad = await connect(gateway.url);
  const { session } = pad;
  await pad.send('UP*8 A:10 W:30 RIGHT*4');
  await pad.send('W:60 START W:60 (RIGHT*9){stop 0xC011==13} UP{wait 0xC010==9 20 go} A{wait 0xC010==9 70}');
  await pad.save('here');
  for (let round = 0; round < 3; round++) {
    await pad.send('LEFT*6 B DOWN*3 W:60');
    await new Promise((resolve) => setTimeout(resolve, 1200));
  }
  await pad.load('here');
  await pad.send('DOWN*3 A+B:5');
  await pad.reset();
  await pad.send('START W:60 RIGHT*5');
  await pad.pace('realtime', 4);
  await pad.keys('LEFT');
  await new Promise((resolve) => setTimeout(resolve, 1200));
  await pad.press('A');
  await pad.close();
  const records: JournalRecord[] = [];
  await gateway.gateway.close();
  for await (const { record } of runRecords(journals, session, { onCut: () => undefined })) {
    records.push(record);
  }
  return records;
}

async function replayed(records: readonly JournalRecord[]): Promise<Interval[]> {
  const bytes = readFileSync(new URL('../../roms/overworld.gb', import.meta.url));
  const rom = { name: 'overworld.gb', bytes };
  const open = openEmbedded({ rom, clock: systemClock, workerUrl: WORKER_URL });
  async function* each() {
    yield* records;
  }
  const intervals: Interval[] = [];
  for await (const interval of replayRun(each(), open)) intervals.push(interval);
  return intervals;
}

it('[I9] a run comes out the same when its journal runs again, and a changed one names the first interval that differs', async () => {
  const records = await play();
  const intervals = await replayed(records);
  const compared = intervals.filter(({ recorded }) => recorded !== undefined);
  expect(compared.length).toBeGreaterThan(3);
  expect(compared.map(({ replayed: digest }) => digest)).toEqual(compared.map(({ recorded }) => recorded));

  let changes = 0;
  const changed = records.map((record): JournalRecord => {
    if (record.kind !== 'entries' || changes > 0) return record;
    const entries = record.entries.map(({ asked, outcome }) => {
      if (asked.kind !== 'press' || asked.buttons === 0 || changes++ > 0) return { asked, outcome };
      return { asked: { ...asked, buttons: 0 }, outcome };
    });
    return { ...record, entries };
  });
  expect(changes).toBeGreaterThan(0);
  const different = (await replayed(changed)).filter((interval) => interval.recorded !== interval.replayed);
  expect(different[0]).toMatchObject({ fromFrame: 0, recorded: compared[0]?.recorded });
});
