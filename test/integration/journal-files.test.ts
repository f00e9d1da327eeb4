/** What may happen to journals on disk: damage, a full disk, the death of the process, a second gateway. */
import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileJournals } from '../../server/journal/files.ts';
import { type Cut, DURABILITIES } from '../../server/journal/journal.ts';
import { RunFolders } from '../../server/journal/run-folders.ts';
import { bytes, read, write } from '../contract/journal.ts';
import { type DataDirectory, dataDirectory } from '../support/data-directory.ts';

const WRITER = fileURLToPath(new URL('../support/journal-writer.js', import.meta.url));
const HEAD_BYTES = 16;
const RECORDS = [bytes(1, 2, 3), bytes(), bytes(...Array(40).keys()), bytes(5, 5, 5, 5)];
/** Where each of them begins in the segment, and where the last one ends. */
const STARTS = RECORDS.reduce(
  (starts, { length }) => [...starts, (starts.at(-1) ?? 0) + 8 + length],
  [HEAD_BYTES],
);

let directory: DataDirectory;
let children: ChildProcessWithoutNullStreams[];

beforeEach(() => {
  directory = dataDirectory();
  children = [];
});

afterEach(async () => {
  for (const child of children) await killed(child);
  directory.remove();
});

const open = () => FileJournals.open({ data: directory.path, durability: 'process' });
const segmentPath = (segment = 1) => join(directory.path, 'journals', 'run', `00000${segment}.jwj`);

async function using<T>(work: (journals: FileJournals) => Promise<T>): Promise<T> {
  const journals = await open();
  try {
    return await work(journals);
  } finally {
    await journals.close();
  }
}

/** A run of one segment with the records above; its bytes. */
function recorded(): Promise<Buffer> {
  return using(async (journals) => {
    const log = await journals.create('run');
    await write(log, RECORDS);
    await log.close();
    return readFileSync(segmentPath());
  });
}

/** Puts these bytes in place of the segment, and opens the run: what was read, what was cut, and what is read after one more record. */
function reopened(damaged: Uint8Array) {
  writeFileSync(segmentPath(), damaged);
  return using(async (journals) => {
    let seen: Cut | undefined;
    const before: Uint8Array[] = [];
    for await (const record of journals.read('run', { onCut: (cut) => (seen = cut) }))
      before.push(record.bytes);
    const { log, cut } = await journals.reopen('run');
    expect(cut).toEqual(seen);
    // Cut already, not only by the next write.
    if (cut !== undefined)
      expect(sizeOf(segmentPath())).toBe(cut.atByte <= HEAD_BYTES ? undefined : cut.atByte);
    await write(log, [bytes(77)]);
    const after = (await read(journals, 'run')).map(([, record]) => record);
    expect(after).toEqual([...before, bytes(77)]);
    return { records: before, cut };
  });
}

/** Damage at this byte leaves the records that end before it. */
function intactBefore(at: number): number {
  return Math.max(0, STARTS.filter((start) => start <= at).length - 1);
}

