/** Turns the payloads of the screen channel back into pictures. Takes any bytes: what it cannot read is said, never thrown. */
import { ByteReader } from './bytes.ts';
import {
  depthOf,
  FLAG_COLUMNS,
  FLAG_MOVED,
  KIND_BITS,
  KIND_DELTA,
  KIND_END,
  KIND_KEY,
  RUN_COPY,
  RUN_LITERAL,
  RUN_LONG,
  RUN_MOVED,
  RUN_SAME,
  RUN_SHIFT,
} from './format.ts';
import { columnOrder, type Order, rowOrder, type Size } from './geometry.ts';

/** A picture with its colours by number. */
export interface IndexedPicture extends Size {
  /** Frames that the game had run when it was shown. */
  readonly frame: number;
  /** The colour of each pixel, row by row, as a position in `palette`. */
  readonly pixels: Uint16Array;
  /** 0xRRGGBB. */
  readonly palette: readonly number[];
}

export type ScreenDecoding =
  | { readonly kind: 'picture'; readonly picture: IndexedPicture }
  /** What it builds on was not received: to be passed over until a key picture comes, which is the next that the gateway sends. */
  | { readonly kind: 'gap' }
  /** The game is over; nothing more comes. */
  | { readonly kind: 'end' }
  | { readonly kind: 'faulty'; readonly message: string };

/** The latest picture, which the next one builds on. */
interface Latest extends Size {
  readonly number: number;
  readonly pixels: Uint16Array;
  readonly palette: readonly number[];
  readonly rows: Order;
  readonly columns: Order;
}

/** What one payload says before its runs. */
interface Head {
  readonly number: number;
  readonly frame: number;
}

/** Most colours that a picture can have: one for each pixel of the largest. */
const MOST_COLORS = 0xffff;

export class ScreenDecoder {
  #latest: Latest | undefined;

  /** Reads one payload. A picture stays as it is when the next one is decoded. */
  decode(payload: Uint8Array): ScreenDecoding {
    const reader = new ByteReader(payload);
    const first = reader.byte();
    const kind = first & KIND_BITS;
    if (kind === KIND_END && payload.length > 0) return { kind: 'end' };
    const head = { number: reader.integer(), frame: reader.integer() };
    if (kind === KIND_KEY) return this.#key(reader, first, head);
    if (kind === KIND_DELTA) return this.#delta(reader, first, head);
    return faulty(`a payload of kind ${kind}`);
  }

  #key(reader: ByteReader, flags: number, head: Head): ScreenDecoding {
    const size = { width: reader.byte(), height: reader.byte() };
    const pixels = size.width * size.height;
    if (pixels === 0) return faulty('a picture without pixels');
    const palette = readColors(reader, []);
    if (palette === undefined) return faulty('more colours than there can be');
    const known = this.#latest;
    const orders =
      known?.width === size.width && known.height === size.height
        ? known
        : { rows: rowOrder(size), columns: columnOrder(size) };
    const { rows, columns } = orders;
    return this.#take(reader, flags, head, { ...size, palette, rows, columns }, new Uint16Array(pixels));
  }

  #delta(reader: ByteReader, flags: number, head: Head): ScreenDecoding {
    const latest = this.#latest;
    if (latest === undefined || head.number !== latest.number + 1) return { kind: 'gap' };
    const palette = readColors(reader, latest.palette);
    if (palette === undefined) return faulty('more colours than there can be');
    return this.#take(reader, flags, head, { ...latest, palette }, latest.pixels);
  }

  #take(
    reader: ByteReader,
    flags: number,
    { number, frame }: Head,
    base: Omit<Latest, 'number' | 'pixels'>,
    before: Uint16Array,
  ): ScreenDecoding {
    const { width, height, palette, rows, columns } = base;
    const offset = (flags & FLAG_MOVED) === 0 ? 0 : readOffset(reader, width);
    const order = (flags & FLAG_COLUMNS) === 0 ? rows : columns;
    const pixels = new Uint16Array(before.length);
    const problem = readRuns(reader, pixels, before, { offset, order, colors: palette.length });
    if (problem !== undefined) {
      this.#latest = undefined;
      return faulty(problem);
    }
    this.#latest = { ...base, number, pixels };
    return { kind: 'picture', picture: { width, height, frame, pixels, palette } };
  }
}

function faulty(message: string): ScreenDecoding {
  return { kind: 'faulty', message };
}

/** The colours known and those that follow. Undefined when they are too many. */
function readColors(reader: ByteReader, known: readonly number[]): readonly number[] | undefined {
  const count = reader.integer();
  if (count === 0) return known;
  if (known.length + count > MOST_COLORS) return undefined;
  const colors = [...known];
  for (let n = 0; n < count && !reader.overrun; n++) {
    colors.push((reader.byte() << 16) | (reader.byte() << 8) | reader.byte());
  }
  return colors;
}

function readOffset(reader: ByteReader, width: number): number {
  const dx = reader.signed();
  const dy = reader.signed();
  return dy * width + dx;
}

interface RunContext {
  readonly offset: number;
  readonly order: Order;
  readonly colors: number;
}

/** Fills the pixels; says what is wrong. */
function readRuns(
  reader: ByteReader,
  pixels: Uint16Array,
  before: Uint16Array,
  { offset, order, colors }: RunContext,
): string | undefined {
  const { pixels: positions, line } = order;
  const total = pixels.length;
  const depth = depthOf(colors);
  let at = 0;
  while (at < total) {
    const first = reader.byte();
    const short = first & RUN_LONG;
    const end = at + 1 + (short === RUN_LONG ? RUN_LONG + reader.integer() : short);
    if (reader.overrun) return 'it ends in the middle';
    if (end > total) return 'a run goes beyond the picture';
    const kind = first >> RUN_SHIFT;
    if (kind === RUN_SAME || kind === RUN_MOVED) {
      const shift = kind === RUN_SAME ? 0 : offset;
      for (; at < end; at++) {
        const position = positions[at] ?? 0;
        pixels[position] = before[position + shift] ?? 0;
      }
    } else if (kind === RUN_COPY) {
      const distance = reader.integer() || line;
      if (distance > at) return 'a run repeats what is not there';
      for (; at < end; at++) pixels[positions[at] ?? 0] = pixels[positions[at - distance] ?? 0] ?? 0;
    } else if (kind === RUN_LITERAL) {
      if (!readLiteral(reader, pixels, positions, { at, end, depth, colors })) {
        return 'a pixel has a colour that is not there';
      }
      at = end;
    }
  }
  return reader.overrun ? 'it ends in the middle' : undefined;
}

/** False when a pixel has no colour. */
function readLiteral(
  reader: ByteReader,
  pixels: Uint16Array,
  positions: Uint16Array,
  { at, end, depth, colors }: { at: number; end: number; depth: number; colors: number },
): boolean {
  const mask = (1 << depth) - 1;
  let bits = 0;
  let left = 0;
  for (let next = at; next < end; next++) {
    if (left === 0) {
      bits = depth === 16 ? (reader.byte() << 8) | reader.byte() : reader.byte();
      left = Math.max(8, depth);
    }
    left -= depth;
    const number = (bits >> left) & mask;
    if (number >= colors) return false;
    pixels[positions[next] ?? 0] = number;
  }
  return true;
}
