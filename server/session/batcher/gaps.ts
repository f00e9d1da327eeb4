/**
 * How long it is until something arrives again, predicted from what arrived and how fast: counts of gaps between arrivals, by context. A
 * context that was seen seldom leans on a wider one (button and speed, speed, nothing). Pure: times come in as values.
 */

/** Arrivals closer than this are one: no timer could tell them apart. */
export const SAME_MS = 0.25;
/** Gaps by size, four to an octave, from `SAME_MS` up to 16 s; the last takes all longer ones. */
export const GAP_SIZES = 64;
const PER_OCTAVE = 4;
/** Sizes that make one speed: two octaves. */
const SIZES_PER_SPEED = 8;
const SPEEDS = GAP_SIZES / SIZES_PER_SPEED;
/** How many observations the wider context's opinion counts as. */
const LEANING = 2;
/** When a context has seen so many gaps, all it has seen counts half. */
const MEMORY = 48;

const STARTS = Float64Array.from({ length: GAP_SIZES }, (_, size) =>
  size === 0 ? 0 : SAME_MS * 2 ** (size / PER_OCTAVE),
);

/** The shortest gap of a size, in ms; that of the next size is where it ends. */
export function gapStart(size: number): number {
  return STARTS[size] ?? Infinity;
}

/** What size a gap is. */
export function sizeOf(gapMs: number): number {
  if (gapMs <= SAME_MS) return 0;
  return Math.min(GAP_SIZES - 1, Math.floor(PER_OCTAVE * Math.log2(gapMs / SAME_MS)));
}

/** Counts of gaps, and their sum behind them. */
type Counts = Float32Array;

export class Gaps {
  readonly #all: Counts = new Float32Array(GAP_SIZES + 1);
  readonly #bySpeed: (Counts | undefined)[] = [];
  /** A list as long as there are speeds times buttons would take more than all else. */
  readonly #byPress = new Map<number, Counts>();
  /** The chances of every size in the context of now, until the next arrival. */
  #chances: Float32Array | undefined;
  #lastAtMs = -Infinity;
  #speed = SPEEDS - 1;
  #press = 0;

  /** Something arrived; `buttons` says what. */
  arrived(atMs: number, buttons: number): void {
    const gapMs = atMs - this.#lastAtMs;
    if (gapMs < SAME_MS) return;
    const size = sizeOf(gapMs);
    if (this.#lastAtMs > -Infinity) {
      count(this.#all, size);
      count((this.#bySpeed[this.#speed] ??= new Float32Array(GAP_SIZES + 1)), size);
      count(this.#pressCounts(), size);
    }
    this.#lastAtMs = atMs;
    this.#speed = Math.floor(size / SIZES_PER_SPEED);
    this.#press = this.#speed * 32 + (Math.clz32(buttons) % 32);
    this.#chances = undefined;
  }

  /** Something arrived of which nothing is learned. */
  passed(atMs: number): void {
    if (atMs - this.#lastAtMs < SAME_MS) return;
    this.#lastAtMs = atMs;
    this.#chances = undefined;
  }

  /** When something arrived last; -Infinity before the first time. */
  get lastAtMs(): number {
    return this.#lastAtMs;
  }

  /** The chance of each size of the gap that began with the last arrival. They add up to 1; untold gaps are of the last size. */
  get chances(): Float32Array {
    this.#chances ??= this.#blend();
    return this.#chances;
  }

  /** The chance that a gap of about `gapMs` is followed by one that is no longer than `mostMs`; 0 for what was never seen. */
  goesOn(gapMs: number, mostMs: number): number {
    const counts = this.#bySpeed[Math.floor(sizeOf(gapMs) / SIZES_PER_SPEED)];
    if (counts === undefined) return 0;
    let short = 0;
    for (let size = 0; gapStart(size) < mostMs && size < GAP_SIZES; size++) short += counts[size] ?? 0;
    return short / (LEANING + (counts[GAP_SIZES] ?? 0));
  }

  #pressCounts(): Counts {
    const known = this.#byPress.get(this.#press);
    if (known !== undefined) return known;
    const counts = new Float32Array(GAP_SIZES + 1);
    this.#byPress.set(this.#press, counts);
    return counts;
  }

  #blend(): Float32Array {
    const chances = new Float32Array(GAP_SIZES);
    chances[GAP_SIZES - 1] = 1;
    for (const counts of [this.#all, this.#bySpeed[this.#speed], this.#byPress.get(this.#press)]) {
      if (counts === undefined) continue;
      const sum = LEANING + (counts[GAP_SIZES] ?? 0);
      for (let i = 0; i < GAP_SIZES; i++) {
        chances[i] = ((counts[i] ?? 0) + LEANING * (chances[i] ?? 0)) / sum;
      }
    }
    return chances;
  }
}

function count(counts: Counts, size: number): void {
  counts[size] = (counts[size] ?? 0) + 1;
  counts[GAP_SIZES] = (counts[GAP_SIZES] ?? 0) + 1;
  if ((counts[GAP_SIZES] ?? 0) >= MEMORY)
    for (let i = 0; i <= GAP_SIZES; i++) counts[i] = (counts[i] ?? 0) / 2;
}