describe('a broken end is found, told, and cut at the last whole record', () => {
  it('wherever the last records are torn', async () => {
    const whole = await recorded();
    for (let length = 1; length < whole.length; length++) {
      const { records, cut } = await reopened(whole.subarray(0, length));
      const intact = length < HEAD_BYTES ? 0 : intactBefore(length);
      expect(records).toEqual(RECORDS.slice(0, intact));
      const end = length < HEAD_BYTES ? 0 : (STARTS[intact] ?? 0);
      if (length === end) expect(cut).toBeUndefined();
      else {
        expect(cut).toMatchObject({ segment: 1, atByte: end, bytes: length - end });
        expect(cut?.why).toMatch(/^a half-written (record|segment head)$/);
      }
    }
  });

  it('whichever bit of a segment is flipped', async () => {
    const whole = await recorded();
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (whole[at] ?? 0) ^ (1 << (at % 8));
      const { records, cut } = await reopened(damaged);
      const intact = at < HEAD_BYTES ? 0 : intactBefore(at);
      expect(records).toEqual(RECORDS.slice(0, intact));
      const end = at < HEAD_BYTES ? 0 : (STARTS[intact] ?? 0);
      expect(cut).toMatchObject({ segment: 1, atByte: end, bytes: whole.length - end });
    }
  });

  it('whatever stands behind the records, zeros above all', async () => {
    const whole = await recorded();
    const noise = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 100 }),
      fc.integer({ min: 1, max: 5000 }).map((length) => new Uint8Array(length)),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (more) => {
        const { records, cut } = await reopened(Buffer.concat([whole, more]));
        expect(records).toEqual(RECORDS);
        expect(cut).toMatchObject({ atByte: whole.length, bytes: more.length });
      }),
      { numRuns: 100 },
    );
  });

  it('a segment that was hardly begun is given up for the one before', async () => {
    await using(async (journals) => {
      const log = await journals.create('run');
      await write(log, RECORDS);
      log.roll();
      await write(log, [bytes(1)]);
    });
    truncateSync(segmentPath(2), HEAD_BYTES + 3);
    await using(async (journals) => {
      const { log, cut } = await journals.reopen('run');
      expect(cut).toMatchObject({ segment: 2, atByte: HEAD_BYTES, bytes: 3 });
      await write(log, [bytes(9)]);
      const kept = [...RECORDS, bytes(9)].map((record) => [1, record]);
      expect(await read(journals, 'run')).toEqual(kept);
      log.roll();
      await write(log, [bytes(10)]);
      expect(await read(journals, 'run')).toEqual([...kept, [2, bytes(10)]]);
    });
  });

  it('in a segment before the last, reading ends there, and the run goes on from the last', async () => {
    await using(async (journals) => {
      const log = await journals.create('run');
      for (const value of [1, 2, 3]) {
        await write(log, [bytes(value)]);
        log.roll();
      }
    });
    writeFileSync(segmentPath(2), 'nothing of ours, but long enough for a head');
    await using(async (journals) => {
      const cuts: Cut[] = [];
      const records: number[] = [];
      const options = { onCut: (cut: Cut) => cuts.push(cut) };
      for await (const record of journals.read('run', options)) records.push(record.segment);
      expect([records, cuts]).toMatchObject([[1], [{ segment: 2, atByte: 0, why: 'a broken segment head' }]]);
      const { log, cut } = await journals.reopen('run');
      expect(cut).toBeUndefined();
      await write(log, [bytes(4)]);
      expect(await read(journals, 'run', 3)).toEqual([
        [3, bytes(3)],
        [3, bytes(4)],
      ]);
    });
  });

  it('a segment that is missing is told, too', async () => {
    await using(async (journals) => {
      const log = await journals.create('run');
      for (const value of [1, 2, 3]) {
        await write(log, [bytes(value)]);
        log.roll();
      }
    });
    rmSync(segmentPath(2));
    await using(async (journals) => {
      const cuts: Cut[] = [];
      for await (const _ of journals.read('run', { onCut: (cut) => cuts.push(cut) }));
      expect(cuts).toEqual([{ segment: 2, atByte: 0, bytes: 0, why: 'a segment that is missing' }]);
    });
  });

  it('what another version wrote is refused and left alone', async () => {
    const whole = await recorded();
    const other = Buffer.from(whole);
    other.writeUInt32LE(2, 8);
    other.writeUInt32LE(crc32(other.subarray(0, 12)), 12);
    writeFileSync(segmentPath(), other);
    await using(async (journals) => {
      const refused = { code: 'journal_failed', message: expect.stringContaining('layout 2; allowed: 1') };
      await expect(journals.reopen('run')).rejects.toMatchObject(refused);
      await expect(read(journals, 'run')).rejects.toMatchObject(refused);
      expect(readFileSync(segmentPath())).toEqual(other);
    });
  });
});

