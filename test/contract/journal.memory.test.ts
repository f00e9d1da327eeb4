import { expect, it } from 'vitest';
import { MemoryJournals } from '../../server/journal/memory.ts';
import { bytes, describeJournals, read, type Store, write } from './journal.ts';

function store(journals: MemoryJournals): Store {
  return {
    journals,
    restart: async () => {
      await journals.close();
      return store(journals);
    },
    dispose: () => journals.close(),
  };
}

describeJournals('memory', () => Promise.resolve(store(new MemoryJournals())));

it('a commit that fails keeps nothing, and the next one everything', async () => {
  const journals = new MemoryJournals();
  const log = await journals.create('run');
  journals.fault = 'no space left';
  log.append(bytes(1));
  await expect(log.commit()).rejects.toMatchObject({ code: 'journal_failed' });
  expect(await journals.list()).toEqual([]);
  journals.fault = undefined;
  await write(log, [bytes(2)]);
  expect(await read(journals, 'run')).toEqual([
    [1, bytes(1)],
    [1, bytes(2)],
  ]);
});

it('what was not committed dies with the process', async () => {
  const journals = new MemoryJournals();
  const log = await journals.create('run');
  await write(log, [bytes(1)]);
  log.append(bytes(2));
  journals.kill();
  await log.close();
  await journals.reopen('run');
  expect(await read(journals, 'run')).toEqual([[1, bytes(1)]]);
});
