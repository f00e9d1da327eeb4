/** The rows of a profile, by seq: the newest so many, in one block of memory that grows as it is needed. */
import { ROW_CELLS, type Rows } from '../../../shared/profile/encode.ts';

const FIRST_ROWS = 256;

export class Ring {
  readonly #maxRows: number;
  #rows = FIRST_ROWS;
  #cells = new Float64Array(FIRST_ROWS * ROW_CELLS);
  /** The oldest seq that is kept, and the one after the newest. */
  #first: number;
  #next: number;

  /** @param maxRows a power of two: beyond it the oldest row goes */
  constructor(firstSeq: number, maxRows: number) {
    this.#maxRows = maxRows;
    this.#first = firstSeq;
    this.#next = firstSeq;
  }

  get first(): number {
    return this.#first;
  }

  get next(): number {
    return this.#next;
  }

  /** Whether the next row asks for more memory, or costs the oldest one. */
  get full(): boolean {
    return this.#next - this.#first >= this.#rows;
  }

  get bytes(): number {
    return this.#cells.byteLength;
  }

  /** Makes an empty row for the next seq. */
  add(): void {
    if (this.full) {
      if (this.#rows < this.#maxRows) this.#grow();
      else this.#first++;
    }
    const at = this.#at(this.#next);
    this.#cells.fill(Number.NaN, at, at + ROW_CELLS);
    this.#next++;
  }

  /** Rows before this seq are not needed any more. */
  release(beforeSeq: number): void {
    this.#first = Math.max(this.#first, Math.min(beforeSeq, this.#next));
  }

  /** Sets a cell; of a row that is not kept it means nothing. */
  set(seq: number, cell: number, value: number): void {
    if (seq >= this.#first && seq < this.#next) this.#cells[this.#at(seq) + cell] = value;
  }

  /** NaN where there is nothing. */
  get(seq: number, cell: number): number {
    const kept = seq >= this.#first && seq < this.#next;
    return kept ? (this.#cells[this.#at(seq) + cell] ?? Number.NaN) : Number.NaN;
  }

  /** So many rows from a seq on, which are kept. They are read before anything is added. */
  from(firstSeq: number, length: number): Rows {
    return { length, cell: (row, cell) => this.get(firstSeq + row, cell) };
  }

  #at(seq: number): number {
    return (seq & (this.#rows - 1)) * ROW_CELLS;
  }

  #grow(): void {
    const old = this.#cells;
    const oldRows = this.#rows;
    this.#rows *= 2;
    this.#cells = new Float64Array(this.#rows * ROW_CELLS);
    for (let seq = this.#first; seq < this.#next; seq++) {
      const at = (seq & (oldRows - 1)) * ROW_CELLS;
      this.#cells.set(old.subarray(at, at + ROW_CELLS), this.#at(seq));
    }
  }
}
