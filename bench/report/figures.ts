/** Medians, spreads and percentiles, and how they are written. */

/** A figure over the rounds of a run. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? at(Math.floor(half)) : (at(half - 1) + at(half)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1) };
}

/** Value by value: how many times the other's. */
export function quotients(values: readonly number[], others: readonly number[]): number[] {
  return values.map((value, index) => value / (others[index] ?? Number.NaN));
}

/** The value that a share `p` (0 to 1) of a sorted list does not exceed; NaN for an empty one. */
export function percentile(sorted: Float64Array, p: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)] ?? Number.NaN;
}

/** Three significant digits, with k and M for thousands and millions. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size >= 999_500) return `${digits(value / 1e6)} M`;
  if (size >= 9995) return `${digits(value / 1e3)} k`;
  return digits(value);
}

/** `1.23 (1.2–1.3)`, or `1.23` alone for what does not vary. */
export function withSpread({ median, min, max }: Spread): string {
  if (min === max) return short(median);
  return `${short(median)} (${short(min)}–${short(max)})`;
}

function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}
