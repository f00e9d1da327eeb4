/** Figures for a terminal. It shows whatever maps of figures come, so that a newer gateway's additions show, too. */
import type { Paint } from './paint.ts';

type Figures = Readonly<Record<string, unknown>>;

/** One row for each map of figures: its name, then its figures. Rows are cut into lines of at most `width` columns. */
export function statsTable(figures: Figures, paint: Paint, width = 100): string {
  const rows = figureRows(figures, '');
  const labelWidth = rows.reduce((widest, { label }) => Math.max(widest, label.length), 0);
  return rows
    .flatMap(({ label, cells }) =>
      wrapped(cells, width - labelWidth - 2).map((line, index) => {
        const name = (index === 0 ? label : '').padEnd(labelWidth);
        const text = line
          .map(({ name: key, value }) => `${paint('dim', key)} ${paint('bold', value)}`)
          .join('  ');
        return `${paint('cyan', name)}  ${text}\n`;
      }),
    )
    .join('');
}

/** All figures on one line, `name=value`. */
export function statsLine(figures: Figures): string {
  const cells = figureRows(figures, '').flatMap(({ label, cells: own }) =>
    own.map(({ name, value }) => `${label === '' ? '' : `${label}.`}${name}=${value.replaceAll(' ', '_')}`),
  );
  return `${cells.join(' ')}\n`;
}

interface Cell {
  readonly name: string;
  readonly value: string;
}
interface Row {
  readonly label: string;
  readonly cells: readonly Cell[];
}

function figureRows(figures: Figures, label: string): Row[] {
  const entries = Object.entries(figures);
  const cells = entries.flatMap(([name, value]) => (isMap(value) ? [] : [{ name, value: show(value) }]));
  const inner = entries.flatMap(([name, value]) =>
    isMap(value) ? figureRows(value, label === '' ? name : `${label}.${name}`) : [],
  );
  return cells.length === 0 ? inner : [{ label, cells }, ...inner];
}

function wrapped(cells: readonly Cell[], width: number): Cell[][] {
  const lines: Cell[][] = [];
  let used = 0;
  for (const cell of cells) {
    const size = cell.name.length + cell.value.length + 3;
    const line = lines.at(-1);
    if (line === undefined || used + size > width) {
      lines.push([cell]);
      used = size;
    } else {
      line.push(cell);
      used += size;
    }
  }
  return lines;
}

function isMap(value: unknown): value is Figures {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : value.toPrecision(4).replace(/\.?0+$/, '');
  if (value === null || value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
