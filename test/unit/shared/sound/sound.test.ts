import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSound } from '../../../../shared/sound/decode.ts';
import { encodeSound, END_SOUND } from '../../../../shared/sound/encode.ts';

/** Levels that are held for a while, as a Game Boy's are. */
const samples = fc
  .array(
    fc.record({
      left: fc.integer({ min: -128, max: 127 }),
      right: fc.integer({ min: -128, max: 127 }),
      length: fc.integer({ min: 1, max: 300 }),
    }),
    { maxLength: 20 },
  )
  .map((runs) =>
    Int8Array.from(
      runs.flatMap(({ left, right, length }) => Array.from({ length }, () => [left, right]).flat()),
    ),
  );

describe('sound on its way', () => {
  it('arrives as it was made', () => {
    const chunk = fc.record({
      position: fc.maxSafeNat(),
      frame: fc.maxSafeNat(),
      rate: fc.integer({ min: 1, max: 800_000 }),
      samples,
    });
    fc.assert(
      fc.property(chunk, (made) => {
        expect(decodeSound(encodeSound(made))).toEqual({ kind: 'chunk', chunk: made });
      }),
    );
  });

  it('is written as docs/protocol.md says', () => {
    const made = { position: 0, frame: 2, rate: 44_100, samples: Int8Array.of(10, -5, 10, -5, 0, 0) };
    expect(Buffer.from(encodeSound(made)).toString('hex')).toBe('000002c4d80203020afb010000');
  });

  it('is read from any bytes without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(['chunk', 'end', 'faulty']).toContain(decodeSound(bytes).kind);
      }),
    );
    expect(decodeSound(END_SOUND)).toEqual({ kind: 'end' });
    const whole = encodeSound({ position: 1, frame: 2, rate: 44_100, samples: new Int8Array(8) });
    for (let cut = 1; cut < whole.length; cut++) {
      expect(decodeSound(whole.slice(0, cut)).kind).toBe('faulty');
    }
  });
});
