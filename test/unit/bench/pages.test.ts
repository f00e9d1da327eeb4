import { PARTS } from '../../../bench/parts/parts.ts';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { barPlot, barsOf } from '../../../bench/report/bars.ts';
import { blocksOf, withBlocks } from '../../../bench/report/blocks.ts';
import { Table } from '../../../bench/report/table.ts';

const PAGE = `# Figures
By hand.
<!-- figures: one -->
old
<!-- /figures -->
Also by hand.
<!-- figures: two -->
<!-- /figures -->
`;

describe('pages that the benchmark writes', () => {
  it('change between the marks and nowhere else', () => {
    expect(withBlocks(PAGE, { one: 'new', other: 'nowhere' })).toBe(PAGE.replace('old', '\nnew\n'));
    expect(withBlocks(PAGE, {})).toBe(PAGE);
  });

  it('come out the same when they are written again', () => {
    const contents = { one: '| a | b |\n|---|---|\n| $& | $1 |', two: 'x' };
    const written = withBlocks(PAGE, contents);
    expect(written).toContain('| $& | $1 |');
    expect(withBlocks(written, contents)).toBe(written);
  });

  it('have a place for every part', () => {
    const names = Object.keys(PARTS);
    expect(names.length).toBeGreaterThan(8);
    const page = readFileSync(new URL('../../../docs/benchmarks.md', import.meta.url), 'utf8');
    expect(blocksOf(page)).toEqual(expect.arrayContaining([...names, 'run', 'targets']));
    expect(blocksOf(readFileSync(new URL('../../../README.md', import.meta.url), 'utf8'))).toEqual([
      'headlines',
    ]);
  });
});

describe('a plot of bars', () => {
  const table = new Table({
    name: 'burst',
    title: 'bursts & more',
    columns: [{ name: 'rate', title: 'presses/s', better: 'more', ratio: 'none' }],
    labels: { gateway: 'the gateway', bare: 'a <bare> server' },
  });
  for (const rate of [90, 100, 110]) table.add('gateway', { rate });
  table.add('bare', { rate: 25 });
  table.add('silent', {});

  it('draws a bar for each row that has figures, from 0 on, to scale', () => {
    const svg = barPlot('Bursts', 'more is better', barsOf([table], 'rate', 'gateway'));
    const widths = [...svg.matchAll(/<rect x="\d+" y="\d+" width="(?<width>[\d.]+)"/g)].map((match) =>
      Number(match.groups?.['width']),
    );
    expect(widths).toHaveLength(2);
    expect((widths[0] ?? 0) / (widths[1] ?? 1)).toBeCloseTo(4, 1);
  });

  it('is well-formed whatever rows are called', () => {
    const svg = barPlot('Bursts', 'more is better', barsOf([table], 'rate', 'gateway'));
    expect(svg).toContain('a &lt;bare&gt; server');
    expect(svg).toContain('bursts &amp; more');
  });
});
