/** A table of figures, a value a round in each cell, and the ratios of its rows to one of them. */
import { type Spread, spread, withSpread } from './figures.ts';

export interface Column {
  /** In the names of ratios and in JSON. */
  readonly name: string;
  readonly title: string;
  /** What a ratio says: `more` is better for rates, `less` for times; a ratio is always the larger the better. */
  readonly better: 'more' | 'less';
  /** `to-base`: shown beside its ratio to the base row. `itself`: it is a ratio already. */
  readonly ratio: 'none' | 'to-base' | 'itself';
}

export interface TableHead {
  /** In the names of ratios and in JSON. */
  readonly name: string;
  readonly title: string;
  /** The row that the others are compared with, where rows are. */
  readonly base?: string;
  readonly columns: readonly Column[];
  /** What a row is called in words. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface TableJson {
  readonly name: string;
  readonly base: string | null;
  readonly rows: Readonly<Record<string, Readonly<Record<string, Spread>>>>;
}

export class Table {
  readonly head: TableHead;
  /** By row, then column: a value for each round. */
  readonly #cells = new Map<string, Map<string, number[]>>();

  constructor(head: TableHead) {
    this.head = head;
  }

  /** One round of a row; columns that it does not have stay empty. */
  add(row: string, values: Readonly<Record<string, number>>): void {
    const cells = this.#cells.get(row) ?? new Map<string, number[]>();
    this.#cells.set(row, cells);
    for (const [column, value] of Object.entries(values)) {
      const rounds = cells.get(column) ?? [];
      cells.set(column, rounds);
      rounds.push(value);
    }
  }

  values(row: string, column: string): readonly number[] {
    return this.#cells.get(row)?.get(column) ?? [];
  }

  spread(row: string, column: string): Spread {
    return spread(this.values(row, column));
  }

  /** How many times better than another row, round by round: what disturbs the machine disturbs both. */
  ratio(row: string, column: Column): Spread {
    if (column.ratio === 'itself') return this.spread(row, column.name);
    const others = this.values(this.head.base ?? row, column.name);
    const quotients = this.values(row, column.name).map((value, round) => {
      const other = others[round] ?? Number.NaN;
      return column.better === 'more' ? value / other : other / value;
    });
    return spread(quotients);
  }

  /** All ratios, as `table.row.column`. */
  ratios(): [name: string, ratio: Spread][] {
    const { name, base, columns } = this.head;
    const rows = this.#rows.filter((row) => row !== base);
    const shown = columns.filter(({ ratio }) => ratio !== 'none');
    return rows.flatMap((row) =>
      shown.map((column): [string, Spread] => [`${name}.${row}.${column.name}`, this.ratio(row, column)]),
    );
  }

  json(): TableJson {
    const rows = this.#rows.map((row) => {
      const columns = [...(this.#cells.get(row) ?? [])].map(([column, values]) => [column, spread(values)]);
      return [row, Object.fromEntries(columns)];
    });
    return { name: this.head.name, base: this.head.base ?? null, rows: Object.fromEntries(rows) };
  }

  text(): string {
    const { title, base, labels, columns } = this.head;
    const compared = columns.filter(({ ratio }) => ratio === 'to-base');
    const header = [title, ...compared.map((column) => `x ${column.title}`), ...columns.map((c) => c.title)];
    const lines = this.#rows.map((row) => [
      `  ${labels[row] ?? row}`,
      ...compared.map((column) => (row === base ? '1' : this.#cell(row, column, this.ratio(row, column)))),
      ...columns.map((column) => this.#cell(row, column, this.spread(row, column.name))),
    ]);
    return aligned([header, ...lines]);
  }

  get #rows(): string[] {
    return [...this.#cells.keys()];
  }

  #cell(row: string, column: Column, figure: Spread): string {
    return this.values(row, column.name).length === 0 ? '' : withSpread(figure);
  }
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  const pad = (cell: string, column: number) => cell.padEnd(widths[column] ?? 0);
  return lines.map((line) => line.map(pad).join('   ').trimEnd()).join('\n');
}
