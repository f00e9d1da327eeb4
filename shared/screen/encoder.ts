/** Turns the pictures of a game into a chain: each as what changed since the one before, and any of them whole for who joins there. */
import { ByteWriter } from './bytes.ts';
import { depthOf, FLAG_COLUMNS, FLAG_MOVED, KIND_DELTA, KIND_END, KIND_KEY } from './format.ts';
import { columnOrder, type Order, rowOrder, SCREEN_HEIGHT, SCREEN_WIDTH, type Size } from './geometry.ts';
import { halve } from './halve.ts';
import { MotionFinder, type Vector } from './motion.ts';
import { Palette } from './palette.ts';
import { RunWriter } from './runs.ts';

/** 1: every pixel. 2: half the width and height. */
export const SCALES = [1, 2] as const;
export type Scale = (typeof SCALES)[number];

/** One picture of a chain, as it travels. */
export interface ChainPicture {
  /** Its place in the chain, from 1. */
  readonly number: number;
  /** Whether it can be decoded without the one before. */
  readonly key: boolean;
  readonly bytes: Uint8Array;
}

/** The payload that ends a subscription: the game is over. */
export const END_PICTURE: Uint8Array = Uint8Array.of(KIND_END);

export class ScreenEncoder {
  readonly #size: Size;
  readonly #scale: Scale;
  readonly #palette = new Palette();
  readonly #out = new ByteWriter();
  readonly #motion: MotionFinder;
  readonly #runs: RunWriter;
  readonly #rows: Order;
  readonly #columns: Order;
  readonly #black: Uint16Array;
  #now: Uint16Array;
  #before: Uint16Array;
  #number = 0;
  #frame = 0;

  constructor(scale: Scale) {
    this.#scale = scale;
    this.#size = { width: SCREEN_WIDTH / scale, height: SCREEN_HEIGHT / scale };
    const pixels = this.#size.width * this.#size.height;
    this.#rows = rowOrder(this.#size);
    this.#columns = columnOrder(this.#size);
    this.#black = new Uint16Array(pixels);
    this.#now = new Uint16Array(pixels);
    this.#before = new Uint16Array(pixels);
    this.#motion = new MotionFinder(this.#size);
    this.#runs = new RunWriter(this.#out, pixels, {
      before: this.#black,
      offset: 0,
      order: this.#rows,
      depth: 1,
    });
  }

  /**
   * The next picture of the chain: 160x144 RGB888 as the core has it, after `frame` frames. Undefined when it is the same as the
   * latest. The first is a key picture, and so is one whose colours are too many together with those before.
   */
  next(rgb: Uint8Array, frame: number): ChainPicture | undefined {
    const known = this.#palette.colors.length;
    const before = this.#now;
    const now = this.#before;
    const fits = this.#palette.index(this.#scale === 1 ? rgb : halve(rgb, FULL_SIZE), now);
    if (this.#number > 0 && this.#palette.colors.length === known && equal(before, now)) return undefined;
    this.#before = before;
    this.#now = now;
    this.#number++;
    this.#frame = frame;
    if (this.#number > 1 && fits) return this.#delta(known);
    if (!fits) this.#restart();
    return this.key();
  }

  /** The latest picture whole. Undefined before the first. */
  key(): ChainPicture | undefined {
    if (this.#number === 0) return undefined;
    const { width, height } = this.#size;
    this.#head(KIND_KEY);
    this.#out.byte(width);
    this.#out.byte(height);
    this.#colors(0);
    const depth = depthOf(this.#palette.colors.length);
    this.#runs.write(this.#now, { before: this.#black, offset: 0, order: this.#rows, depth });
    return { number: this.#number, key: true, bytes: this.#out.take() };
  }

  /** Only the colours of the latest picture are kept, numbered anew. */
  #restart(): void {
    const { colors } = this.#palette;
    const rgb = new Uint8Array(this.#now.length * 3);
    this.#now.forEach((number, pixel) => {
      const color = colors[number] ?? 0;
      rgb.set([color >> 16, (color >> 8) & 0xff, color & 0xff], pixel * 3);
    });
    this.#palette.clear();
    this.#palette.index(rgb, this.#now);
  }

  #delta(known: number): ChainPicture {
    const vector = this.#motion.find(this.#before, this.#now);
    const columns = vector !== undefined && vector.dx !== 0;
    const flags = (vector === undefined ? 0 : FLAG_MOVED) | (columns ? FLAG_COLUMNS : 0);
    this.#head(KIND_DELTA | flags);
    this.#colors(known);
    if (vector !== undefined) this.#vector(vector);
    this.#runs.write(this.#now, {
      before: this.#before,
      offset: vector === undefined ? 0 : this.#motion.offset(vector),
      order: columns ? this.#columns : this.#rows,
      depth: depthOf(this.#palette.colors.length),
    });
    return { number: this.#number, key: false, bytes: this.#out.take() };
  }

  #head(first: number): void {
    this.#out.byte(first);
    this.#out.integer(this.#number);
    this.#out.integer(this.#frame);
  }

  /** The colours from this one on. */
  #colors(from: number): void {
    const { colors } = this.#palette;
    this.#out.integer(colors.length - from);
    for (let number = from; number < colors.length; number++) {
      const color = colors[number] ?? 0;
      this.#out.byte(color >> 16);
      this.#out.byte((color >> 8) & 0xff);
      this.#out.byte(color & 0xff);
    }
  }

  #vector({ dx, dy }: Vector): void {
    this.#out.signed(dx);
    this.#out.signed(dy);
  }
}

const FULL_SIZE: Size = { width: SCREEN_WIDTH, height: SCREEN_HEIGHT };

function equal(one: Uint16Array, other: Uint16Array): boolean {
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}
