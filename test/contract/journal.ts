/** What every store of journals keeps, wherever it keeps them: one suite, run over each implementation. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { JournalLog, Journals } from '../../server/journal/journal.ts';

/** A store as a test has it. */
export interface Store {
  readonly journals: Journals;
  /** Closes it and opens it again on what it kept. */
  readonly restart: () => Promise<Store>;
  readonly dispose: () => Promise<void>;
}

const NOTHING_LIVE: ReadonlySet<string> = new Set();

export function describeJournals(name: string, open: () => Promise<Store>): void {
  describe(`journals: ${name}`, () => {
    const disposers: (() => Promise<void>)[] = [];
    const start = async () => {
      const store = await open();
      disposers.push(store.dispose);
      return store;
    };
    const begin = async () => (await start()).journals;

    afterEach(async () => {
      for (const dispose of disposers.splice(0)) await dispose();
    });

    it('gives back what was committed, byte for byte and in order', async () => {
      const journals = await begin();
      const log = await journals.create('run');
      const records = [bytes(1, 2, 3), bytes(), new Uint8Array(200_000).fill(7), bytes(0)];
      await write(log, records);
      expect(await read(journals, 'run')).toEqual(records.map((record) => [1, record]));
    });

    it('keeps a copy: what the caller does with its bytes later does not matter', async () => {
      const journals = await begin();
      const log = await journals.create('run');
      const record = bytes(1, 2, 3);
      log.append(record);
      record.fill(9);
      await log.commit();
      expect(await read(journals, 'run')).toEqual([[1, bytes(1, 2, 3)]]);
    });

    it('shows nothing of what is not committed, and a run from its first commit on', async () => {
      const journals = await begin();
      const log = await journals.create('run');
      log.append(bytes(1));
      expect(await journals.list()).toEqual([]);
      await expect(read(journals, 'run')).rejects.toMatchObject({ code: 'journal_unknown' });
      await log.commit();
      log.append(bytes(2));
      expect(await read(journals, 'run')).toEqual([[1, bytes(1)]]);
    });

    it('has nothing to wait for when nothing was appended', async () => {
      const log = await (await begin()).create('run');
      expect(log.commit()).toBeUndefined();
      await write(log, [bytes(1)]);
      expect(log.commit()).toBeUndefined();
    });

    it('takes several commits at once', async () => {
      const journals = await begin();
      const log = await journals.create('run');
      const commits = [1, 2, 3, 4].map((value) => write(log, [bytes(value)]));
      await Promise.all(commits);
      expect((await read(journals, 'run')).map(([, record]) => record[0])).toEqual([1, 2, 3, 4]);
    });

    it('refuses a second journal for a run', async () => {
      const journals = await begin();
      const log = await journals.create('run');
      await expect(journals.create('run')).rejects.toMatchObject({ code: 'journal_exists' });
      await write(log, [bytes(1)]);
      await log.close();
      await expect(journals.create('run')).rejects.toMatchObject({ code: 'journal_exists' });
    });

    it('a run is written to by one only', async () => {
      const journals = await begin();
      const log = await journals.create('run');
      await write(log, [bytes(1)]);
      await expect(journals.reopen('run')).rejects.toMatchObject({ code: 'journal_failed' });
      await expect(journals.remove('run')).rejects.toMatchObject({ code: 'journal_failed' });
      await log.close();
      await journals.reopen('run');
    });

    it.each(['gone', '', '..', '../run', 'a/b', 'a.b', 'x'.repeat(200)])(
      'does not know the run %j',
      async (id) => {
        const journals = await begin();
        const unknown = { code: 'journal_unknown' };
        await expect(journals.reopen(id)).rejects.toMatchObject(unknown);
        await expect(journals.remove(id)).rejects.toMatchObject(unknown);
        await expect(read(journals, id)).rejects.toMatchObject(unknown);
      },
    );

    it('an id that leads to a run by another way is no run', async () => {
      const journals = await begin();
      await write(await journals.create('run'), [bytes(1)]);
      for (const id of ['./run', 'run/', '../journals/run', 'run/../run']) {
        await expect(read(journals, id)).rejects.toMatchObject({ code: 'journal_unknown' });
        await expect(journals.remove(id)).rejects.toMatchObject({ code: 'journal_unknown' });
      }
      expect(await journals.list()).toHaveLength(1);
    });

    it('goes on with a run after a restart', async () => {
      const store = await start();
      const log = await store.journals.create('run');
      await write(log, [bytes(1), bytes(2)]);
      const before = log.segmentBytes;
      const { journals } = await store.restart();
      expect((await journals.list()).map(({ run }) => run)).toEqual(['run']);
      const { log: again, cut } = await journals.reopen('run');
      expect([again.segmentBytes, cut]).toEqual([before, undefined]);
      await write(again, [bytes(3)]);
      expect(await read(journals, 'run')).toEqual([1, 2, 3].map((value) => [1, bytes(value)]));
    });

    it('commits what is left when it is closed, and takes no more', async () => {
      const journals = await begin();
      const log = await journals.create('run');
      log.append(bytes(1));
      await log.close();
      await log.close();
      expect(() => log.append(bytes(2))).toThrow('closed');
      expect(log.commit()).toBeUndefined();
      expect(await read(journals, 'run')).toEqual([[1, bytes(1)]]);
    });

    describe('segments', () => {
      it('what was appended before a roll is in the segment before, committed or not', async () => {
        const journals = await begin();
        const log = await journals.create('run');
        const empty = log.segmentBytes;
        log.append(bytes(1));
        log.roll();
        expect(log.segmentBytes).toBe(empty);
        log.append(bytes(2));
        log.roll();
        log.append(bytes(3));
        await log.commit();
        await write(log, [bytes(4)]);
        const all = [
          [1, bytes(1)],
          [2, bytes(2)],
          [3, bytes(3)],
          [3, bytes(4)],
        ];
        expect(await read(journals, 'run')).toEqual(all);
        expect(await read(journals, 'run', 2)).toEqual(all.slice(1));
        expect(await read(journals, 'run', 4)).toEqual([]);
        expect(await journals.list()).toMatchObject([{ firstSegment: 1, lastSegment: 3 }]);
      });

      it('an empty segment is not begun', async () => {
        const journals = await begin();
        const log = await journals.create('run');
        log.roll();
        log.roll();
        await write(log, [bytes(1)]);
        log.roll();
        log.roll();
        await log.close();
        expect(await journals.list()).toMatchObject([{ firstSegment: 1, lastSegment: 1 }]);
        const { log: again } = await journals.reopen('run');
        again.roll();
        await write(again, [bytes(2)]);
        expect(await read(journals, 'run')).toEqual([
          [1, bytes(1)],
          [2, bytes(2)],
        ]);
      });

      it('says how large it is, with what is not committed, and the list says the same', async () => {
        const journals = await begin();
        const log = await journals.create('run');
        const sizes = [log.segmentBytes];
        for (const length of [0, 1, 5000]) {
          log.append(new Uint8Array(length));
          sizes.push(log.segmentBytes);
        }
        const [empty = 0, first = 0] = sizes;
        const head = first - empty;
        expect(sizes).toEqual([empty, empty + head, empty + 2 * head + 1, empty + 3 * head + 5001]);
        await log.commit();
        expect(log.segmentBytes).toBe(sizes.at(-1));
        expect((await journals.list())[0]?.bytes).toBe(sizes.at(-1));
      });

      it('a reader that begins while the run goes on gets whole records, and the segments that come meanwhile', async () => {
        const journals = await begin();
        const log = await journals.create('run');
        await write(log, [bytes(1)]);
        const seen: number[] = [];
        for await (const record of journals.read('run')) {
          const value = record.bytes[0] ?? 0;
          seen.push(value);
          if (value === 5) break;
          log.roll();
          await write(log, [bytes(value + 1)]);
        }
        expect(seen).toEqual([1, 2, 3, 4, 5]);
      });
    });

    describe('prune', () => {
      it('keeps everything that is within bounds', async () => {
        const journals = await begin();
        await endedRun(journals, 'run', 1);
        expect(await prune(journals, Number.MAX_SAFE_INTEGER)).toEqual([]);
        expect(await journals.list()).toHaveLength(1);
      });

      it('drops runs that ended and are too old, and no live ones', async () => {
        const journals = await begin();
        for (const run of ['ended', 'live']) await endedRun(journals, run, 3);
        const open = await journals.create('open');
        await write(open, [bytes(1)]);
        const nowMs = Date.now() + 60_000;
        const dropped = await journals.prune({
          maxBytes: Number.MAX_SAFE_INTEGER,
          maxAgeMs: 1000,
          nowMs,
          live: new Set(['live']),
        });
        expect(dropped).toMatchObject([{ run: 'ended', throughSegment: undefined }]);
        expect((await runs(journals)).toSorted()).toEqual(['live', 'open']);
      });

      it('drops the oldest that ended until the rest fits, then leading segments, never the last two', async () => {
        const journals = await begin();
        for (const run of ['one', 'two', 'live']) await endedRun(journals, run, 4);
        const sizes = new Map((await journals.list()).map(({ run, bytes: size }) => [run, size]));
        const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
        const live = new Set(['live']);
        // The files of the three were changed within the same moment: which is the oldest is for them to say.
        const oldest = (await runs(journals)).find((run) => run !== 'live');
        expect(await prune(journals, total - 1, live)).toMatchObject([
          { run: oldest, bytes: sizes.get(oldest ?? '') },
        ]);
        const dropped = await prune(journals, 1, live);
        expect(dropped).toHaveLength(2);
        expect(dropped).toContainEqual(expect.objectContaining({ run: 'live', throughSegment: 2 }));
        expect(await journals.list()).toMatchObject([{ run: 'live', firstSegment: 3, lastSegment: 4 }]);
        expect((await read(journals, 'live')).map(([segment]) => segment)).toEqual([3, 4]);
        expect(await prune(journals, 1, live)).toEqual([]);
      });

      it('a run that lost leading segments goes on', async () => {
        const store = await start();
        await endedRun(store.journals, 'run', 4);
        await prune(store.journals, 1, new Set(['run']));
        const { journals } = await store.restart();
        const { log } = await journals.reopen('run');
        await write(log, [bytes(9)]);
        expect((await read(journals, 'run')).map(([segment]) => segment)).toEqual([3, 4, 4]);
      });
    });

    it('a run that was removed is gone, and its id is free again', async () => {
      const journals = await begin();
      await endedRun(journals, 'run', 2);
      await journals.remove('run');
      expect(await journals.list()).toEqual([]);
      await write(await journals.create('run'), [bytes(1)]);
      expect(await read(journals, 'run')).toEqual([[1, bytes(1)]]);
    });

    it('[I9] whatever is appended, committed, rolled and reopened, the records are those that were committed', async () => {
      const step = fc.oneof(
        { weight: 6, arbitrary: fc.uint8Array({ maxLength: 300 }) },
        { weight: 3, arbitrary: fc.constant('commit' as const) },
        { weight: 1, arbitrary: fc.constant('roll' as const) },
        { weight: 1, arbitrary: fc.constant('reopen' as const) },
        { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 140_000 }) },
      );
      const property = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const store = await open();
        let { journals } = store;
        let restarted = store;
        try {
          let log = await journals.create('run');
          await write(log, [bytes(42)]);
          const expected: Uint8Array[] = [bytes(42)];
          for (const each of steps) {
            if (each === 'roll') log.roll();
            else if (each === 'commit') await log.commit();
            else if (each === 'reopen') {
              restarted = await restarted.restart();
              journals = restarted.journals;
              log = (await journals.reopen('run')).log;
            } else {
              const record = typeof each === 'number' ? new Uint8Array(each).fill(each % 251) : each;
              log.append(record);
              expected.push(record);
            }
          }
          await log.commit();
          const got = await read(journals, 'run');
          const same =
            got.length === expected.length && got.every(([, record], at) => isSame(record, expected[at]));
          expect(same).toBe(true);
        } finally {
          await restarted.dispose();
        }
      });
      await fc.assert(property, { numRuns: 40 });
    });
  });
}

