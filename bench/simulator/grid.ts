/** Every pattern on every emulator under every strategy, beside what was possible. */
import type { Batching } from '../../shared/protocol.ts';
import { percentile } from '../report/figures.ts';
import { type Model, MODELS } from './models.ts';
import { type Optimum, optimum } from './optimum.ts';
import { type Pattern, patterns } from './patterns.ts';
import { play } from './play.ts';

export interface StrategyFigures {
  /** From a press's arrival to its outcome, in ms. */
  readonly meanMs: number;
  readonly p99Ms: number;
  /** Batches given to the emulator. */
  readonly requests: number;
  /** By how many times its mean is above the optimum's: 0 is the optimum. */
  readonly regret: number;
  /** Its mean as a multiple of `threshold`'s. */
  readonly toThreshold: number;
}

export interface Cell {
  readonly pattern: string;
  readonly model: string;
  readonly presses: number;
  readonly optimum: Optimum;
  readonly strategies: Readonly<Record<Batching['strategy'], StrategyFigures>>;
}

export interface GridOptions {
  /** Presses of each pattern in each run, about. */
  readonly length: number;
  /** Runs of each cell, each with other arrivals: one alone hangs on luck where times vary. */
  readonly runs: number;
  readonly firstSeed: number;
}

/** One cell after the other. */
export async function* grid({ length, runs, firstSeed }: GridOptions): AsyncGenerator<Cell> {
  const seeds = Array.from({ length: runs }, (_, run) => firstSeed + run);
  const byRun = seeds.map((seed) => patterns(length, seed));
  for (const index of byRun[0]?.keys() ?? []) {
    const variants = byRun.flatMap((written) => written[index] ?? []);
    for (const model of MODELS) yield await cell(variants, model);
  }
}

interface Found extends Omit<StrategyFigures, 'regret' | 'toThreshold'> {
  /** Of each run. */
  readonly runMeansMs: readonly number[];
}

async function cell(variants: readonly Pattern[], model: Model): Promise<Cell> {
  const threshold = await figures(variants, model, 'threshold');
  const eager = await figures(variants, model, 'eager');
  const adaptive = await figures(variants, model, 'adaptive');
  const least = leastOf(variants, model, [threshold, eager, adaptive]);
  const compared = ({ meanMs, p99Ms, requests }: Found) => ({
    meanMs,
    p99Ms,
    requests,
    // Sums of fractions are not exact: the optimum itself is no better than the optimum.
    regret: Math.max(0, meanMs / least.meanMs - 1),
    toThreshold: meanMs / threshold.meanMs,
  });
  return {
    pattern: variants[0]?.title ?? '',
    model: model.title,
    presses: pressesOf(variants),
    optimum: least,
    strategies: { threshold: compared(threshold), eager: compared(eager), adaptive: compared(adaptive) },
  };
}

async function figures(
  variants: readonly Pattern[],
  model: Model,
  strategy: Batching['strategy'],
): Promise<Found> {
  const runs = await Promise.all(variants.map((pattern) => play(pattern, model, strategy)));
  return {
    ...timesOf(runs.flatMap(({ latenciesMs }) => latenciesMs)),
    requests: runs.reduce((sum, { requests }) => sum + requests, 0),
    runMeansMs: runs.map(({ latenciesMs }) => timesOf(latenciesMs).meanMs),
  };
}

function leastOf(variants: readonly Pattern[], model: Model, reached: readonly Found[]): Optimum {
  let waitedMs = 0;
  let requests = 0;
  for (const [run, pattern] of variants.entries()) {
    const reachedMs = Math.min(...reached.map(({ runMeansMs }) => runMeansMs[run] ?? Infinity));
    const least = optimum(pattern, model, reachedMs);
    waitedMs += least.meanMs * pattern.arrivals.length;
    requests += least.requests;
  }
  return { meanMs: waitedMs / pressesOf(variants), requests };
}

function pressesOf(variants: readonly Pattern[]): number {
  return variants.reduce((sum, { arrivals }) => sum + arrivals.length, 0);
}

/** Mean and 99th percentile. */
export function timesOf(latenciesMs: readonly number[]): { readonly meanMs: number; readonly p99Ms: number } {
  const meanMs = latenciesMs.reduce((sum, value) => sum + value, 0) / latenciesMs.length;
  return { meanMs, p99Ms: percentile(Float64Array.from(latenciesMs).sort(), 0.99) };
}
