/** What a ratio is to be. */
import { short, withSpread } from './figures.ts';
import type { Ratios, Verdict } from './report.ts';

export interface Target {
  readonly ratio: string;
  readonly claim: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Whether the median is as it is to be; nothing where it was not measured. */
export function verdictOf(
  { ratio: name, claim, atLeast = -Infinity, atMost = Infinity }: Target,
  ratios: Ratios,
): Verdict[] {
  const ratio = ratios[name];
  if (ratio === undefined) return [];
  const bound = atMost === Infinity ? `at least ${short(atLeast)}` : `at most ${short(atMost)}`;
  return [
    {
      name,
      claim: `${claim}: ${bound}`,
      holds: ratio.median >= atLeast && ratio.median <= atMost,
      measured: `x${withSpread(ratio)}`,
    },
  ];
}
