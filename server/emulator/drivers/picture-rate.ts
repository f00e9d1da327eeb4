/** At most so many pictures a second, without a beat against the frames of the game. Pure. */

/** Share of the interval by which one may come early: frames come with a jitter, and the next one would be a whole frame late. */
const EARLY_SHARE = 0.4;

export class PictureRate {
  readonly #intervalMs: number;
  #dueAtMs = -Infinity;

  constructor(fps: number) {
    this.#intervalMs = 1000 / fps;
  }

  /** When the next one is due. */
  get dueAtMs(): number {
    return this.#dueAtMs;
  }

  due(nowMs: number): boolean {
    return nowMs >= this.#dueAtMs - EARLY_SHARE * this.#intervalMs;
  }

  /** A picture went. What one came early the next comes later. */
  took(nowMs: number): void {
    this.#dueAtMs = Math.max(this.#dueAtMs, nowMs) + this.#intervalMs;
  }
}
