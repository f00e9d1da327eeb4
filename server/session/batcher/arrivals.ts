/** When the latest inputs arrived: as many times as the rate threshold needs, in a ring that never grows. */
export class Arrivals {
  #times: Float64Array;
  #count = 0;

  /** Remembers the latest `capacity` arrivals. */
  constructor(capacity: number) {
    this.#times = new Float64Array(Math.max(1, capacity));
  }

  record(nowMs: number): void {
    this.#times[this.#count % this.#times.length] = nowMs;
    this.#count++;
  }

  /** Whether at least `count` inputs arrived later than `windowMs` before now. `count` beyond the capacity counts as the capacity. */
  within(windowMs: number, count: number, nowMs: number): boolean {
    const nth = Math.min(count, this.#times.length);
    if (this.#count < nth) return false;
    const time = this.#times[(this.#count - nth) % this.#times.length] ?? 0;
    return time > nowMs - windowMs;
  }

  /** The same arrivals, remembering `capacity` of them. */
  resized(capacity: number): Arrivals {
    const other = new Arrivals(capacity);
    const kept = Math.min(this.#count, this.#times.length, other.#times.length);
    for (let i = this.#count - kept; i < this.#count; i++)
      other.record(this.#times[i % this.#times.length] ?? 0);
    return other;
  }
}
