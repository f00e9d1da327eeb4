import { expect, it } from 'vitest';
import type { Step } from '../../../../../../server/emulator/drivers/driver.ts';
import { flatten, Timeline } from '../../../../../../server/emulator/drivers/embedded/timeline.ts';
import { keys, press } from '../../../../../support/embedded.ts';

/** Buttons of each frame that the steps cover. */
function masks(timeline: Timeline, steps: readonly Step[]): number[] {
  const result: number[] = [];
  timeline.begin(flatten(steps));
  while (!timeline.idle) {
    for (; timeline.framesLeft > 0; timeline.ran()) result.push(timeline.buttons());
    timeline.finish();
  }
  return result;
}

it('holds a press for its frames and then releases it for its gap', () => {
  expect(masks(new Timeline(), [press(1, 2, 3), press(2, 1, 1)])).toEqual([1, 1, 0, 0, 0, 2, 0]);
});

it('[I3] makes the same button twice with gap 0 one long press, as asked', () => {
  expect(masks(new Timeline(), [press(1, 2, 0), press(1, 2, 0)])).toEqual([1, 1, 1, 1]);
});

it('adds a press to the keys that are held, and leaves those as they were', () => {
  const steps = [keys(16), press(1, 2, 1), press(16, 1, 1), keys(0), press(1, 1, 0)];
  expect(masks(new Timeline(), steps)).toEqual([16, 17, 17, 16, 16, 16, 0, 1]);
});

it('keeps keys held from one batch to the next, until they are released', () => {
  const timeline = new Timeline();
  masks(timeline, [keys(64)]);
  expect(timeline.buttons()).toBe(64);
  expect(masks(timeline, [press(1, 1, 1)])).toEqual([65, 64]);
  timeline.hold(0);
  expect(timeline.buttons()).toBe(0);
});

it('gives a step without frames no frame, and goes on', () => {
  const timeline = new Timeline();
  timeline.begin(flatten([press(1, 0, 0), press(2, 1, 0)]));
  expect([timeline.index, timeline.frames, timeline.framesLeft]).toEqual([0, 0, 0]);
  timeline.finish();
  expect([timeline.index, timeline.framesLeft, timeline.buttons()]).toEqual([1, 1, 2]);
});

it('releases for a gap that no hold comes before', () => {
  expect(masks(new Timeline(), [press(255, 0, 2)])).toEqual([0, 0]);
});
