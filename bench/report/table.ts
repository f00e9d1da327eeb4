/** A table of figures, a value a round in each cell, and the ratios of its rows to one of them. */
import { quotients, type Spread, spread, withSpread } from './figures.ts';

export interface Column {
  /** In the names of ratios and in JSON. */
  readonly name: string;
  readonly title: string;
  /** Which is better of a figure, and of its ratio: `more` of rates, `less` of times. */
  readonly better: 'more' | 'less';
  /** `to-base`: shown beside its ratio to the base row. */
  readonly ratio: 'none' | 'to-base';
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
  readonly title: string;
  readonly base: string | null;
  readonly better: Readonly<Record<string, 'more' | 'less'>>;
  readonly rows: Readonly<Record<string, Readonly<Record<string, Spread>>>>;
  /** Of each row to the base row. */
  readonly ratios: Readonly<Record<string, Readonly<Record<string, Spread>>>>;
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

  /** A row's figure as a multiple of another row's, round by round: what disturbs the machine disturbs both. */
  quotient(row: string, other: string, column: string): Spread {
    return spread(quotients(this.values(row, column), this.values(other, column)));
  }

  json(): TableJson {
    const { name, title, base, columns } = this.head;
    const compared = columns.filter(({ ratio }) => ratio === 'to-base');
    const rows = this.rows.map((row) => {
      const figures = [...(this.#cells.get(row) ?? [])].map(([column, values]) => [column, spread(values)]);
      return [row, Object.fromEntries(figures)];
    });
    const ratios = this.rows.map((row) => [
      row,
      Object.fromEntries(compared.map(({ name: column }) => [column, this.#toBase(row, column)])),
    ]);
    return {
      name,
      title,
      base: base ?? null,
      better: Object.fromEntries(columns.map((column) => [column.name, column.better])),
      rows: Object.fromEntries(rows),
      ratios: Object.fromEntries(compared.length > 0 ? ratios : []),
    };
  }

  text(): string {
    const [head = [], ...lines] = this.#lines();
    return aligned([head, ...lines.map(([row = '', ...cells]) => [`  ${row}`, ...cells])]);
  }

  /** As a table of Markdown. */
  markdown(): string {
    const [head = [], ...lines] = this.#lines();
    return [head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
  }

  get rows(): string[] {
    return [...this.#cells.keys()];
  }

  /** The title and columns, and a line for each row. */
  #lines(): string[][] {
    const { title, base, labels, columns } = this.head;
    const compared = columns.filter(({ ratio }) => ratio === 'to-base');
    const head = [title, ...compared.map((column) => `x ${column.title}`), ...columns.map((c) => c.title)];
    const lines = this.rows.map((row) => [
      labels[row] ?? row,
      ...compared.map(({ name }) => (row === base ? '1' : this.#cell(row, name, this.#toBase(row, name)))),
      ...columns.map(({ name }) => this.#cell(row, name, this.spread(row, name))),
    ]);
    return [head, ...lines];
  }

  #toBase(row: string, column: string): Spread {
    return this.quotient(row, this.head.base ?? row, column);
  }

  #cell(row: string, column: string, figure: Spread): string {
    return this.values(row, column).length === 0 ? '' : withSpread(figure);
  }
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  const pad = (cell: string, column: number) => cell.padEnd(widths[column] ?? 0);
  return lines.map((line) => line.map(pad).join('   ').trimEnd()).join('\n');
}
