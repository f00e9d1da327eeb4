/** The journal of one run on disk, as its writer has it. */
import { JoywireError } from '../../shared/errors.ts';
import type { Durability, JournalLog } from './journal.ts';
import { SegmentWriter } from './segment-writer.ts';

export interface FileLogOptions {
  readonly durability: Durability;
  /** Path of a segment's file. */
  readonly pathOf: (segment: number) => string;
  /** The segment to go on with, and the bytes it has; 0 for a new one. */
  readonly segment: number;
  readonly bytes: number;
  readonly onClose: () => void;
}

export class FileLog implements JournalLog {
  readonly #options: FileLogOptions;
  #segment: number;
  #current: SegmentWriter;
  /** Segments before the current one that are not safe yet. */
  #earlier: SegmentWriter[] = [];
  #syncing: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;
  #closed = false;

  constructor(options: FileLogOptions) {
    this.#options = options;
    this.#segment = options.segment;
    this.#current = new SegmentWriter(options.pathOf(options.segment), options.bytes);
  }

  get segmentBytes(): number {
    return this.#current.bytes;
  }

  append(record: Uint8Array): void {
    if (this.#closed) throw new JoywireError('journal_failed', 'the journal is closed');
    this.#current.append(record);
  }

  commit(): Promise<void> | undefined {
    return this.#closed ? undefined : this.#commit();
  }

  roll(): void {
    if (this.#current.fresh) return;
    this.#earlier.push(this.#current);
    this.#segment += 1;
    this.#current = new SegmentWriter(this.#options.pathOf(this.#segment), 0);
    this.#dropEarlier();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#commit();
    } finally {
      for (const writer of this.#writers) writer.close();
      this.#options.onClose();
    }
  }

  get #writers(): readonly SegmentWriter[] {
    return [...this.#earlier, this.#current];
  }

  #commit(): Promise<void> | undefined {
    if (this.#writers.every((writer) => writer.clean)) return undefined;
    return this.#options.durability === 'process' ? this.#commitWritten() : this.#commitSynced();
  }

  #commitWritten(): Promise<void> | undefined {
    try {
      this.#write();
    } catch (error) {
      return Promise.reject(failed(error));
    }
    for (const writer of this.#writers) writer.settle();
    this.#dropEarlier();
    return undefined;
  }

  /** Commits that come while the disk is busy share the sync that follows. */
  #commitSynced(): Promise<void> {
    if (this.#syncing === undefined) return this.#sync();
    this.#nextSync ??= this.#syncing
      .catch(() => undefined)
      .then(() => {
        this.#nextSync = undefined;
        return this.#sync();
      });
    return this.#nextSync;
  }

  #sync(): Promise<void> {
    const syncing = this.#writeAndSync().finally(() => {
      this.#syncing = undefined;
    });
    this.#syncing = syncing;
    return syncing;
  }

  async #writeAndSync(): Promise<void> {
    try {
      this.#write();
      for (const writer of this.#writers) await writer.sync();
    } catch (error) {
      throw failed(error);
    }
    this.#dropEarlier();
  }

  #write(): void {
    for (const writer of this.#writers) if (!writer.clean) writer.write();
  }

  #dropEarlier(): void {
    for (const writer of this.#earlier) if (writer.clean) writer.close();
    this.#earlier = this.#earlier.filter((writer) => !writer.clean);
  }
}

function failed(error: unknown): JoywireError {
  const why = error instanceof Error ? error.message : String(error);
  return new JoywireError('journal_failed', `the journal cannot be kept: ${why}`, { cause: error });
}
