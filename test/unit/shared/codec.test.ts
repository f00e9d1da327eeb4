import fc from 'fast-check';
import { pack, Unpackr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
} from '../../../shared/codec.ts';
import { clientMessage, serverMessage } from '../../support/arbitrary-messages.ts';

const ENCODINGS = ['msgpack', 'json'] as const;

describe.each(ENCODINGS)('the codec in %s', (encoding) => {
  it('gives every client message back as it was', () => {
    fc.assert(
      fc.property(clientMessage, (message) => {
        const decoded = decodeClientMessage(encodeClientMessage(message, encoding), encoding);
        expect(decoded).toEqual({ ok: true, message });
      }),
    );
  });

  it('gives every server message back as it was', () => {
    fc.assert(
      fc.property(serverMessage, (message) => {
        const decoded = decodeServerMessage(encodeServerMessage(message, encoding), encoding);
        expect(decoded).toEqual({ ok: true, message });
      }),
    );
  });

  it('ignores fields that a newer version adds at the end', () => {
    fc.assert(
      fc.property(clientMessage, (message) => {
        const frame = encodeClientMessage(message, encoding);
        if (message.type === 'hello' || message.type === 'bye' || message.type === 'inputs') return;
        const wire = wireOf(frame);
        while (wire.length < 6) wire.push(null);
        wire.push('from the future');
        const longer = encoding === 'json' ? JSON.stringify(wire) : pack(wire);
        expect(decodeClientMessage(longer, encoding)).toEqual({ ok: true, message });
      }),
    );
  });
});

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

function wireOf(frame: Uint8Array | string): unknown[] {
  const wire: unknown = typeof frame === 'string' ? JSON.parse(frame) : unpackr.unpack(frame);
  if (!Array.isArray(wire)) throw new Error('a message is an array');
  return wire;
}

describe('bytes that are no message', () => {
  const decode = (bytes: Uint8Array) => decodeClientMessage(bytes, 'msgpack');
  const problem = (bytes: Uint8Array) => {
    const decoded = decode(bytes);
    return decoded.ok ? undefined : decoded.fault;
  };

  it('a 200,000-deep array is refused before the decoder sees it', () => {
    expect(problem(new Uint8Array(200_000).fill(0x91))).toMatchObject({
      kind: 'payload',
      message: expect.stringContaining('nested deeper'),
    });
    const json = decodeClientMessage('['.repeat(200_000), 'json');
    expect(json).toMatchObject({ ok: false, fault: { kind: 'payload' } });
  });

  it.each([
    ['a timestamp', [0x91, 0xd6, 0xff, 0, 0, 0, 0]],
    ['a fixext', [0x91, 0xd4, 0x00, 0x00]],
    ['an ext 8', [0x91, 0xc7, 0x01, 0x78, 0x00]],
    ['an ext 32', [0x91, 0xc9, 0, 0, 0, 1, 0x65, 0]],
  ])('%s extension is refused', (_, bytes) => {
    expect(problem(Uint8Array.from(bytes))).toMatchObject({
      kind: 'payload',
      message: expect.stringContaining('extension'),
    });
  });

  it.each([
    ['nothing', []],
    ['an array cut short', [0x93, 0x02, 0x01]],
    ['a string cut short', [0x91, 0xa5, 0x61]],
    ['four billion declared elements', [0xdd, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['a map of two billion', [0x91, 0xdf, 0x7f, 0xff, 0xff, 0xff]],
    ['bytes after the message', [0x91, 0x06, 0x06]],
    ['a map with a number for a key', [0x92, 0x01, 0x81, 0x01, 0x02]],
    ['the byte that msgpack never uses', [0x91, 0xc1]],
    ['a number instead of an array', [0x2a]],
  ])('%s is a payload fault', (_, bytes) => {
    expect(problem(Uint8Array.from(bytes))).toMatchObject({ kind: 'payload' });
  });

  it('random bytes never throw and always say what is wrong', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const decoded = decode(bytes);
        if (!decoded.ok) expect(decoded.fault.message).not.toBe('');
      }),
      { numRuns: 3000 },
    );
  });

  it('messages with a byte changed, dropped or doubled never throw', () => {
    fc.assert(
      fc.property(
        clientMessage,
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        fc.nat({ max: 2 }),
        (message, at, byte, how) => {
          const frame = encodeClientMessage(message, 'msgpack');
          if (typeof frame === 'string') return;
          const bytes = [...frame];
          bytes.splice(at % bytes.length, how === 1 ? 0 : 1, ...(how === 2 ? [] : [byte]));
          const decoded = decode(Uint8Array.from(bytes));
          if (!decoded.ok) expect(decoded.fault.message).not.toBe('');
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('random JSON never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const decoded = decodeClientMessage(text, 'json');
        if (!decoded.ok) expect(decoded.fault.message).not.toBe('');
      }),
      { numRuns: 2000 },
    );
  });

  it('integers are taken in any encoding that msgpack has for them', () => {
    const seven = [
      [0x07],
      [0xcc, 7],
      [0xcd, 0, 7],
      [0xce, 0, 0, 0, 7],
      [0xcf, 0, 0, 0, 0, 0, 0, 0, 7],
      [0xd0, 7],
      [0xd3, 0, 0, 0, 0, 0, 0, 0, 7],
    ];
    for (const n of seven) {
      expect(decode(Uint8Array.from([0x92, 12, ...n]))).toEqual({
        ok: true,
        message: { type: 'ping', n: 7 },
      });
    }
    const tooLarge = [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    expect(problem(Uint8Array.from([0x92, 12, ...tooLarge]))).toMatchObject({ kind: 'request' });
  });
});
