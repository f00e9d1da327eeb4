/** Faults of the disk that a real one cannot be made to show: syncing and cutting that fail. */
import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FileJournals } from '../../../../server/journal/files.ts';
import { bytes, read, write } from '../../../contract/journal.ts';
import { type DataDirectory, dataDirectory } from '../../../support/data-directory.ts';

const faults = vi.hoisted(() => ({ sync: 0, cut: 0, syncs: 0 }));

vi.mock('node:fs', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs')>();
  const eio = () => Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
  return {
    ...original,
    fdatasync: (file: number, done: (error: Error | null) => void) => {
      faults.syncs += 1;
      if (faults.sync-- > 0) setImmediate(done, eio());
      else original.fdatasync(file, done);
    },
    ftruncateSync: (file: number, length: number) => {
      if (faults.cut-- > 0) throw eio();
      original.ftruncateSync(file, length);
    },
  };
});

let directory: DataDirectory;
let journals: FileJournals;

beforeEach(async () => {
  Object.assign(faults, { sync: 0, cut: 0, syncs: 0 });
  directory = dataDirectory();
  journals = await FileJournals.open({ data: directory.path, durability: 'power' });
});

afterEach(async () => {
  await journals.close();
  directory.remove();
});

const failed = { code: 'journal_failed', message: expect.stringContaining('EIO') };

async function kept(): Promise<number[]> {
  return (await read(journals, 'run')).map(([, record]) => record[0] ?? 0);
}

it('a sync that fails keeps nothing, and the next commit writes all of it again', async () => {
  const log = await journals.create('run');
  await write(log, [bytes(1)]);
  faults.sync = 2;
  log.append(bytes(2));
  await expect(log.commit()).rejects.toMatchObject(failed);
  expect(await kept()).toEqual([1]);
  log.append(bytes(3));
  await expect(log.commit()).rejects.toMatchObject(failed);
  log.roll();
  await write(log, [bytes(4)]);
  expect(await kept()).toEqual([1, 2, 3, 4]);
});

it('the first sync of a run may fail, too', async () => {
  const log = await journals.create('run');
  faults.sync = 1;
  log.append(bytes(1));
  await expect(log.commit()).rejects.toMatchObject(failed);
  expect(await journals.list()).toEqual([]);
  await log.commit();
  expect(await kept()).toEqual([1]);
});

it('what could not be cut off after a failure is covered by the next write', async () => {
  const log = await journals.create('run');
  await write(log, [bytes(1)]);
  Object.assign(faults, { sync: 1, cut: 1 });
  log.append(bytes(2));
  await expect(log.commit()).rejects.toMatchObject(failed);
  await log.commit();
  await log.close();
  expect((await journals.reopen('run')).cut).toBeUndefined();
  expect(await kept()).toEqual([1, 2]);
});

it('commits that come while the disk is busy share the next sync, which fails for all of them', async () => {
  const log = await journals.create('run');
  await write(log, [bytes(1)]);
  faults.syncs = 0;
  log.append(bytes(2));
  const first = log.commit();
  const others = [3, 4, 5].map((value) => write(log, [bytes(value)]));
  faults.sync = 1;
  const results = await Promise.allSettled([first ?? Promise.resolve(), ...others]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
  expect(faults.syncs).toBe(2);
  expect(await kept()).toEqual([1, 2]);
  await log.commit();
  expect(await kept()).toEqual([1, 2, 3, 4, 5]);
});

it('a sync that fails does not fail the commits that came after its own', async () => {
  const log = await journals.create('run');
  faults.sync = 1;
  const commits = [1, 2, 3].map((value) => write(log, [bytes(value)]));
  const results = await Promise.allSettled(commits);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(await kept()).toEqual([1, 2, 3]);
});

it.runIf(process.platform === 'linux')('a file that has become unusable is opened anew', async () => {
  const log = await journals.create('run');
  await write(log, [bytes(1)]);
  const open = readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).endsWith('/run/000001.jwj'));
  expect(open).toHaveLength(1);
  closeSync(Number(open[0]));
  log.append(bytes(2));
  await expect(log.commit()).rejects.toMatchObject({
    code: 'journal_failed',
    message: expect.stringContaining('EBADF'),
  });
  await log.commit();
  expect(await kept()).toEqual([1, 2]);
});

it('takes no new runs once it is closed', async () => {
  await journals.close();
  await expect(journals.create('run')).rejects.toMatchObject({ code: 'journal_failed' });
});

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
