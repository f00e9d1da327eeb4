import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PictureRate } from '../../../../../server/emulator/drivers/picture-rate.ts';

const FRAME_MS = (70_224 / 4_194_304) * 1000;

/** Offers a picture with every frame, each late by up to some ms; the frames of which one was taken. */
function taken(fps: number, frames: number, jitterMs: (frame: number) => number): number[] {
  const rate = new PictureRate(fps);
  return Array.from({ length: frames }, (_, frame) => frame).filter((frame) => {
    const now = frame * FRAME_MS + jitterMs(frame);
    if (!rate.due(now)) return false;
    rate.took(now);
    return true;
  });
}

describe('the rate of pictures', () => {
  it('takes every frame at 60 a second, every other one at 30, also when frames are late by some ms', () => {
    const jitter = fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 120, maxLength: 120 });
    fc.assert(
      fc.property(jitter, (late) => {
        const jitterMs = (frame: number) => late[frame] ?? 0;
        expect(taken(60, 120, jitterMs)).toHaveLength(120);
        expect(taken(30, 120, jitterMs)).toEqual(Array.from({ length: 60 }, (_, index) => 2 * index));
      }),
    );
  });

  it('never takes more in a second than it says', () => {
    const times = fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), times, (fps, steps) => {
        const rate = new PictureRate(fps);
        let now = 0;
        let count = 0;
        for (const step of steps) {
          now += step;
          if (!rate.due(now)) continue;
          rate.took(now);
          count++;
        }
        // One at once, and one may be early.
        expect(count).toBeLessThanOrEqual((now / 1000) * fps + 2);
      }),
    );
  });
});
