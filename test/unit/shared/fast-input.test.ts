import fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import { expect, it } from 'vitest';
import { encodeClientMessage } from '../../../shared/codec.ts';
import { fastInput } from '../../../shared/fast-input.ts';
import { scanMsgpack } from '../../../shared/msgpack-scan.ts';
import { LIMITS } from '../../../shared/protocol.ts';
import { validateClientMessage } from '../../../shared/validate.ts';

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/** The long way, which every other message takes. */
function slowly(bytes: Uint8Array) {
  if (scanMsgpack(bytes, LIMITS.maxDepth) !== undefined) return undefined;
  const result = validateClientMessage(unpackr.unpack(bytes), 'msgpack');
  return result.ok ? result.message : undefined;
}

const uint = fc.oneof(
  fc.nat({ max: 0x7f }).map((n) => [n]),
  fc.nat({ max: 0xff }).map((n) => [0xcc, n]),
  fc.nat({ max: 0xffff }).map((n) => [0xcd, n >> 8, n & 0xff]),
  fc.nat({ max: 0x7fffffff }).map((n) => [0xce, n >>> 24, (n >> 16) & 0xff, (n >> 8) & 0xff, n & 0xff]),
  fc.uint8Array({ minLength: 1, maxLength: 5 }).map((bytes) => [...bytes]),
);

/** Bytes that are an input, or nearly one. */
const nearly = fc
  .tuple(
    fc.integer({ min: 0x92, max: 0x96 }),
    fc.constantFrom(2, 2, 2, 2, 3, 4),
    fc.array(uint, { maxLength: 6 }),
  )
  .map(([head, type, fields]) => Uint8Array.from([head, type, ...fields.flat()]));

it('the short way takes nothing that the long way would not, and makes the same of it', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.oneof(nearly, fc.uint8Array({ maxLength: 20 })), (bytes) => {
      const quick = fastInput(bytes);
      if (quick === undefined) return;
      taken++;
      expect(quick).toEqual(slowly(bytes));
    }),
    { numRuns: 20_000 },
  );
  expect(taken).toBeGreaterThan(100);
});

it('what our own encoder makes of a press goes the short way', () => {
  const press = { buttons: 1, hold: 300, gap: 70, options: undefined };
  for (const seq of [1, 127, 128, 255, 256, 65_536, 2 ** 32 - 1]) {
    const frame = encodeClientMessage({ type: 'input', seq, press }, 'msgpack');
    expect(typeof frame !== 'string' && fastInput(frame)).toEqual({ type: 'input', seq, press });
  }
});
