import { expect, it } from 'vitest';
import { FRAME_MS, Pacer } from '../../../../../../server/emulator/drivers/embedded/pacer.ts';

const TEN_MINUTES_MS = 600_000;

/** Runs frames as they fall due, each woken later than it should be by what `lateMs` says; how many there were. */
function runUntil(pacer: Pacer, endMs: number, lateMs: (frame: number) => number): number {
  let nowMs = 0;
  let frames = 0;
  for (;;) {
    nowMs += Math.max(0, pacer.waitMs(nowMs)) + lateMs(frames);
    if (nowMs >= endMs) return frames;
    pacer.run(nowMs);
    frames++;
  }
}

it('[I5] does not drift in ten minutes, though every frame is late', () => {
  const frames = runUntil(new Pacer(0, 1), TEN_MINUTES_MS, (frame) => (frame % 7) * 0.9);
  expect(frames).toBe(35_837);
  expect(frames).toBe(Math.ceil((TEN_MINUTES_MS - 3) / FRAME_MS));
});

it('runs at the speed that is asked', () => {
  expect(runUntil(new Pacer(0, 2), 1000, () => 0)).toBe(Math.ceil(1000 / (FRAME_MS / 2)));
  expect(runUntil(new Pacer(0, 0.05), 10_000, () => 0)).toBe(Math.ceil(10_000 / (FRAME_MS / 0.05)));
});

it('catches up after a short delay, frame by frame', () => {
  const pacer = new Pacer(0, 1);
  const frames = runUntil(pacer, 1000, (frame) => (frame === 10 ? 60 : 0));
  expect(frames).toBe(Math.ceil(1000 / FRAME_MS));
  expect(pacer.givenUp).toBe(0);
});

it('gives frames up after a long one rather than race, says how many, and keeps the beat', () => {
  const pacer = new Pacer(0, 1);
  pacer.run(0);
  pacer.run(FRAME_MS + 10_000);
  expect(pacer.givenUp).toBe(597);
  const nextMs = FRAME_MS + 10_000 + pacer.waitMs(FRAME_MS + 10_000);
  expect(nextMs / FRAME_MS).toBeCloseTo(599, 6);
});

it('goes on at once after time stood still, and gives nothing up for it', () => {
  const pacer = new Pacer(0, 1);
  pacer.run(0);
  pacer.rebase(90_000);
  expect(pacer.waitMs(90_000)).toBe(0);
  pacer.run(90_000);
  expect(pacer.waitMs(90_000)).toBeCloseTo(FRAME_MS, 9);
  expect(pacer.givenUp).toBe(0);
});
