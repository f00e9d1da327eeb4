/** How many inputs arrive in a second, the latest seconds counting most. Pure. */

/** What is older than this counts less than a third (1/e). */
const WINDOW_MS = 1000;

export class Rate {
  #inputs = 0;
  #atMs = -Infinity;

  arrived(atMs: number): void {
    if (atMs !== this.#atMs) {
      this.#inputs *= Math.exp((this.#atMs - atMs) / WINDOW_MS);
      this.#atMs = atMs;
    }
    this.#inputs++;
  }

  /** Inputs per ms. */
  perMs(nowMs: number): number {
    return (this.#inputs * Math.exp((this.#atMs - nowMs) / WINDOW_MS)) / WINDOW_MS;
  }
}
