/**
 * `adaptive`: waits while the emulator is idle only where that is expected to save more time than it costs, and sends as many of a backlog as
 * make the sum of all waiting least. It learns what a batch costs and when inputs come; docs/batching.md derives
 * both rules.
 */
import type { DriverCost } from './driver-cost.ts';
import { GAP_SIZES, type Gaps, gapStart } from './gaps.ts';
import type { BatchingView, Strategy } from './strategy.ts';

/** No wait is shorter. */
const SHORTEST_MS = 0.1;
/** A backlog is split where that takes less than this share of the mean time. */
const WORTH_SPLITTING = 0.9;
/** Rates beyond this share of what the emulator can take are counted as this one: a backlog does not grow for ever. */
const MOST_BUSY = 0.9;

export const adaptive: Strategy = (view, nowMs) => {
  const { experience } = view;
  const wait = experience === undefined ? 0 : worthwhileWait(view, experience.cost, experience.gaps, nowMs);
  if (wait > 0) return { kind: 'wait', untilMs: nowMs + wait };
  const count = experience === undefined ? view.queued : firstBatch(view, nowMs);
  return { kind: 'flush', reason: reasonOf(view, nowMs), count };
};

function reasonOf({ waitingUntilMs }: BatchingView, nowMs: number): 'idle' | 'time' | 'size' {
  if (waitingUntilMs === undefined) return 'idle';
  return nowMs >= waitingUntilMs ? 'time' : 'size';
}

/**
 * How long to wait, in ms; 0 for not at all. Of all ends of a wait the one whose expected saving is largest: an input that
 * comes in time shares the batch and saves its overhead; everything that waits or comes while the batch runs is delayed.
 */
function worthwhileWait(view: BatchingView, cost: DriverCost, gaps: Gaps, nowMs: number): number {
  const longestMs = view.oldestAtMs + view.settings.maxWaitMs - nowMs;
  if (longestMs < SHORTEST_MS || !cost.worthAWait) return 0;
  // Taken for as large as it may be: a wait that succeeds tells how large it is.
  const a = cost.likelyOverheadMs;
  const elapsedMs = nowMs - gaps.lastAtMs;
  const ahead = new Ahead(gaps, elapsedMs);
  const flightMs = a + cost.eachMs * view.queued;
  const inFlight = ahead.within(flightMs).chance;
  const run = ahead.runWithin(flightMs);
  // Told with the whole batch, it is no longer held by the run behind it; those that wait now are held by it.
  const heldMs = (view.queued - (run - 1)) * cost.held * cost.eachMs;
  let best = 0;
  let bestMs = 0;
  for (const endMs of ahead.endsUpTo(longestMs)) {
    const { chance, meanMs } = ahead.within(endMs);
    const gained = chance * (a - meanMs - heldMs - meanMs * (view.queued + run - 1));
    // Nothing came in time: what waited, and what comes while the batch runs, was delayed for nothing.
    const lost = endMs * ((1 - chance) * view.queued + Math.max(0, inFlight - chance) * run);
    if (gained - lost <= best) continue;
    best = gained - lost;
    bestMs = endMs;
  }
  return bestMs;
}

/** The time until the next arrival, given how long it has been since the last. */
class Ahead {
  readonly #gaps: Gaps;
  readonly #chances: Float32Array;
  readonly #elapsedMs: number;
  /** The chance that nothing had come by now. */
  readonly #left: number;

  constructor(gaps: Gaps, elapsedMs: number) {
    this.#gaps = gaps;
    this.#chances = gaps.chances;
    this.#elapsedMs = elapsedMs;
    let left = 0;
    for (let size = 0; size < GAP_SIZES; size++) left += this.#part(size, elapsedMs, Infinity).chance;
    this.#left = left;
  }

  /** Waits worth a look: to the ends of the gap sizes, and the longest. */
  endsUpTo(longestMs: number): number[] {
    const ends: number[] = [];
    for (let size = 1; size < GAP_SIZES; size++) {
      const endMs = gapStart(size) - this.#elapsedMs;
      if (endMs >= longestMs) break;
      if (endMs >= SHORTEST_MS) ends.push(endMs);
    }
    return [...ends, longestMs];
  }

  /** The chance that something comes within a time, and how long that takes on average if so. */
  within(ms: number): { readonly chance: number; readonly meanMs: number } {
    if (this.#left <= 0) return { chance: 0, meanMs: 0 };
    let chance = 0;
    let sumMs = 0;
    for (let size = 0; size < GAP_SIZES - 1; size++) {
      if (gapStart(size) >= this.#elapsedMs + ms) break;
      const part = this.#part(size, this.#elapsedMs, this.#elapsedMs + ms);
      chance += part.chance;
      sumMs += part.chance * (part.middleMs - this.#elapsedMs);
    }
    return { chance: chance / this.#left, meanMs: chance > 0 ? sumMs / chance : 0 };
  }

  /** Once something comes within a time, how many are expected to, itself included: as many as fit, and no more than such a run has. */
  runWithin(ms: number): number {
    const { chance, meanMs } = this.within(ms);
    if (chance <= 0) return 0;
    const run = 1 / (1 - this.#gaps.goesOn(meanMs, ms));
    return Math.max(1, Math.min(ms / Math.max(meanMs, SHORTEST_MS), run));
  }

  /** How much of a size lies between two gaps, evenly spread over it, and the middle of that. */
  #part(size: number, fromMs: number, toMs: number): { readonly chance: number; readonly middleMs: number } {
    const start = gapStart(size);
    const end = size === GAP_SIZES - 1 ? Infinity : gapStart(size + 1);
    const chance = this.#chances[size] ?? 0;
    if (end === Infinity) return { chance: toMs === Infinity ? chance : 0, middleMs: start };
    const low = Math.max(start, fromMs);
    const high = Math.min(end, toMs);
    if (high <= low) return { chance: 0, middleMs: low };
    return { chance: (chance * (high - low)) / (end - start), middleMs: (low + high) / 2 };
  }
}

/**
 * How many of a backlog to send first. For N inputs that all wait, batches that shrink by a/b each make the sum of all waits least
 * (Santos and Magazine 1985); N counts those too that are expected before the backlog is gone.
 */
function firstBatch({ queued, experience }: BatchingView, nowMs: number): number {
  if (queued < 2 || experience === undefined) return queued;
  const { cost, rate } = experience;
  const bMs = cost.held * cost.eachMs;
  if (!cost.known || bMs <= 0) return queued;
  const busy = Math.min(MOST_BUSY, rate.perMs(nowMs) * cost.eachMs);
  const inputs = queued / (1 - busy);
  const shrink = cost.overheadMs / bMs;
  const batches = shrink > 0 ? Math.floor(0.5 + Math.sqrt(0.25 + (2 * inputs) / shrink)) : inputs;
  const first = inputs / batches + (shrink * (batches - 1)) / 2;
  const wholeMs = cost.overheadMs + bMs * inputs;
  const partMs = cost.overheadMs + bMs * first;
  // The mean over batches of that size, beside all in one: what is hardly better is not worth the requests, nor a fit that is off.
  if (((inputs / first + 1) / 2) * partMs > WORTH_SPLITTING * wholeMs) return queued;
  const size = Math.max(1, Math.round(first));
  return Math.min(queued, cost.probing ? 2 * size : size);
}
