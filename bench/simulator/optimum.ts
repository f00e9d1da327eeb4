/**
 * The least possible sum of all waiting, for someone who knows every arrival beforehand: dynamic programming over where batches end. A batch starts
 * when its last press is there and the one before it is over; to start it later never helps.
 */
import type { Model } from './models.ts';
import type { Pattern } from './patterns.ts';

/** One way to have run the presses so far: when it was over, and what they had waited in all. */
interface Way {
  readonly endMs: number;
  readonly waitedMs: number;
  readonly requests: number;
}

export interface Optimum {
  readonly meanMs: number;
  readonly requests: number;
}

/**
 * @param reachedMs a mean that some strategy reached: what cannot be better is not looked into
 * @param largest most presses in a batch
 */
export function optimum(
  { arrivals, frames }: Pick<Pattern, 'arrivals' | 'frames'>,
  model: Model,
  reachedMs = Infinity,
  largest = 64,
): Optimum {
  const times = arrivals.map(({ atMs }) => atMs);
  /** By presses run: the ways of which none is both earlier over and cheaper than another. */
  const ways: Way[][] = times.map(() => []);
  ways.push([]);
  ways[0] = [{ endMs: 0, waitedMs: 0, requests: 0 }];
  // A little more than was reached: sums of fractions are not exact.
  const mostMs = reachedMs * times.length * (1 + 1e-9);
  for (let first = 0; first < times.length; first++) {
    for (const way of best(ways[first] ?? [])) {
      if (way.waitedMs + leastLeft(times, first, way.endMs) > mostMs) continue;
      for (let size = 1; size <= Math.min(largest, times.length - first); size++) {
        const startMs = Math.max(way.endMs, times[first + size - 1] ?? 0);
        const batch = { startMs, first, size, frames };
        let waitedMs = way.waitedMs;
        for (let i = 0; i < size; i++)
          waitedMs += startMs + model.outcomeMs(batch, i) - (times[first + i] ?? 0);
        const endMs = startMs + model.outcomeMs(batch, size - 1);
        ways[first + size]?.push({ endMs, waitedMs, requests: way.requests + 1 });
      }
    }
    ways[first] = [];
  }
  const [cheapest] = (ways[times.length] ?? []).toSorted((a, b) => a.waitedMs - b.waitedMs);
  return { meanMs: (cheapest?.waitedMs ?? 0) / times.length, requests: cheapest?.requests ?? 0 };
}

/** What the presses from `first` on wait at least when nothing runs before a time. */
function leastLeft(times: readonly number[], first: number, endMs: number): number {
  let sumMs = 0;
  for (let i = first; (times[i] ?? Infinity) < endMs; i++) sumMs += endMs - (times[i] ?? 0);
  return sumMs;
}

/** Those that no other beats in both. */
function best(ways: readonly Way[]): Way[] {
  const kept: Way[] = [];
  let leastMs = Infinity;
  for (const way of ways.toSorted((a, b) => a.endMs - b.endMs || a.waitedMs - b.waitedMs)) {
    if (way.waitedMs >= leastMs) continue;
    leastMs = way.waitedMs;
    kept.push(way);
  }
  return kept;
}
