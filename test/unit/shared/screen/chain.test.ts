import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Machine } from '../../../../server/emulator/drivers/embedded/machine.ts';
import { ScreenDecoder } from '../../../../shared/screen/decoder.ts';
import { END_PICTURE, type Scale, ScreenEncoder } from '../../../../shared/screen/encoder.ts';
import { SCREEN_HEIGHT, SCREEN_WIDTH } from '../../../../shared/screen/geometry.ts';
import { halve } from '../../../../shared/screen/halve.ts';

const SIZE = { width: SCREEN_WIDTH, height: SCREEN_HEIGHT };
const PIXELS = SCREEN_WIDTH * SCREEN_HEIGHT;

/** What is done to a picture to get the next one. */
type Change =
  | { readonly kind: 'scroll'; readonly dx: number; readonly dy: number }
  | {
      readonly kind: 'box';
      readonly x: number;
      readonly y: number;
      readonly w: number;
      readonly h: number;
      readonly color: number;
    }
  | { readonly kind: 'noise'; readonly seed: number; readonly colors: number }
  | { readonly kind: 'nothing' };

/** A change, and whether the watcher gets what is sent of it. */
const steps = fc.array(
  fc.record({
    change: fc.oneof(
      fc.record({
        kind: fc.constant('scroll' as const),
        dx: fc.integer({ min: -9, max: 9 }),
        dy: fc.integer({ min: -9, max: 9 }),
      }),
      fc.record({
        kind: fc.constant('box' as const),
        x: fc.nat(SCREEN_WIDTH - 1),
        y: fc.nat(SCREEN_HEIGHT - 1),
        w: fc.nat(SCREEN_WIDTH),
        h: fc.nat(SCREEN_HEIGHT),
        color: fc.nat(0xffffff),
      }),
      fc.record({
        kind: fc.constant('noise' as const),
        seed: fc.nat(),
        colors: fc.constantFrom(1, 2, 3, 4, 5, 16, 17, 256, 257, 20000),
      }),
      fc.constant({ kind: 'nothing' as const }),
    ),
    received: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

function changed(before: Uint8Array, change: Change): Uint8Array {
  const after = new Uint8Array(before);
  const paint = (pixel: number, color: number) => {
    after[pixel * 3] = color >> 16;
    after[pixel * 3 + 1] = (color >> 8) & 0xff;
    after[pixel * 3 + 2] = color & 0xff;
  };
  switch (change.kind) {
    case 'scroll':
      for (let pixel = 0; pixel < PIXELS; pixel++) {
        const from = (pixel + change.dy * SCREEN_WIDTH + change.dx + PIXELS) % PIXELS;
        after.set(before.subarray(from * 3, from * 3 + 3), pixel * 3);
      }
      return after;
    case 'box':
      for (let y = change.y; y < Math.min(SCREEN_HEIGHT, change.y + change.h); y++) {
        for (let x = change.x; x < Math.min(SCREEN_WIDTH, change.x + change.w); x++) {
          paint(y * SCREEN_WIDTH + x, change.color);
        }
      }
      return after;
    case 'noise':
      for (let pixel = 0, state = change.seed; pixel < PIXELS; pixel++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        paint(pixel, ((state >>> 12) % change.colors) * 811);
      }
      return after;
    case 'nothing':
      return after;
  }
}

/** Decodes and says which picture it is, in the encoder's own terms. */
function shown(decoder: ScreenDecoder, payload: Uint8Array): { rgb: Uint8Array; frame: number } | string {
  const decoded = decoder.decode(payload);
  if (decoded.kind !== 'picture') return decoded.kind;
  const { pixels, palette, frame } = decoded.picture;
  const rgb = new Uint8Array(pixels.length * 3);
  pixels.forEach((number, pixel) => {
    const color = palette[number] ?? -1;
    rgb.set([color >> 16, (color >> 8) & 0xff, color & 0xff], pixel * 3);
  });
  return { rgb, frame };
}

/** Without the comparison element by element that `toEqual` makes, which takes seconds here. */
function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

describe('a chain of pictures', () => {
  it('[I8] is what the core showed, whatever it showed and whichever pictures were missed', () => {
    const chain = fc.tuple(fc.constantFrom<Scale>(1, 2), steps);
    fc.assert(
      fc.property(chain, ([scale, changes]) => {
        const encoder = new ScreenEncoder(scale);
        const decoder = new ScreenDecoder();
        let core = new Uint8Array(PIXELS * 3);
        let behind = true;
        for (const [frame, { change, received }] of changes.entries()) {
          core = new Uint8Array(changed(core, change));
          const sent = encoder.next(core, frame);
          if (sent === undefined) continue;
          if (!received) {
            behind = true;
            continue;
          }
          if (behind && !sent.key) expect(shown(decoder, sent.bytes)).toBe('gap');
          const payload = behind ? encoder.key()?.bytes : sent.bytes;
          const expected = scale === 1 ? core : halve(core, SIZE);
          const got = shown(decoder, payload ?? END_PICTURE);
          expect(typeof got === 'string' ? got : got.frame).toBe(frame);
          expect(typeof got !== 'string' && same(got.rgb, expected)).toBe(true);
          behind = false;
        }
      }),
      { numRuns: 60 },
    );
  });

  it('says nothing of a picture that did not change', () => {
    const encoder = new ScreenEncoder(1);
    const picture = changed(new Uint8Array(PIXELS * 3), { kind: 'noise', seed: 1, colors: 4 });
    expect(encoder.next(picture, 1)?.key).toBe(true);
    expect(encoder.next(picture.slice(), 2)).toBeUndefined();
    expect(encoder.next(changed(picture, { kind: 'scroll', dx: 1, dy: 0 }), 3)).toMatchObject({
      key: false,
      number: 2,
    });
  });

  it('gives a picture that scrolled in a fraction of the bytes of the whole', () => {
    for (const [dx, dy] of [
      [1, 0],
      [0, -2],
      [-3, 0],
      [2, 2],
    ] as const) {
      const encoder = new ScreenEncoder(1);
      const picture = changed(new Uint8Array(PIXELS * 3), { kind: 'noise', seed: 7, colors: 4 });
      const whole = encoder.next(picture, 1)?.bytes.length ?? 0;
      const moved = encoder.next(changed(picture, { kind: 'scroll', dx, dy }), 2)?.bytes.length ?? whole;
      // What a scroll along both axes uncovers lies in many pieces.
      expect(moved * (dx !== 0 && dy !== 0 ? 5 : 30)).toBeLessThan(whole);
    }
  });

  it('begins anew when there are more colours than are kept', () => {
    const encoder = new ScreenEncoder(1);
    let picture = changed(new Uint8Array(PIXELS * 3), { kind: 'noise', seed: 1, colors: 200 });
    expect(encoder.next(picture, 1)?.key).toBe(true);
    for (let color = 0; color < 100; color++) {
      picture = changed(picture, { kind: 'box', x: 0, y: 0, w: 9, h: 9, color: 0xff0000 + color });
      const key = encoder.next(picture, color)?.key;
      if (key === true) {
        expect(color).toBe(56);
        return;
      }
    }
    expect.unreachable('it went on for ever');
  });

  it('[I8] shows the game that ships exactly, as it is played', () => {
    const rom = readFileSync(new URL('../../../../roms/overworld.gb', import.meta.url));
    const machine = new Machine({ rom, battery: undefined, sound: false });
    const encoder = new ScreenEncoder(1);
    const decoder = new ScreenDecoder();
    const buttons = [
      ...Array(60).fill(0),
      8,
      ...Array(60).fill(0),
      ...Array(80).fill(16),
      ...Array(40).fill(128),
    ];
    let last: Uint8Array | undefined;
    for (const [frame, held] of buttons.entries()) {
      machine.runFrame(held, true);
      const sent = encoder.next(machine.picture(), frame);
      if (sent !== undefined) {
        const got = shown(decoder, sent.bytes);
        last = typeof got === 'string' ? undefined : got.rgb;
      }
      expect(last !== undefined && same(last, machine.picture())).toBe(true);
    }
  });
});

describe('the decoder of pictures', () => {
  it('takes any bytes and never throws', () => {
    const encoder = new ScreenEncoder(2);
    const picture = changed(new Uint8Array(PIXELS * 3), { kind: 'noise', seed: 3, colors: 4 });
    const key = encoder.next(picture, 1)?.bytes ?? END_PICTURE;
    const delta = encoder.next(changed(picture, { kind: 'scroll', dx: 2, dy: 0 }), 2)?.bytes ?? END_PICTURE;
    const broken = fc.record({
      payload: fc.constantFrom(key, delta),
      cut: fc.nat(key.length),
      at: fc.nat(key.length),
      byte: fc.nat(255),
    });
    fc.assert(
      fc.property(broken, fc.uint8Array(), ({ payload, cut, at, byte }, noise) => {
        const decoder = new ScreenDecoder();
        const bad = payload.slice(0, cut);
        if (at < bad.length) bad[at] = byte;
        for (const bytes of [noise, key, bad, delta, key]) decoder.decode(bytes);
        expect(decoder.decode(key).kind).toBe('picture');
      }),
    );
  });

  it('says that a picture ends in the middle', () => {
    const encoder = new ScreenEncoder(2);
    const key = encoder.next(new Uint8Array(PIXELS * 3), 1)?.bytes ?? END_PICTURE;
    expect(new ScreenDecoder().decode(key.slice(0, -1))).toMatchObject({ kind: 'faulty' });
    expect(new ScreenDecoder().decode(new Uint8Array())).toMatchObject({ kind: 'gap' });
    expect(new ScreenDecoder().decode(END_PICTURE)).toEqual({ kind: 'end' });
  });

  it('passes bits and trailing bytes over that it does not know', () => {
    const encoder = new ScreenEncoder(2);
    const key = encoder.next(new Uint8Array(PIXELS * 3), 5)?.bytes ?? END_PICTURE;
    const later = Uint8Array.of(...key, 1, 2, 3);
    later[0] = (later[0] ?? 0) | 0b1010_0000;
    expect(new ScreenDecoder().decode(later)).toMatchObject({ kind: 'picture', picture: { frame: 5 } });
  });
});
