/**
 * The largest of a series of numbers from any point of the series on, exactly. It keeps only those that no later one equals or
 * exceeds: never more than there are different sizes of batches, and mostly a handful.
 */
export class Peak {
  readonly #values: number[] = [];
  readonly #positions: number[] = [];
  #length = 0;

  /** How many numbers the series has. */
  get length(): number {
    return this.#length;
  }

  record(value: number): void {
    let last = this.#values.length;
    while (last > 0 && (this.#values[last - 1] ?? 0) <= value) last--;
    this.#values[last] = value;
    this.#positions[last] = this.#length++;
    if (this.#values.length > last + 1) this.#values.length = this.#positions.length = last + 1;
  }

  /** The largest without the first `skipped` numbers; 0 when there is none. */
  after(skipped: number): number {
    const first = this.#positions.findIndex((position) => position >= skipped);
    return this.#values[first] ?? 0;
  }
}
