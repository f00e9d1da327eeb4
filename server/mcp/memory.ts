/** Memory for models: addresses as they write them, bytes in hex and decimal. */
import { z } from 'zod';
import type { MemoryRange } from '../../client/index.ts';
import { JoywireError } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/protocol.ts';

/** Most bytes of one answer: more would fill the model's context. */
const MAX_BYTES = 4096;
const MAX_ADDRESS = 0xffff;
const ROW_BYTES = 16;

const address = z
  .union([z.int().min(0).max(MAX_ADDRESS), z.string().regex(/^0x[0-9A-Fa-f]{1,4}$/)])
  .describe('Address in the Game Boy’s memory: a number, or hex such as "0xC011"');

/** What may be read. */
export const rangesSchema = z
  .array(z.object({ address, length: z.int().min(1).max(MAX_BYTES).default(1).describe('Bytes to read') }))
  .min(1)
  .max(LIMITS.maxRanges)
  .describe(`Ranges of memory, together at most ${MAX_BYTES} bytes`);

export type Ranges = z.output<typeof rangesSchema>;

/** What was read. */
export const bytesSchema = z
  .array(
    z.object({
      address: z.string().describe('Hex'),
      hex: z.string().describe('The bytes, two hex digits each'),
      bytes: z.array(z.int()).describe('The same as numbers'),
    }),
  )
  .describe('One for each range that was asked for');

/** @throws JoywireError `invalid_argument` */
export function rangesOf(ranges: Ranges): readonly MemoryRange[] {
  const total = ranges.reduce((sum, { length }) => sum + length, 0);
  if (total > MAX_BYTES) {
    throw invalid(`ranges: got ${total} bytes together; allowed: at most ${MAX_BYTES}`);
  }
  return ranges.map(({ address: from, length }) => {
    const start = Number(from);
    if (start + length - 1 <= MAX_ADDRESS) return [start, length];
    throw invalid(
      `ranges: ${hexAddress(start)} and ${length} bytes; allowed: up to ${hexAddress(MAX_ADDRESS)}`,
    );
  });
}

export function bytesOf(ranges: readonly MemoryRange[], memory: readonly Uint8Array[]) {
  return ranges.map(([start], index) => {
    const bytes = memory[index] ?? new Uint8Array();
    return { address: hexAddress(start), hex: Buffer.from(bytes).toString('hex'), bytes: Array.from(bytes) };
  });
}

/** Rows of 16 bytes in hex, with the numbers behind them. */
export function bytesText(read: ReturnType<typeof bytesOf>): string {
  return read.flatMap(({ address: at, bytes }) => rowsOf(Number(at), bytes)).join('\n');
}

function rowsOf(start: number, bytes: readonly number[]): string[] {
  if (bytes.length === 0) return [`${hexAddress(start)}: cannot be read`];
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW_BYTES) {
    const row = bytes.slice(at, at + ROW_BYTES);
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' ');
    rows.push(`${hexAddress(start + at)}: ${hex} (decimal ${row.join(' ')})`);
  }
  return rows;
}

function hexAddress(value: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(4, '0')}`;
}

function invalid(message: string): JoywireError {
  return new JoywireError('invalid_argument', message);
}
