import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Model, MODELS } from '../../../bench/simulator/models.ts';
import { optimum } from '../../../bench/simulator/optimum.ts';
import { patterns } from '../../../bench/simulator/patterns.ts';
import { play } from '../../../bench/simulator/play.ts';
import { timesOf } from '../../../bench/simulator/grid.ts';
import { STRATEGIES } from '../../../shared/protocol.ts';

const FRAMES = 4;
const model = fc.constantFrom(...MODELS);
const arrivals = fc
  .array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 1, maxLength: 9 })
  .map((gaps) => {
    let atMs = 0;
    return gaps.map((gap) => ({ atMs: (atMs += gap), buttons: 1 }));
  });

/** The least mean of every way there is to cut the presses into batches. */
function bruteForce(times: readonly number[], emulator: Model): number {
  let leastMs = Infinity;
  for (let cuts = 0; cuts < 2 ** (times.length - 1); cuts++) {
    let endMs = 0;
    let waitedMs = 0;
    for (let first = 0, last = 0; first < times.length; first = last = last + 1) {
      while (last < times.length - 1 && (cuts & (1 << last)) === 0) last++;
      const startMs = Math.max(endMs, times[last] ?? 0);
      const batch = { startMs, first, size: last - first + 1, frames: FRAMES };
      for (let i = first; i <= last; i++) {
        endMs = startMs + emulator.outcomeMs(batch, i - first);
        waitedMs += endMs - (times[i] ?? 0);
      }
    }
    leastMs = Math.min(leastMs, waitedMs / times.length);
  }
  return leastMs;
}

describe('the simulator', () => {
  it('finds the optimum that trying every way finds', () => {
    fc.assert(
      fc.property(model, arrivals, (emulator, presses) => {
        const least = optimum({ arrivals: presses, frames: FRAMES }, emulator);
        const times = presses.map(({ atMs }) => atMs);
        expect(least.meanMs).toBeCloseTo(bruteForce(times, emulator), 6);
      }),
      { numRuns: 200 },
    );
  });

  it('no strategy beats the optimum, and every press has its outcome', async () => {
    for (const pattern of patterns(40, 7)) {
      for (const emulator of MODELS) {
        const least = optimum(pattern, emulator);
        for (const strategy of STRATEGIES) {
          const { latenciesMs } = await play(pattern, emulator, strategy);
          expect(latenciesMs).toHaveLength(pattern.arrivals.length);
          expect(timesOf(latenciesMs).meanMs).toBeGreaterThanOrEqual(least.meanMs * (1 - 1e-9));
        }
      }
    }
  });

  it('adaptive is in no cell more than 2 % slower than threshold, and clearly faster over all', async () => {
    const runs = Array.from({ length: 16 }, (_, seed) => patterns(200, 1 + seed));
    let logs = 0;
    const slower: string[] = [];
    for (const [index, { name }] of (runs[0] ?? []).entries()) {
      for (const emulator of MODELS) {
        const mean = async (strategy: (typeof STRATEGIES)[number]) => {
          const played = await Promise.all(
            runs.flatMap((run) => run[index] ?? []).map((p) => play(p, emulator, strategy)),
          );
          return timesOf(played.flatMap(({ latenciesMs }) => latenciesMs)).meanMs;
        };
        const ratio = (await mean('adaptive')) / (await mean('threshold'));
        if (ratio > 1.02) slower.push(`${name}, ${emulator.name}: ${ratio}`);
        logs += Math.log(ratio);
      }
    }
    expect(slower).toEqual([]);
    expect(Math.exp(logs / (MODELS.length * (runs[0]?.length ?? 0)))).toBeLessThan(0.9);
  });
});
