import type { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { FrameReader } from '../../../../server/connection/frame-reader.ts';

const MAX_BYTES = 300;

interface Frame {
  readonly first: number;
  readonly masked: boolean;
  readonly payload: Uint8Array;
}

function bytesOf({ first, masked, payload }: Frame): Buffer {
  const { length } = payload;
  const said = length < 126 ? [length] : [126, length >> 8, length & 0xff];
  const mask = masked ? [1, 0x82, 0, 0xff] : [];
  const body = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.from([first, (masked ? 0x80 : 0) | (said[0] ?? 0), ...said.slice(1), ...mask, ...body]);
}

const small = fc.uint8Array({ maxLength: 125 });
const good: fc.Arbitrary<Frame> = fc.record({
  first: fc.constant(0x82),
  masked: fc.constant(true),
  payload: fc.oneof({ weight: 4, arbitrary: small }, fc.uint8Array({ minLength: 126, maxLength: MAX_BYTES })),
});
const control: fc.Arbitrary<Frame> = fc.record({
  first: fc.constantFrom(0x89, 0x8a),
  masked: fc.constant(true),
  payload: small,
});
const closing: fc.Arbitrary<Frame> = fc.record({
  first: fc.constant(0x88),
  masked: fc.constant(true),
  payload: fc.constantFrom(Uint8Array.of(), Uint8Array.of(0x03, 0xe8), Uint8Array.of(1)),
});
const any: fc.Arbitrary<Frame> = fc.record({
  first: fc.nat(255),
  masked: fc.boolean(),
  payload: fc.uint8Array({ maxLength: MAX_BYTES + 10 }),
});
const frames = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: good },
    { weight: 3, arbitrary: control },
    { weight: 1, arbitrary: closing },
    { weight: 1, arbitrary: any },
  ),
  { maxLength: 12 },
);

/** What ws makes of bytes, with or without a reader before it. */
async function heard(chunks: readonly Buffer[], withReader: boolean): Promise<string[]> {
  const said: string[] = [];
  const receiver = wsReceiver(said);
  const reader = new FrameReader(
    {
      message: (payload) => said.push(`message ${payload.toString('hex')}`),
      others: (bytes) => void receiver.write(Buffer.from(bytes)),
    },
    MAX_BYTES,
  );
  receiver.on('error', () => reader.close());
  receiver.on('conclude', () => reader.close());
  for (const chunk of chunks) {
    if (said.some((what) => what === 'error' || what === 'conclude')) break;
    if (withReader) reader.read(Buffer.from(chunk));
    else receiver.write(Buffer.from(chunk));
    // Chunks come in turns of their own, and ws tells of errors in the next.
    await new Promise(setImmediate);
  }
  return said;
}

function wsReceiver(said: string[]) {
  // Its types leave it out.
  const Receiver: new (options: object) => Writable = Reflect.get(ws, 'Receiver');
  const receiver = new Receiver({ isServer: true, maxPayload: MAX_BYTES, allowSynchronousEvents: true });
  for (const event of ['message', 'ping', 'pong']) {
    receiver.on(event, (data: Buffer) => said.push(`${event} ${data.toString('hex')}`));
  }
  receiver.on('error', () => said.push('error'));
  receiver.on('conclude', () => said.push('conclude'));
  return receiver;
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

describe('the reader of small binary messages', () => {
  it('[I1] hears with ws what ws hears alone, wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(frames, fc.array(fc.nat(5000), { maxLength: 12 }), async (all, places) => {
        const chunks = cut(Buffer.concat(all.map(bytesOf)), places);
        expect(await heard(chunks, true)).toEqual(await heard(chunks, false));
      }),
      { numRuns: 400 },
    );
  });

  it('reads small messages by itself', () => {
    const messages: string[] = [];
    const others: number[] = [];
    const reader = new FrameReader(
      {
        message: (payload) => messages.push(payload.toString()),
        others: ({ length }) => others.push(length),
      },
      MAX_BYTES,
    );
    const frame = (first: number, text: string) =>
      bytesOf({ first, masked: true, payload: new TextEncoder().encode(text) });
    reader.read(Buffer.concat([frame(0x82, 'one'), frame(0x82, ''), frame(0x82, 'x'.repeat(125))]));
    expect(messages).toEqual(['one', '', 'x'.repeat(125)]);
    reader.read(Buffer.concat([frame(0x89, 'ping'), frame(0x82, 'two'), frame(0x82, 'y'.repeat(126))]));
    expect(messages.slice(3)).toEqual(['two']);
    expect(others).toEqual([10, 134]);
  });

  it('leaves everything to ws from the first frame on that is not right', () => {
    const messages: Buffer[] = [];
    let others = 0;
    const reader = new FrameReader(
      { message: (payload) => messages.push(payload), others: ({ length }) => (others += length) },
      MAX_BYTES,
    );
    const right = bytesOf({ first: 0x82, masked: true, payload: Uint8Array.of(1) });
    const unmasked = bytesOf({ first: 0x82, masked: false, payload: Uint8Array.of(1) });
    reader.read(Buffer.concat([right, unmasked, right]));
    reader.read(Buffer.from(right));
    expect(messages).toEqual([Buffer.of(1)]);
    expect(others).toBe(unmasked.length + 2 * right.length);
  });
});
