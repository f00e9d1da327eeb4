/** A first-in, first-out list with access by position, in a ring: what comes and goes at the same pace allocates nothing. */

const SMALLEST = 4;
/** A ring no larger than this stays when it is empty. */
const KEPT = 64;

export class Deque<T extends object> {
  /** As many places as a power of two; none before the first item. */
  #ring: (T | undefined)[] = [];
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#length++) & (this.#ring.length - 1)] = item;
  }

  /** The item at a position from the front, 0 first. */
  at(position: number): T | undefined {
    if (position < 0 || position >= this.#length) return undefined;
    return this.#ring[(this.#head + position) & (this.#ring.length - 1)];
  }

  /** Takes the first item. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#ring[this.#head];
    // What has left must not be kept alive by its old place.
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    if (--this.#length === 0 && this.#ring.length > KEPT) this.#ring = [];
    return item;
  }

  /** Takes `count` items from the front (fewer if there are fewer). */
  take(count: number): T[] {
    const taken: T[] = [];
    while (taken.length < count) {
      const item = this.shift();
      if (item === undefined) break;
      taken.push(item);
    }
    return taken;
  }

  #grow(): void {
    const places = Math.max(SMALLEST, 2 * this.#ring.length);
    this.#ring = Array.from({ length: places }, (_, position) => this.at(position));
    this.#head = 0;
  }
}
