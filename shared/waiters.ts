/** Those who wait for one and the same thing: the next `tell` lets all of them go on. */
export class Waiters {
  #waiting: (() => void)[] = [];

  /** How many wait now. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Resolves at the next `tell`. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  tell(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
