/** Writes one segment file. What is not safe yet stays in memory, so that it can be written again. */
import { closeSync, fdatasync, fsync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { checkSize, RECORD_HEAD_BYTES, segmentHead, writeRecord } from './segment.ts';

const syncData = promisify(fdatasync);
const syncAll = promisify(fsync);

const INITIAL_BYTES = 4096;
/** A buffer that a large record has made larger than this is let go of. */
const KEPT_BUFFER_BYTES = 1024 * 1024;

export class SegmentWriter {
  readonly #path: string;
  #file: number | undefined;
  /** Bytes of the file that are safe; what `#buffer` holds comes after them. */
  #safe: number;
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  #buffered = 0;
  /** How much of the buffer is in the file. */
  #written = 0;
  /** Whether the folder does not know the file for sure. */
  #isNew: boolean;

  /** @param safe bytes that the file has; 0 for a file that is to be made by the first write */
  constructor(path: string, safe: number) {
    this.#path = path;
    this.#safe = safe;
    this.#isNew = safe === 0;
    if (this.#isNew) this.#buffered = segmentHead().copy(this.#buffer);
  }

  get bytes(): number {
    return this.#safe + this.#buffered;
  }

  /** Whether nothing is left to be written or made safe. A head alone is not worth a file. */
  get clean(): boolean {
    return this.#buffered === 0 || this.fresh;
  }

  /** Whether it has no records, nor a file. */
  get fresh(): boolean {
    return this.#safe === 0 && this.#buffered === segmentHead().length;
  }

  append(record: Uint8Array): void {
    checkSize(record);
    this.#makeRoom(RECORD_HEAD_BYTES + record.length);
    this.#buffered = writeRecord(this.#buffer, this.#buffered, record);
  }

  /** Hands what is not in the file yet to the operating system. @throws what writing throws; the file is then as it was when it was last safe */
  write(): void {
    if (this.#written === this.#buffered) return;
    try {
      this.#file ??= this.#openFile();
      // A full disk takes a part first and says so only of the rest.
      while (this.#written < this.#buffered) {
        const at = this.#safe + this.#written;
        this.#written += writeSync(
          this.#file,
          this.#buffer,
          this.#written,
          this.#buffered - this.#written,
          at,
        );
      }
    } catch (error) {
      this.#takeBack();
      throw error;
    }
  }

  /** Counts what is written as safe: the operating system has it. */
  settle(): void {
    this.#settle(this.#written);
  }

  /** Waits until what is written is on the disk. Rejects with what syncing threw; nothing of it is in the file then. */
  async sync(): Promise<void> {
    const file = this.#file;
    const written = this.#written;
    if (file === undefined || written === 0) return;
    try {
      await syncData(file);
      if (this.#isNew) await syncFolder(dirname(this.#path));
      this.#isNew = false;
      this.#settle(written);
    } catch (error) {
      // After a failed sync the system may have dropped the pages: syncing once more would say that all is well.
      this.#takeBack();
      throw error;
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #settle(bytes: number): void {
    this.#safe += bytes;
    this.#buffer.copy(this.#buffer, 0, bytes, this.#buffered);
    this.#buffered -= bytes;
    this.#written -= bytes;
    if (this.#buffered === 0 && this.#buffer.length > KEPT_BUFFER_BYTES) {
      this.#buffer = Buffer.allocUnsafe(INITIAL_BYTES);
    }
  }

  /** Opened anew after a failure, it is cut to what is safe once more, in case that could not be done then. */
  #openFile(): number {
    const file = openSync(this.#path, this.#safe === 0 ? 'w' : 'r+');
    ftruncateSync(file, this.#safe);
    return file;
  }

  #takeBack(): void {
    this.#written = 0;
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    // Where neither can be done, whoever reads meanwhile stops at a checksum or sees what was not acked; the next write covers it.
    attempt(() => ftruncateSync(file, this.#safe));
    attempt(() => closeSync(file));
  }

  #makeRoom(bytes: number): void {
    const needed = this.#buffered + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#buffered);
    this.#buffer = larger;
  }
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // It was to help after a failure, which is told.
  }
}

/** Makes the names of a folder's files safe; not all systems can, and those that cannot need not. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    await syncAll(folder);
  } finally {
    closeSync(folder);
  }
}