export function bytes(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

export async function write(log: JournalLog, records: readonly Uint8Array[]): Promise<void> {
  for (const record of records) log.append(record);
  await log.commit();
}

export async function read(
  journals: Pick<Journals, 'read'>,
  run: string,
  fromSegment?: number,
): Promise<[segment: number, record: Uint8Array][]> {
  const records: [number, Uint8Array][] = [];
  const options = fromSegment === undefined ? {} : { fromSegment };
  for await (const record of journals.read(run, options)) records.push([record.segment, record.bytes]);
  return records;
}

/** As toEqual says, much faster for large ones. */
function isSame(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(one, other) === 0;
}

/** A run of so many segments, closed. */
async function endedRun(journals: Journals, run: string, segments: number): Promise<void> {
  const log = await journals.create(run);
  for (let segment = 1; segment <= segments; segment++) {
    await write(log, [new Uint8Array(1000).fill(segment)]);
    log.roll();
  }
  await log.close();
}

async function runs(journals: Journals): Promise<string[]> {
  return (await journals.list()).map(({ run }) => run);
}

function prune(journals: Journals, maxBytes: number, live = NOTHING_LIVE) {
  return journals.prune({ maxBytes, maxAgeMs: Number.MAX_SAFE_INTEGER, nowMs: Date.now(), live });
}
