/** Journals in a data directory that this process alone writes to. */
import { statSync, truncateSync, unlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { JoywireError } from '../../shared/errors.ts';
import { lockData } from './data-lock.ts';
import { FileLog } from './file-log.ts';
import type {
  Cut,
  Dropped,
  Durability,
  JournalLog,
  Journals,
  ReadOptions,
  Retention,
  RunListing,
  StoredRecord,
} from './journal.ts';
import { RunFolders, unknownRun } from './run-folders.ts';
import { SEGMENT_HEAD_BYTES } from './segment.ts';
import { readSegment } from './segment-reader.ts';
import { syncFolder } from './segment-writer.ts';

export interface FileJournalsOptions {
  /** The data directory; made if need be. */
  readonly data: string;
  readonly durability: Durability;
}

export class FileJournals implements Journals {
  readonly #folders: RunFolders;
  readonly #durability: Durability;
  readonly #unlock: () => void;
  readonly #open = new Map<string, FileLog>();
  #closed = false;

  /** Takes the data directory. @throws JoywireError `data_in_use`, `journal_failed` */
  static async open({ data, durability }: FileJournalsOptions): Promise<FileJournals> {
    const unlock = lockData(data);
    const folders = new RunFolders(data);
    await folders.sweep();
    return new FileJournals(folders, durability, unlock);
  }

  private constructor(folders: RunFolders, durability: Durability, unlock: () => void) {
    this.#folders = folders;
    this.#durability = durability;
    this.#unlock = unlock;
  }

  async create(run: string): Promise<JournalLog> {
    const segments = await this.#folders.segments(run);
    if (this.#open.has(run) || segments.length > 0) {
      throw new JoywireError('journal_exists', `run ${run} has a journal`);
    }
    try {
      const folder = this.#folders.make(run);
      if (this.#durability === 'power') await syncFolder(dirname(folder));
    } catch (error) {
      throw failed(error);
    }
    return this.#log(run, 1, 0);
  }

  async reopen(run: string): Promise<{ readonly log: JournalLog; readonly cut: Cut | undefined }> {
    this.#checkClosed(run);
    try {
      return await this.#reopen(run);
    } catch (error) {
      throw failed(error);
    }
  }

  list(): Promise<readonly RunListing[]> {
    return this.#folders.list();
  }

  read(run: string, options?: ReadOptions): AsyncIterable<StoredRecord> {
    return this.#folders.read(run, options);
  }

  prune(retention: Retention): Promise<readonly Dropped[]> {
    return this.#folders.prune({ ...retention, live: new Set([...retention.live, ...this.#open.keys()]) });
  }

  async remove(run: string): Promise<void> {
    this.#checkClosed(run);
    await this.#folders.remove(run);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const closed = await Promise.allSettled([...this.#open.values()].map((log) => log.close()));
    this.#unlock();
    for (const result of closed) if (result.status === 'rejected') throw result.reason;
  }

  async #reopen(run: string): Promise<{ readonly log: JournalLog; readonly cut: Cut | undefined }> {
    const last = (await this.#folders.segments(run)).at(-1);
    if (last === undefined) throw unknownRun(run);
    const path = this.#folders.pathOf(run, last.segment);
    const { end, cut } = await wholeEnd(path, last.segment);
    if (cut !== undefined) truncateSync(path, end);
    if (end > SEGMENT_HEAD_BYTES) {
      if (this.#durability === 'power') await syncFile(path);
      return { log: this.#log(run, last.segment, end), cut };
    }
    // Not one whole record: the segment was never begun, and the one before goes on.
    unlinkSync(path);
    const isOnly = (await this.#folders.segments(run)).length === 0;
    if (isOnly) return { log: this.#log(run, last.segment, 0), cut };
    const earlier = await this.#reopen(run);
    return { log: earlier.log, cut: earlier.cut ?? cut };
  }

  #checkClosed(run: string): void {
    if (this.#open.has(run)) throw new JoywireError('journal_failed', `run ${run} is being written to`);
  }

  #log(run: string, segment: number, bytes: number): FileLog {
    // Whoever called has waited meanwhile.
    this.#checkClosed(run);
    if (this.#closed) throw new JoywireError('journal_failed', 'the journals are closed');
    const log = new FileLog({
      durability: this.#durability,
      pathOf: (number) => this.#folders.pathOf(run, number),
      segment,
      bytes,
      onClose: () => this.#open.delete(run),
    });
    this.#open.set(run, log);
    return log;
  }
}

/** Where the whole records of a segment end. */
async function wholeEnd(path: string, segment: number): Promise<{ end: number; cut: Cut | undefined }> {
  let cut: Cut | undefined;
  let end = statSync(path).size;
  for await (const _ of readSegment(path, segment, (where) => (cut = where)));
  if (cut !== undefined) end = cut.atByte;
  return { end, cut };
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function failed(error: unknown): JoywireError {
  if (error instanceof JoywireError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new JoywireError('journal_failed', `the journal cannot be kept: ${why}`, { cause: error });
}
