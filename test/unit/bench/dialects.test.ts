import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../../bench/generator/dialects/dialect.ts';
import { dialectOf } from '../../../bench/generator/dialects/dialects.ts';
import { PressFrames, ServerFrames } from '../../../bench/generator/frames.ts';

const PRESS = { buttons: 2, hold: 1, gap: 0 };
const packr = new Packr({ useRecords: false, variableMapSize: true });

/** The payloads of masked frames of at most 125 bytes. */
function unmasked(bytes: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = (bytes[at + 1] ?? 0) & 0x7f;
    const mask = bytes.subarray(at + 2, at + 6);
    const masked = bytes.subarray(at + 6, at + 6 + length);
    payloads.push(Buffer.from(Array.from(masked, (byte, index) => byte ^ (mask[index % 4] ?? 0))));
    at += 6 + length;
  }
  return payloads;
}

function saidBy(dialect: Dialect): Buffer[] {
  return unmasked(new PressFrames(dialect.press).build(41, 2));
}

function read(dialect: Dialect, answer: Buffer | string): number {
  const bytes = Buffer.from(answer);
  return dialect.read(bytes, 0, bytes.length);
}

describe('what the generator says to each kind of server', () => {
  it('is an input to a gateway and to the bare servers', () => {
    for (const speaks of ['echo', 'acks'] as const) {
      const said = saidBy(dialectOf({ speaks }, PRESS)).map((payload) => packr.unpack(payload));
      expect(said).toEqual([
        [2, 41, 2, 1, 0],
        [2, 42, 2, 1, 0],
      ]);
    }
  });

  it('is an event with an acknowledgement to Socket.IO', () => {
    const said = saidBy(dialectOf({ speaks: 'socketio' }, PRESS)).map(String);
    expect(said).toEqual(['421000041["press",2,1,0]', '421000042["press",2,1,0]']);
  });

  it('is a packet to Socket.IO with the msgpack parser', () => {
    const said = saidBy(dialectOf({ speaks: 'socketio_msgpack' }, PRESS)).map((bytes) => packr.unpack(bytes));
    expect(said[0]).toEqual({ type: 2, data: ['press', 2, 1, 0], nsp: '/', id: 41 });
  });

  it('is a message to a room of Colyseus', () => {
    const [said] = saidBy(dialectOf({ speaks: 'colyseus' }, PRESS));
    expect(said?.subarray(0, 7).toString('latin1')).toBe('\u{d}\u{a5}press');
    expect(packr.unpack(said?.subarray(7) ?? Buffer.of())).toEqual([41, 2, 1, 0]);
  });
});

describe('an answer', () => {
  const answers = [
    ['acks', (seq: number, status: number) => packr.pack([2, seq, [[status, 300, 1]]])],
    ['socketio', (seq: number, status: number) => `43${1_000_000 + seq}[${status},300,1]`],
    [
      'socketio_msgpack',
      (seq: number, status: number) => packr.pack({ id: seq, type: 3, data: [status, 300, 1], nsp: '/' }),
    ],
    [
      'colyseus',
      (seq: number, status: number) =>
        Buffer.concat([Buffer.from('\u{d}\u{a3}ack', 'latin1'), packr.pack([seq, status, 300, 1])]),
    ],
  ] as const;

  it.each(answers)('of %s counts when it is the next and says that the press ran', (speaks, answer) => {
    const dialect = dialectOf({ speaks }, PRESS);
    // So many that the seq takes one, two, three and five bytes of msgpack.
    let counted = 0;
    for (let seq = 1; seq <= 66_000; seq++) counted += read(dialect, answer(seq, 0));
    expect(counted).toBe(66_000);
  });

  it.each(answers)('of %s that skips a press is a fault of the run', (speaks, answer) => {
    expect(() => read(dialectOf({ speaks }, PRESS), answer(2, 0))).toThrow('came instead of 1');
  });

  it.each(answers)('of %s that says the press did not run is a fault of the run', (speaks, answer) => {
    expect(() => read(dialectOf({ speaks }, PRESS), answer(1, 3))).toThrow();
  });
});

describe('frames from a server', () => {
  it('are read whole however they are cut', () => {
    const stream = Buffer.concat([
      Buffer.of(0x82, 3, 1, 2, 3, 0x89, 0, 0x81, 2, 4, 5),
      Buffer.of(0x82, 126, 0, 200),
      Buffer.alloc(200, 7),
    ]);
    for (let cut = 0; cut <= stream.length; cut++) {
      const frames = new ServerFrames();
      const got: number[] = [];
      for (const chunk of [stream.subarray(0, cut), stream.subarray(cut)]) {
        frames.read(chunk, (_bytes, start, end) => got.push(end - start));
      }
      expect(got).toEqual([3, 2, 200]);
    }
  });
});
