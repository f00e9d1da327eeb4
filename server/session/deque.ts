/** A first-in, first-out list with access by position: pushes and takes in constant amortized time. */
export class Deque<T extends object> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The item at a position from the front, 0 first. */
  at(position: number): T | undefined {
    return position < 0 ? undefined : this.#items[this.#head + position];
  }

  /** Takes `count` items from the front (fewer if there are fewer). */
  take(count: number): T[] {
    const taken: T[] = [];
    for (let item = this.at(0); item !== undefined && taken.length < count; item = this.at(0)) {
      taken.push(item);
      // What has left must not be kept alive by its old place.
      this.#items[this.#head++] = undefined;
    }
    this.#trim();
    return taken;
  }

  #trim(): void {
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }
}