describe.each(DURABILITIES)('safe from the loss of the %s', (durability) => {
  function startWriter(shell = ''): { child: ChildProcessWithoutNullStreams; lines: AsyncIterator<string> } {
    const child = spawn('bash', [
      '-c',
      `${shell} exec "$0" "$@"`,
      process.execPath,
      WRITER,
      directory.path,
      durability,
    ]);
    children.push(child);
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
  }

  it('what was committed is there after kill -9, and a new gateway takes the directory over', async () => {
    for (const wanted of [1, 49, 50, 51, 333]) {
      const { child, lines } = startWriter();
      const done = await numberUpTo(lines, wanted);
      await expect(open()).rejects.toMatchObject({
        code: 'data_in_use',
        message: expect.stringContaining(`process ${child.pid}`),
      });
      await killed(child);
      await using(async (journals) => {
        const numbers = (await read(journals, 'run')).map(([, record]) => Buffer.from(record).readUInt32LE());
        expect(numbers.length).toBeGreaterThanOrEqual(done);
        expect(numbers).toEqual(Array.from(numbers, (_, index) => index + 1));
        await journals.reopen('run');
      });
      rmSync(join(directory.path, 'journals'), { recursive: true });
    }
  });

  it.runIf(process.platform === 'linux')(
    'a full disk fails the commit, leaves whole records, and the next commit keeps everything',
    async () => {
      // A bound on the size of files, which Node takes as an error (EFBIG) and not as a signal.
      const { child, lines } = startWriter('ulimit -S -f 2;');
      let last = 0;
      let line = await nextLine(lines);
      for (; !line.startsWith('failed'); line = await nextLine(lines)) last = Number(line);
      expect(line).toBe('failed journal_failed EFBIG');
      // Two blocks of 1024 bytes: the failed write began in front of that and would have ended behind it.
      expect(statSync(segmentPath()).size).toBeLessThan(2048);
      const cuts: Cut[] = [];
      const kept: number[] = [];
      const reader = new RunFolders(directory.path).read('run', { onCut: (cut) => cuts.push(cut) });
      for await (const record of reader) kept.push(Buffer.from(record.bytes).readUInt32LE());
      expect([kept.length, cuts]).toEqual([last, []]);
      await promisify(execFile)('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
      child.stdin.write('\n');
      expect(await nextLine(lines)).toBe('kept');
      await once(child, 'exit');
      expect(await using((journals) => read(journals, 'run'))).toHaveLength(last + 1);
    },
  );

  it('a segment that cannot be begun fails the commit, and the next one keeps everything', async () => {
    const journals = await FileJournals.open({ data: directory.path, durability });
    try {
      const log = await journals.create('run');
      await write(log, [bytes(1)]);
      log.roll();
      // A folder in place of the file: the file cannot be made, whoever tries.
      mkdirSync(segmentPath(2));
      log.append(bytes(2));
      await expect(log.commit()).rejects.toMatchObject({ code: 'journal_failed' });
      log.append(bytes(3));
      await expect(log.commit()).rejects.toMatchObject({ code: 'journal_failed' });
      rmSync(segmentPath(2), { recursive: true });
      await log.commit();
      expect(await read(journals, 'run')).toEqual([
        [1, bytes(1)],
        [2, bytes(2)],
        [2, bytes(3)],
      ]);
    } finally {
      await journals.close();
    }
  });
});

describe('one gateway a directory', () => {
  it('a second one is refused, in this process too, until the first is closed', async () => {
    const first = await open();
    await expect(open()).rejects.toMatchObject({ code: 'data_in_use' });
    await first.close();
    await (await open()).close();
  });

  it.each([
    ['names a process that is gone', JSON.stringify({ pid: 2 ** 30, host: hostname(), started: '' })],
    [
      'names an earlier process of our own id',
      JSON.stringify({ pid: process.pid, host: hostname(), started: 'x/1' }),
    ],
    ['is no lock at all', 'half a li'],
  ])('a lock that %s is taken over', async (_, lock) => {
    writeFileSync(join(directory.path, 'gateway.lock'), lock);
    await (await open()).close();
  });

  it('a lock from another host holds, and it is said which file to remove', async () => {
    const path = join(directory.path, 'gateway.lock');
    writeFileSync(path, JSON.stringify({ pid: 2 ** 30, host: 'elsewhere.example', started: '' }));
    await expect(open()).rejects.toMatchObject({
      code: 'data_in_use',
      message: expect.stringContaining(
        `process ${2 ** 30} on elsewhere.example; if that is gone, remove ${path}`,
      ),
    });
  });

  it('a directory that cannot be made is an error that names it', async () => {
    const file = join(directory.path, 'file');
    writeFileSync(file, '');
    await expect(
      FileJournals.open({ data: join(file, 'data'), durability: 'process' }),
    ).rejects.toMatchObject({
      code: 'journal_failed',
      message: expect.stringContaining(file),
    });
  });

  it('a run whose removing was broken off is gone after the next start', async () => {
    await recorded();
    const journals = join(directory.path, 'journals');
    mkdirSync(join(journals, '.removed-other'));
    writeFileSync(join(journals, '.removed-other', '000001.jwj'), 'x');
    await using(async (opened) => {
      expect((await opened.list()).map(({ run }) => run)).toEqual(['run']);
      expect(() => statSync(join(journals, '.removed-other'))).toThrow('ENOENT');
    });
  });
});

/** Undefined for a file that is not there. */
function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  const { done, value } = await lines.next();
  if (done === true) throw new Error('the writer has ended');
  return value;
}

async function numberUpTo(lines: AsyncIterator<string>, wanted: number): Promise<number> {
  let done = 0;
  while (done < wanted) done = Number(await nextLine(lines));
  return done;
}

async function killed(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
