/**
 * The journals on disk as anybody may look at them, while a gateway writes or when none runs: one folder a run, one file a segment. Whoever
 * writes is `files.ts`.
 */
import { mkdirSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { JoywireError } from '../../shared/errors.ts';
import type { Cut, Dropped, ReadOptions, Retention, RunListing, StoredRecord } from './journal.ts';
import { type KeptRun, type KeptSegment, toDrop } from './retention.ts';
import { listRuns } from './run-listing.ts';
import { readSegment } from './segment-reader.ts';

/** What a run may be called: no dot, no separator, so that no id leads out of the folder. */
const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const SEGMENT_FILE = /^(\d{6,15})\.jwj$/;
/** No id begins so: what is being removed is no run any more, wherever the removing is broken off. */
const REMOVED = '.removed-';

export class RunFolders {
  readonly #path: string;

  /** @param data the data directory */
  constructor(data: string) {
    this.#path = join(data, 'journals');
  }

  /** Every run that is kept, the one that was written to longest ago first. */
  async list(): Promise<readonly RunListing[]> {
    return listRuns(await this.#runs());
  }

  async *read(run: string, { fromSegment, onCut }: ReadOptions = {}): AsyncGenerator<StoredRecord, void> {
    const first = (await this.segments(run))[0];
    if (first === undefined) throw unknownRun(run);
    let isCut = false;
    const cut = (where: Cut) => {
      isCut = true;
      onCut?.(where);
    };
    let segment = Math.max(first.segment, fromSegment ?? 0);
    while (!isCut) {
      yield* this.#readSegment(run, segment, cut);
      segment += 1;
      if (isCut) return;
      // More may have come while the one before was read; one that is missing before others is told when it is to be read.
      if (!(await this.segments(run)).some((each) => each.segment >= segment)) return;
    }
  }

  /** The segments of a run, in order; none for a run that is not kept. */
  async segments(run: string): Promise<readonly KeptSegment[]> {
    if (!RUN_ID.test(run)) return [];
    const names = await orNothing(readdir(join(this.#path, run)));
    const segments = await Promise.all(
      (names ?? []).map(async (name): Promise<KeptSegment | undefined> => {
        const digits = SEGMENT_FILE.exec(name)?.[1];
        if (digits === undefined) return undefined;
        const file = await orNothing(stat(join(this.#path, run, name)));
        // A file without a byte is a segment that could not be begun.
        if (file === undefined || file.size === 0) return undefined;
        return { segment: Number(digits), bytes: file.size, changedAtMs: file.mtimeMs };
      }),
    );
    return segments
      .filter((each) => each !== undefined)
      .toSorted((one, other) => one.segment - other.segment);
  }

  pathOf(run: string, segment: number): string {
    return join(this.#path, run, `${String(segment).padStart(6, '0')}.jwj`);
  }

  /** Makes the folder of a run; returns its path. @throws JoywireError `journal_failed` for an id that cannot be the name of one */
  make(run: string): string {
    if (!RUN_ID.test(run)) {
      const allowed = 'up to 128 letters, digits, - and _';
      throw new JoywireError('journal_failed', `run ${JSON.stringify(run)}: allowed: ${allowed}`);
    }
    const path = join(this.#path, run);
    mkdirSync(path, { recursive: true });
    return path;
  }

  async prune(retention: Retention): Promise<readonly Dropped[]> {
    const dropped = toDrop(await this.#runs(), retention);
    for (const { run, throughSegment } of dropped) {
      if (throughSegment === undefined) await this.remove(run);
      else await this.#dropSegments(run, throughSegment);
    }
    return dropped;
  }

  /** @throws JoywireError `journal_unknown` */
  async remove(run: string): Promise<void> {
    if ((await this.segments(run)).length === 0) throw unknownRun(run);
    const doomed = join(this.#path, `${REMOVED}${run}`);
    await rm(doomed, { recursive: true, force: true });
    await orNothing(rename(join(this.#path, run), doomed));
    await rm(doomed, { recursive: true, force: true });
  }

  /** Removes what an earlier process did not get done with. */
  async sweep(): Promise<void> {
    const names = (await orNothing(readdir(this.#path))) ?? [];
    for (const name of names) {
      if (name.startsWith(REMOVED)) await rm(join(this.#path, name), { recursive: true, force: true });
    }
  }

  async *#readSegment(
    run: string,
    segment: number,
    cut: (where: Cut) => void,
  ): AsyncGenerator<StoredRecord, void> {
    try {
      for await (const bytes of readSegment(this.pathOf(run, segment), segment, cut))
        yield { segment, bytes };
    } catch (error) {
      if (!isMissing(error)) throw error;
      cut({ segment, atByte: 0, bytes: 0, why: 'a segment that is missing' });
    }
  }

  async #runs(): Promise<readonly KeptRun[]> {
    const names = (await orNothing(readdir(this.#path))) ?? [];
    const runs = await Promise.all(
      names.map(async (run) => {
        const segments = await this.segments(run);
        return { run, segments, changedAtMs: segments.at(-1)?.changedAtMs ?? 0 };
      }),
    );
    return runs.filter(({ segments }) => segments.length > 0);
  }

  /** From the first one on: wherever it is broken off, no hole is left. */
  async #dropSegments(run: string, through: number): Promise<void> {
    for (const { segment } of await this.segments(run)) {
      if (segment <= through) await rm(this.pathOf(run, segment), { force: true });
    }
  }
}

export function unknownRun(run: string): JoywireError {
  return new JoywireError('journal_unknown', `there is no run ${JSON.stringify(run)}`);
}

/** Undefined for what is not there (any more): a gateway may prune while somebody looks. */
async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
