/** Finds out whether a picture is mostly the one before, moved: what a game that scrolls shows. */
import type { Size } from './geometry.ts';

/** Where most pixels came from: the pixel at (x, y) was at (x + dx, y + dy). */
export interface Vector {
  readonly dx: number;
  readonly dy: number;
}

/** Farthest move looked for along one axis, in pixels a picture. */
const FARTHEST = 16;
/** Farthest along both at once. */
const FARTHEST_DIAGONAL = 4;
/** Pixels looked at: prime steps, so that they do not fall into one column or onto the pattern of tiles. */
const STEP = 53;
/** Share of the sample that must have changed before a move is looked for. */
const CHANGED_SHARE = 0.06;

export class MotionFinder {
  readonly #width: number;
  readonly #pixels: number;
  readonly #candidates: readonly Vector[];
  #last: Vector = { dx: 0, dy: 0 };

  constructor({ width, height }: Size) {
    this.#width = width;
    this.#pixels = width * height;
    this.#candidates = candidates();
  }

  /** The move that explains most, if one explains at least half of what changed. */
  find(before: Uint16Array, now: Uint16Array): Vector | undefined {
    const still = this.#wrong(before, now, 0, Infinity);
    if (still * STEP < this.#pixels * CHANGED_SHARE) return undefined;
    let best: Vector | undefined;
    let least = still / 2;
    for (const vector of [this.#last, ...this.#candidates]) {
      const wrong = this.#wrong(before, now, this.offset(vector), least);
      if (wrong >= least) continue;
      least = wrong;
      best = vector;
      if (wrong * 8 < still) break;
    }
    if (best !== undefined) this.#last = best;
    return best;
  }

  /** The vector as a distance in the picture. */
  offset({ dx, dy }: Vector): number {
    return dy * this.#width + dx;
  }

  /** How many pixels of the sample are not what lay at the offset before; stops counting at `enough`. */
  #wrong(before: Uint16Array, now: Uint16Array, offset: number, enough: number): number {
    const pixels = this.#pixels;
    let wrong = 0;
    for (let at = 0; at < pixels && wrong < enough; at += STEP) {
      const from = at + offset;
      if (from < 0 || from >= pixels || before[from] !== now[at]) wrong++;
    }
    return wrong;
  }
}

function candidates(): Vector[] {
  const vectors: Vector[] = [];
  for (let far = 1; far <= FARTHEST; far++) {
    vectors.push({ dx: far, dy: 0 }, { dx: -far, dy: 0 }, { dx: 0, dy: far }, { dx: 0, dy: -far });
  }
  for (let dx = -FARTHEST_DIAGONAL; dx <= FARTHEST_DIAGONAL; dx++) {
    for (let dy = -FARTHEST_DIAGONAL; dy <= FARTHEST_DIAGONAL; dy++) {
      if (dx !== 0 && dy !== 0) vectors.push({ dx, dy });
    }
  }
  return vectors;
}
