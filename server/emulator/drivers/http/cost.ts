/**
 * What a request costs: a + b·n ms for n frames, fitted to the latest requests, older ones counting less and less. Time-outs follow it.
 * Pure.
 */

/** How much an earlier request counts when another comes. */
const DECAY = 0.95;
/** A time-out is this many times what is expected. */
const PATIENCE = 5;

export interface CostLimits {
  /** Shortest and longest time-out, in ms. */
  readonly minMs: number;
  readonly maxMs: number;
  /** What a frame is taken to cost before anything is measured, in ms. */
  readonly frameMs: number;
}

export class Cost {
  readonly #limits: CostLimits;
  #weight = 0;
  #sumN = 0;
  #sumMs = 0;
  #sumNN = 0;
  #sumNMs = 0;

  constructor(limits: CostLimits) {
    this.#limits = limits;
  }

  /** A request for n frames took so long. */
  measured(n: number, tookMs: number): void {
    this.#weight = this.#weight * DECAY + 1;
    this.#sumN = this.#sumN * DECAY + n;
    this.#sumMs = this.#sumMs * DECAY + tookMs;
    this.#sumNN = this.#sumNN * DECAY + n * n;
    this.#sumNMs = this.#sumNMs * DECAY + n * tookMs;
  }

  /** The fit: ms for a request, and for each frame. */
  get line(): { readonly a: number; readonly b: number } {
    if (this.#weight === 0) return { a: 0, b: this.#limits.frameMs };
    const meanN = this.#sumN / this.#weight;
    const meanMs = this.#sumMs / this.#weight;
    const variance = this.#sumNN / this.#weight - meanN * meanN;
    // With requests of one size only, all of it is put down to the frames: larger ones must not time out.
    if (variance < 1) return { a: 0, b: meanN === 0 ? this.#limits.frameMs : meanMs / meanN };
    const b = Math.max(0, (this.#sumNMs / this.#weight - meanN * meanMs) / variance);
    return { a: Math.max(0, meanMs - b * meanN), b };
  }

  expectedMs(n: number): number {
    const { a, b } = this.line;
    return a + b * n;
  }

  timeoutMs(n: number): number {
    const { minMs, maxMs } = this.#limits;
    return Math.min(maxMs, Math.max(minMs, PATIENCE * this.expectedMs(n)));
  }
}
