import { describe, expect, it } from 'vitest';
import { DriverCost } from '../../../../../server/session/batcher/driver-cost.ts';
import { GAP_SIZES, Gaps, gapStart, sizeOf } from '../../../../../server/session/batcher/gaps.ts';
import { LeastSquares } from '../../../../../server/session/batcher/least-squares.ts';
import { Rate } from '../../../../../server/session/batcher/rate.ts';

describe('least squares with forgetting', () => {
  it('finds a line, and says nothing of where it starts as long as all x are the same', () => {
    const line = new LeastSquares();
    for (let i = 0; i < 50; i++) line.measured(16, 30);
    expect(line.deviationOfA).toBe(Infinity);
    expect(line.at(16)).toBeCloseTo(30, 2);
    for (const x of [32, 48, 16, 64]) line.measured(x, 20 + (10 / 16) * x);
    expect(line.a).toBeCloseTo(20, 0);
    expect(line.deviationOfA).toBeLessThan(3);
  });

  it('follows a line that changes', () => {
    const line = new LeastSquares();
    for (let i = 0; i < 60; i++) line.measured(1 + (i % 4), 100 + (i % 4));
    for (let i = 0; i < 200; i++) line.measured(1 + (i % 4), 5 + 20 * (i % 4));
    expect(line.a).toBeCloseTo(-15, -1);
    expect(line.b).toBeCloseTo(20, -1);
  });

  it('keeps the slope through a long run of equal x', () => {
    const line = new LeastSquares();
    for (let i = 0; i < 40; i++) line.measured(1 + (i % 4), 20 + 5 * (1 + (i % 4)));
    for (let i = 0; i < 5000; i++) line.measured(1, 25);
    expect(line.at(10)).toBeCloseTo(70, 0);
  });

  it('a single pause of the machine moves it little', () => {
    const line = new LeastSquares();
    for (let i = 0; i < 40; i++) line.measured(1 + (i % 4), 20 + 5 * (1 + (i % 4)));
    line.measured(2, 3000);
    expect(line.at(2)).toBeLessThan(31);
  });
});

describe('what a batch costs', () => {
  it('tells outcomes that come one by one from those that come with the batch', () => {
    const whole = new DriverCost();
    const oneByOne = new DriverCost();
    for (let i = 0; i < 40; i++) {
      const inputs = 1 + (i % 5);
      const lastOutcomeMs = 2 + 8 * inputs;
      whole.ran({
        inputs,
        frames: 16 * inputs,
        waitedFrames: 0,
        firstOutcomeMs: lastOutcomeMs,
        lastOutcomeMs,
      });
      oneByOne.ran({ inputs, frames: 16 * inputs, waitedFrames: 0, firstOutcomeMs: 10, lastOutcomeMs });
    }
    expect(whole.held).toBeGreaterThan(0.9);
    expect(oneByOne.held).toBeLessThan(0.1);
    expect(whole.known).toBe(true);
    expect(whole.overheadMs).toBeCloseTo(2, 0);
    expect(whole.eachMs).toBeCloseTo(8, 0);
  });
});

describe('a batch that guards cut short or made wait', () => {
  /** Batches of 1 to 5 inputs that cost 2 ms and half a millisecond a frame. */
  function learned(batches: (inputs: number) => { inputs: number; waitedFrames: number }): DriverCost {
    const cost = new DriverCost();
    for (let i = 0; i < 60; i++) {
      const { inputs, waitedFrames } = batches(i % 6);
      const frames = 16 * inputs;
      const lastOutcomeMs = 2 + 0.5 * (frames + waitedFrames);
      cost.ran({ inputs, frames, waitedFrames, firstOutcomeMs: 2 + 8, lastOutcomeMs });
    }
    return cost;
  }

  it('teaches what frames cost, by all that passed, and how long inputs are by their own', () => {
    const cost = learned((inputs) => ({ inputs, waitedFrames: 300 * inputs }));
    expect(cost.overheadMs).toBeCloseTo(2, 0);
    expect(cost.eachMs).toBeCloseTo(8, 0);
  });

  it('teaches the cost of frames also where nothing ran', () => {
    const cost = learned((inputs) => ({ inputs: inputs === 1 ? 1 : 0, waitedFrames: 40 * inputs }));
    expect(cost.overheadMs).toBeCloseTo(2, 0);
    expect(cost.eachMs).toBeCloseTo(8, 0);
    expect(cost.held).toBe(0);
  });
});

describe('gaps', () => {
  it('every gap lies in its size', () => {
    for (const gapMs of [0, 0.1, 0.3, 1, 16.7, 250, 9999, 1e6]) {
      const size = sizeOf(gapMs);
      expect(gapStart(size)).toBeLessThanOrEqual(gapMs);
      if (size < GAP_SIZES - 1) expect(gapStart(size + 1)).toBeGreaterThan(gapMs);
    }
  });

  it('predicts by what was pressed: A comes in pairs, B alone', () => {
    const gaps = new Gaps();
    let nowMs = 0;
    for (let i = 0; i < 30; i++) {
      gaps.arrived((nowMs += 1000), 1);
      gaps.arrived((nowMs += 2), 1);
      gaps.arrived((nowMs += 1000), 2);
    }
    const soon = () => gaps.chances.subarray(0, sizeOf(4)).reduce((sum, chance) => sum + chance, 0);
    expect(soon()).toBeLessThan(0.2);
    gaps.arrived(nowMs + 1000, 1);
    expect(soon()).toBeGreaterThan(0.8);
  });

  it('chances add up to one, whatever was seen', () => {
    const gaps = new Gaps();
    for (let i = 0; i < 500; i++) {
      gaps.arrived(i * (1 + (i % 7)) * 3, 1 << (i % 8));
      expect(gaps.chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 4);
    }
  });
});

it('the rate counts the latest second most', () => {
  const rate = new Rate();
  expect(rate.perMs(0)).toBe(0);
  for (let atMs = 0; atMs < 5000; atMs += 20) rate.arrived(atMs);
  expect(rate.perMs(5000) * 1000).toBeCloseTo(50, -1);
  expect(rate.perMs(10_000) * 1000).toBeLessThan(1);
});
