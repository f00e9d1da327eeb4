/**
 * The bytes of a segment: a head that says what it is, then records, each with its length and a checksum over both, so that a flipped byte
 * anywhere, a half-written end and an end of zeros are all found.
 */
import { crc32 } from 'node:zlib';
import { JoywireError } from '../../shared/errors.ts';

/** Version of the layout described here; what records mean has a version of its own. */
const LAYOUT = 1;
const MAGIC = 'joywire\n';

/** Magic, layout as u32, and the CRC-32 of both as u32; all numbers are little-endian. */
export const SEGMENT_HEAD_BYTES = 16;
/** Before the bytes of a record: their length as u32, and the CRC-32 of the length and them as u32. */
export const RECORD_HEAD_BYTES = 8;
/** Largest record: what a whole group of pictures takes, and more. A length beyond it can only be damage. */
export const MAX_RECORD_BYTES = 256 * 1024 * 1024;

export function segmentHead(): Buffer {
  const head = Buffer.alloc(SEGMENT_HEAD_BYTES);
  head.write(MAGIC, 'latin1');
  head.writeUInt32LE(LAYOUT, 8);
  head.writeUInt32LE(crc32(head.subarray(0, 12)), 12);
  return head;
}

/**
 * Whether this is the head of a segment.
 * @throws JoywireError `journal_failed` for one of another version: it is whole, so it must not be taken for damage
 */
export function isSegmentHead(head: Buffer): boolean {
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC) return false;
  if (crc32(head.subarray(0, 12)) !== head.readUInt32LE(12)) return false;
  const layout = head.readUInt32LE(8);
  if (layout === LAYOUT) return true;
  throw new JoywireError(
    'journal_failed',
    `the journal was written by another version: layout ${layout}; allowed: ${LAYOUT}`,
  );
}

/** Writes a record with its head into `target`, which has room for it; returns where it ends. */
export function writeRecord(target: Buffer, at: number, record: Uint8Array): number {
  target.writeUInt32LE(record.length, at);
  target.set(record, at + RECORD_HEAD_BYTES);
  target.writeUInt32LE(crc32(record, crc32(target.subarray(at, at + 4))), at + 4);
  return at + RECORD_HEAD_BYTES + record.length;
}

/** The length that the record whose head is at `at` claims to have. */
export function claimedBytes(source: Buffer, at: number): number {
  return source.readUInt32LE(at);
}

/** Whether the record at `at`, which is there with all the bytes it claims, is what was written. */
export function isWhole(source: Buffer, at: number): boolean {
  const start = at + RECORD_HEAD_BYTES;
  const bytes = source.subarray(start, start + claimedBytes(source, at));
  return crc32(bytes, crc32(source.subarray(at, at + 4))) === source.readUInt32LE(at + 4);
}

/** @throws JoywireError `journal_failed` for a record that could not be read back */
export function checkSize(record: Uint8Array): void {
  if (record.length <= MAX_RECORD_BYTES) return;
  const allowed = `at most ${MAX_RECORD_BYTES}`;
  throw new JoywireError('journal_failed', `a record has ${record.length} bytes; allowed: ${allowed}`);
}
