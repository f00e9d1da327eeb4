/** A first-in, first-out list with access by position: pushes and shifts in constant amortized time. */
export class Deque<T> {
  #items: T[] = [];
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
    const taken = this.#items.slice(this.#head, this.#head + Math.max(0, count));
    this.#drop(taken.length);
    return taken;
  }

  /** Takes every item from a position on. */
  takeFrom(position: number): T[] {
    return this.#items.splice(this.#head + Math.max(0, position));
  }

  #drop(count: number): void {
    this.#head += count;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }
}
