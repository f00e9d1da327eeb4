/** The grid in words and numbers. */
import { STRATEGIES } from '../../shared/protocol.ts';
import { short } from '../report/figures.ts';
import type { Cell } from './grid.ts';

export interface Summary {
  /** Geometric mean of `adaptive`'s means as multiples of `threshold`'s. */
  readonly overall: number;
  /** The worst cell for it. */
  readonly worst: { readonly toThreshold: number; readonly where: string };
}

export function summary(cells: readonly Cell[]): Summary {
  let logs = 0;
  let worst = { toThreshold: 0, where: '' };
  for (const { pattern, model, strategies } of cells) {
    const { toThreshold } = strategies.adaptive;
    logs += Math.log(toThreshold);
    if (toThreshold > worst.toThreshold) worst = { toThreshold, where: `${pattern}, ${model}` };
  }
  return { overall: Math.exp(logs / cells.length), worst };
}

/** A Markdown table, a line a cell. */
export function gridText(cells: readonly Cell[]): string {
  const head = [
    'presses',
    'emulator',
    ...STRATEGIES.map((name) => `${name} mean / p99 ms`),
    'best possible mean',
    ...STRATEGIES.map((name) => `regret ${name}`),
    'requests (same order, best possible last)',
  ];
  const lines = cells.map(({ pattern, model, strategies, optimum }) => [
    pattern,
    model,
    ...STRATEGIES.map((name) => `${short(strategies[name].meanMs)} / ${short(strategies[name].p99Ms)}`),
    short(optimum.meanMs),
    ...STRATEGIES.map((name) => `${(100 * strategies[name].regret).toFixed(0)} %`),
    [...STRATEGIES.map((name) => strategies[name].requests), optimum.requests].join(', '),
  ]);
  return [head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

export function summaryText({ overall, worst }: Summary): string {
  return (
    `adaptive: ${short(overall)} times threshold's mean over all cells (geometric mean); ` +
    `at worst ${worst.toThreshold.toFixed(3)} times (${worst.where})`
  );
}
