/** Reads a segment file record by record, with no more memory than the largest record needs. */
import { type FileHandle, open } from 'node:fs/promises';
import type { Cut } from './journal.ts';
import {
  claimedBytes,
  isSegmentHead,
  isWhole,
  MAX_RECORD_BYTES,
  RECORD_HEAD_BYTES,
  SEGMENT_HEAD_BYTES,
} from './segment.ts';

const CHUNK_BYTES = 64 * 1024;

/**
 * The whole records of a segment, each a copy of its own. Ends before the first that is broken, or half-written, and tells `onCut`.
 * @throws JoywireError `journal_failed` for a segment of another version, and what opening and reading a file throws
 */
export async function* readSegment(
  path: string,
  segment: number,
  onCut: (cut: Cut) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const window = new Window(file, size);
    const cut = (why: string) =>
      onCut({ segment, atByte: window.position, bytes: size - window.position, why });
    if (!(await window.has(SEGMENT_HEAD_BYTES))) return cut('a half-written segment head');
    if (!isSegmentHead(window.buffer.subarray(window.start, window.start + SEGMENT_HEAD_BYTES))) {
      return cut('a broken segment head');
    }
    window.skip(SEGMENT_HEAD_BYTES);
    while (window.position < size) {
      const why = await faultOfNext(window);
      if (why !== undefined) return cut(why);
      const from = window.start + RECORD_HEAD_BYTES;
      const to = from + claimedBytes(window.buffer, window.start);
      // The window is written over by what comes next.
      const record = new Uint8Array(window.buffer.subarray(from, to));
      window.skip(to - window.start);
      yield record;
    }
  } finally {
    await file.close();
  }
}

/** What is wrong with the next record; undefined when it is whole and in the window. */
async function faultOfNext(window: Window): Promise<string | undefined> {
  if (!(await window.has(RECORD_HEAD_BYTES))) return 'a half-written record';
  const bytes = claimedBytes(window.buffer, window.start);
  if (bytes > MAX_RECORD_BYTES) return `a record that claims to have ${bytes} bytes`;
  if (!(await window.has(RECORD_HEAD_BYTES + bytes))) return 'a half-written record';
  return isWhole(window.buffer, window.start) ? undefined : 'a record whose checksum is wrong';
}

/** The part of a file that is in memory: from `start` in `buffer`, which is `position` in the file. */
class Window {
  buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  start = 0;
  position = 0;
  #end = 0;
  readonly #file: FileHandle;
  readonly #size: number;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** Reads until this many bytes are there; false when the file has not so many more. */
  async has(bytes: number): Promise<boolean> {
    if (this.#end - this.start >= bytes) return true;
    if (this.position + bytes > this.#size) return false;
    this.#makeRoom(bytes);
    while (this.#end - this.start < bytes) {
      const from = this.position + this.#end - this.start;
      const room = this.buffer.length - this.#end;
      const { bytesRead } = await this.#file.read(this.buffer, this.#end, room, from);
      if (bytesRead === 0) return false;
      this.#end += bytesRead;
    }
    return true;
  }

  skip(bytes: number): void {
    this.start += bytes;
    this.position += bytes;
  }

  #makeRoom(bytes: number): void {
    const target = bytes > this.buffer.length ? Buffer.allocUnsafe(bytes + CHUNK_BYTES) : this.buffer;
    this.buffer.copy(target, 0, this.start, this.#end);
    this.#end -= this.start;
    this.start = 0;
    this.buffer = target;
  }
}
