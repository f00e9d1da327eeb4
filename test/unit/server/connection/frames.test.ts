import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framed } from '../../../../server/connection/frames.ts';

/** Takes frames apart as RFC 6455 section 5.2 has them. */
function parsed(bytes: Buffer): (Buffer | string)[] {
  const messages: (Buffer | string)[] = [];
  for (let at = 0; at < bytes.length; ) {
    const short = bytes[at + 1] ?? 0;
    const [header, length] =
      short < 126
        ? [2, short]
        : short === 126
          ? [4, bytes.readUInt16BE(at + 2)]
          : [10, Number(bytes.readBigUInt64BE(at + 2))];
    const payload = bytes.subarray(at + header, at + header + length);
    messages.push(bytes[at] === 0x81 ? payload.toString() : payload);
    at += header + length;
  }
  return messages;
}

describe('frames that leave in one write', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_000])('carry a message of %i bytes', (length) => {
    const bytes = framed([Buffer.alloc(length, 7)]);
    expect(bytes[0]).toBe(0x82);
    expect(parsed(bytes)).toEqual([Buffer.alloc(length, 7)]);
  });

  it('carry text by its bytes, not its characters', () => {
    expect(parsed(framed(['é'.repeat(63), 'ok']))).toEqual(['é'.repeat(63), 'ok']);
  });

  it('keep messages apart and in order, whatever they are', () => {
    const message = fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(message), (messages) => {
        const expected = messages.map((one) => (typeof one === 'string' ? one : Buffer.from(one)));
        expect(parsed(framed(messages))).toEqual(expected);
      }),
    );
  });
});
