/** Cuts a picture into runs: what stayed, what moved, what repeats, and what is new, whichever takes the fewest bytes. */
import type { ByteWriter } from './bytes.ts';
import { RUN_COPY, RUN_LITERAL, RUN_LONG, RUN_MOVED, RUN_SAME, RUN_SHIFT } from './format.ts';
import type { Order } from './geometry.ts';

/** A run this long is taken without looking whether another kind were longer. */
const LONG_ENOUGH = 48;
const HASH_BITS = 12;
const NOWHERE = -1;

/** What a picture is encoded against. */
export interface Reference {
  readonly before: Uint16Array;
  /** Where what moved came from, as a distance in the picture; 0 when nothing did. */
  readonly offset: number;
  readonly order: Order;
  /** Bits of one pixel of a literal run. */
  readonly depth: number;
}

export class RunWriter {
  readonly #out: ByteWriter;
  /** Where four pixels like these were seen last, by their hash. */
  readonly #seen = new Int32Array(1 << HASH_BITS);
  readonly #now: Uint16Array;
  readonly #pixels: number;
  #reference: Reference;

  /** @param now the picture in the order of its runs, to be filled by `write` */
  constructor(out: ByteWriter, pixels: number, reference: Reference) {
    this.#out = out;
    this.#pixels = pixels;
    this.#now = new Uint16Array(pixels);
    this.#reference = reference;
  }

  /** Writes the runs of a whole picture. */
  write(picture: Uint16Array, reference: Reference): void {
    this.#reference = reference;
    this.#seen.fill(NOWHERE);
    const { pixels: order, inRows } = reference.order;
    const now = this.#now;
    if (inRows) now.set(picture);
    else for (let at = 0; at < now.length; at++) now[at] = picture[order[at] ?? 0] ?? 0;
    this.#cut();
  }

  #cut(): void {
    const { offset, depth } = this.#reference;
    let literal = 0;
    let at = 0;
    while (at < this.#pixels) {
      const same = this.#fromBefore(at, 0);
      const moved = offset === 0 || same >= LONG_ENOUGH ? 0 : this.#fromBefore(at, offset);
      const kind = moved > same ? RUN_MOVED : RUN_SAME;
      const length = Math.max(moved, same);
      const copy = length >= LONG_ENOUGH ? NO_COPY : this.#copyAt(at);
      // What pixels cost as literals, less what the run costs; a literal that is cut in two costs a byte more.
      const split = at > literal ? 8 : 0;
      const gain = length * depth - costOf(length) - split;
      const copyGain = copy.length * depth - costOf(copy.length) - copy.distanceBits - split;
      if (gain <= 0 && copyGain <= 0) {
        this.#remember(at);
        at++;
        continue;
      }
      this.#literal(literal, at);
      const taken = copyGain > gain ? copy.length : length;
      if (copyGain > gain) this.#run(RUN_COPY, taken, copy.distance);
      else this.#run(kind, taken);
      at += taken;
      literal = at;
    }
    this.#literal(literal, at);
  }

  /** How many pixels from here on are those of the picture before, at a distance. */
  #fromBefore(from: number, offset: number): number {
    const { before, order } = this.#reference;
    const { pixels, inRows } = order;
    const now = this.#now;
    const total = this.#pixels;
    let at = from;
    for (; at < total; at++) {
      const position = (inRows ? at : (pixels[at] ?? 0)) + offset;
      if (position < 0 || position >= total || before[position] !== now[at]) break;
    }
    return at - from;
  }

  /** The better of the line before and the latest place where the next four pixels were seen. */
  #copyAt(at: number): Copy {
    const { line } = this.#reference.order;
    const above = at >= line ? this.#matching(at, at - line) : 0;
    const hash = this.#hash(at);
    const seen = hash === NOWHERE ? NOWHERE : (this.#seen[hash] ?? NOWHERE);
    const found = seen === NOWHERE || seen >= at ? 0 : this.#matching(at, seen);
    const distance = at - seen;
    if (found > above + 4) return { length: found, distance, distanceBits: distance < 0x80 ? 8 : 16 };
    return { length: above, distance: 0, distanceBits: 8 };
  }

  #matching(at: number, from: number): number {
    const now = this.#now;
    const most = this.#pixels - at;
    let length = 0;
    while (length < most && now[from + length] === now[at + length]) length++;
    return length;
  }

  #hash(at: number): number {
    if (at + 8 > this.#pixels) return NOWHERE;
    const now = this.#now;
    let hash = 0;
    for (let next = at; next < at + 8; next++) hash = Math.imul(hash, 31) + (now[next] ?? 0);
    return (Math.imul(hash, 0x9e3779b1) >>> (32 - HASH_BITS)) | 0;
  }

  #remember(at: number): void {
    const hash = this.#hash(at);
    if (hash !== NOWHERE) this.#seen[hash] = at;
  }

  #run(kind: number, length: number, distance?: number): void {
    const short = Math.min(length - 1, RUN_LONG);
    this.#out.byte((kind << RUN_SHIFT) | short);
    if (short === RUN_LONG) this.#out.integer(length - 1 - RUN_LONG);
    if (distance !== undefined) this.#out.integer(distance);
  }

  #literal(from: number, to: number): void {
    if (to === from) return;
    this.#run(RUN_LITERAL, to - from);
    const { depth } = this.#reference;
    const now = this.#now;
    if (depth === 16) {
      for (let at = from; at < to; at++) {
        this.#out.byte((now[at] ?? 0) >> 8);
        this.#out.byte((now[at] ?? 0) & 0xff);
      }
      return;
    }
    const perByte = 8 / depth;
    for (let at = from; at < to; at += perByte) {
      let byte = 0;
      for (let next = at; next < at + perByte; next++) {
        byte = (byte << depth) | (next < to ? (now[next] ?? 0) : 0);
      }
      this.#out.byte(byte);
    }
  }
}

interface Copy {
  readonly length: number;
  /** 0 for one line. */
  readonly distance: number;
  readonly distanceBits: number;
}

const NO_COPY: Copy = { length: 0, distance: 0, distanceBits: 0 };

/** Bits of a run's own bytes. */
function costOf(length: number): number {
  return length <= RUN_LONG ? 8 : 16;
}
