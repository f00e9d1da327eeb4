/** Where the time of the inputs went: of each segment of the way the mean, its share of the whole, and how it spreads. Pure. */
import type { ProfiledInput } from './input.ts';
import { SEGMENTS, type SegmentName, segmentsOf, totalUs } from './segments.ts';

export interface SegmentFigures {
  readonly name: SegmentName;
  /** Inputs that have it. */
  readonly inputs: number;
  /** Over all inputs, so that the means add up to the whole: where an input lacks it, it took no time. */
  readonly meanUs: number;
  /** Of the whole way of the mean input, 0 to 1. */
  readonly share: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

export interface ProfileSummary {
  readonly inputs: number;
  readonly batches: number;
  readonly total: Omit<SegmentFigures, 'name'>;
  /** In the order of the way, those that occur. */
  readonly segments: readonly SegmentFigures[];
}

export function profileSummary(inputs: readonly ProfiledInput[]): ProfileSummary {
  const times = new Map<SegmentName, number[]>(SEGMENTS.map((name) => [name, []]));
  const totals: number[] = [];
  const batches = new Set<number>();
  for (const input of inputs) {
    for (const { name, startUs, endUs } of segmentsOf(input)) times.get(name)?.push(endUs - startUs);
    totals.push(totalUs(input));
    if (input.batch !== undefined) batches.add(input.batch.id);
  }
  const whole = sum(totals);
  const segments = SEGMENTS.map((name) => ({
    name,
    ...figures(times.get(name) ?? [], inputs.length, whole),
  }));
  return {
    inputs: inputs.length,
    batches: batches.size,
    total: figures(totals, inputs.length, whole),
    segments: segments.filter((segment) => segment.inputs > 0),
  };
}

function figures(times: readonly number[], inputs: number, whole: number): Omit<SegmentFigures, 'name'> {
  const sorted = times.toSorted((a, b) => a - b);
  const total = sum(times);
  return {
    inputs: times.length,
    meanUs: inputs === 0 ? 0 : total / inputs,
    share: whole === 0 ? 0 : total / whole,
    p50Us: quantile(sorted, 0.5),
    p99Us: quantile(sorted, 0.99),
    maxUs: sorted.at(-1) ?? 0,
  };
}

/** The smallest value that at least this share of the values does not exceed. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
