/** A token bucket: `perSecond` tokens come in a second, at most `capacity` are saved up. Pure: time comes in as a value, in ms. */

export class TokenBucket {
  readonly perSecond: number;
  readonly #capacity: number;
  #tokens: number;
  #atMs: number;

  /** Starts full. @param capacity what may be taken at once; by default what comes in a second */
  constructor(perSecond: number, nowMs: number, capacity = perSecond) {
    this.perSecond = perSecond;
    this.#capacity = capacity;
    this.#tokens = capacity;
    this.#atMs = nowMs;
  }

  /** Takes so many tokens, or none of them and gives false if that would leave a debt of more than `maxDebt`. */
  take(count: number, nowMs: number, maxDebt = 0): boolean {
    this.#fill(nowMs);
    if (this.#tokens - count < -maxDebt) return false;
    this.#tokens -= count;
    return true;
  }

  /** How long until there are so many tokens (what the bucket can hold, if that is less), in ms; 0 when there are. */
  msUntil(tokens: number, nowMs: number): number {
    this.#fill(nowMs);
    const missing = Math.min(tokens, this.#capacity) - this.#tokens;
    return missing <= 0 ? 0 : (missing * 1000) / this.perSecond;
  }

  #fill(nowMs: number): void {
    if (nowMs <= this.#atMs) return;
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((nowMs - this.#atMs) * this.perSecond) / 1000);
    this.#atMs = nowMs;
  }
}
