import { expect, it } from 'vitest';
import { JitterBuffer } from '../../../../client/play/sound/jitter-buffer.ts';

const RATE = 44_100;

/** A piece of so many ms whose samples all have one level. */
function piece(ms: number, level: number, rate = RATE) {
  const samples = new Float32Array(Math.round((rate * ms) / 1000)).fill(level);
  return { left: samples, right: samples.map((each) => -each), rate };
}

function pull(buffer: JitterBuffer, ms: number): { left: Float32Array; right: Float32Array } {
  const left = new Float32Array(Math.round((RATE * ms) / 1000));
  const right = new Float32Array(left.length);
  buffer.pull(left, right);
  return { left, right };
}

it('is silent until enough has been gathered, then plays in order', () => {
  const buffer = new JitterBuffer(RATE);
  buffer.push(piece(33, 0.5));
  expect(pull(buffer, 10).left.every((level) => level === 0)).toBe(true);
  buffer.push(piece(33, 0.25));
  const { left, right } = pull(buffer, 40);
  expect(left[0]).toBe(0.5);
  expect(right[0]).toBe(-0.5);
  expect(left.at(-1)).toBe(0.25);
});

it('gathers again after it ran dry, instead of stuttering', () => {
  const buffer = new JitterBuffer(RATE);
  buffer.push(piece(66, 0.5));
  expect(pull(buffer, 100).left.at(-1)).toBe(0);
  buffer.push(piece(33, 0.5));
  expect(pull(buffer, 10).left[0]).toBe(0);
  buffer.push(piece(33, 0.5));
  expect(pull(buffer, 10).left[0]).toBe(0.5);
});

it('leaves the oldest out when too much has gathered', () => {
  const buffer = new JitterBuffer(RATE);
  for (let level = 0; level < 20; level++) buffer.push(piece(33, level / 20));
  expect(buffer.waitingS).toBeLessThanOrEqual(0.25);
  expect(pull(buffer, 1).left[0]).toBeGreaterThan(0.5);
});

it('plays what was made at twice the speed in half the time', () => {
  const buffer = new JitterBuffer(RATE);
  buffer.push(piece(100, 0.5, 2 * RATE));
  expect(buffer.waitingS).toBeCloseTo(0.1, 3);
  pull(buffer, 50);
  expect(buffer.waitingS).toBeCloseTo(0.05, 2);
});

it('follows a sender whose clock is off by a part in a thousand, without a gap', () => {
  const buffer = new JitterBuffer(RATE);
  for (let turn = 0; turn < 2; turn++) buffer.push(piece(33.4, 0.5));
  let silent = 0;
  for (let turn = 0; turn < 3000; turn++) {
    buffer.push(piece(20, 0.5));
    silent += pull(buffer, 20.02).left.filter((level) => level === 0).length;
  }
  expect(silent).toBe(0);
});
