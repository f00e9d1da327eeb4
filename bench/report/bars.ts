/** Bar plots as SVG: a figure a bar, from 0 on, with a line from the least to the most of its rounds. */
import { type Spread, short } from './figures.ts';
import type { Table } from './table.ts';

export interface Bar {
  readonly label: string;
  readonly figure: Spread;
  /** Whether it is ours. */
  readonly ours: boolean;
}

export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 720;
const LABELS = 210;
const RIGHT = 90;
const TOP = 34;
const LINE = 22;
const OURS = '#2f6fde';
const OTHERS = '#9aa7b8';
const INK = '#1c2430';
const FAINT = '#5b6675';

/** A group of bars for each table, with the figures of one column. Rows that begin with one of `ours` are marked as ours. */
export function barsOf(tables: readonly Table[], column: string, ours: string): BarGroup[] {
  return tables.map((table) => ({
    title: table.head.title,
    bars: table.rows
      .filter((row) => table.values(row, column).length > 0)
      .map((row) => ({
        label: table.head.labels[row] ?? row,
        figure: table.spread(row, column),
        ours: row.startsWith(ours),
      })),
  }));
}

export function barPlot(title: string, unit: string, groups: readonly BarGroup[]): string {
  const all = groups.flatMap(({ bars }) => bars);
  const most = Math.max(...all.map(({ figure }) => figure.max), Number.MIN_VALUE);
  const scale = (WIDTH - LABELS - RIGHT) / most;
  const parts: string[] = [];
  let y = TOP;
  for (const group of groups) {
    parts.push(text(14, y + 14, group.title, `font-weight="bold" fill="${INK}"`));
    y += LINE;
    for (const bar of group.bars) {
      parts.push(drawBar(bar, y, scale));
      y += LINE;
    }
    y += LINE / 2;
  }
  const height = y + 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${text(14, 20, `${title} (${unit})`, `font-size="14" fill="${INK}"`)}
${parts.join('\n')}
</svg>
`;
}

function drawBar({ label, figure, ours }: Bar, y: number, scale: number): string {
  const { median, min, max } = figure;
  const at = (value: number) => (LABELS + value * scale).toFixed(1);
  const middle = y + LINE / 2 - 2;
  return [
    text(LABELS - 8, middle + 4, label, `text-anchor="end" fill="${INK}"`),
    `<rect x="${LABELS}" y="${middle - 7}" width="${(median * scale).toFixed(1)}" height="14" fill="${ours ? OURS : OTHERS}"/>`,
    `<path d="M${at(min)} ${middle}H${at(max)}" stroke="${INK}" stroke-width="1"/>`,
    text(LABELS + max * scale + 6, middle + 4, short(median), `fill="${FAINT}"`),
  ].join('\n');
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}" ${attributes}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
