/** A picture of the game: its size, its hash, and its PNG. */
import { createHash } from 'node:crypto';
import { encode } from 'fast-png';

const WIDTH = 160;
const HEIGHT = 144;
/** Bytes of one row of RGB888. */
export const ROW_BYTES = WIDTH * 3;
export const PICTURE_BYTES = ROW_BYTES * HEIGHT;
const MOST_PALETTE_COLORS = 256;

/** SHA-256 of the raw picture, as hex. */
export function hashPicture(picture: Uint8Array): string {
  return createHash('sha256').update(picture).digest('hex');
}

/** The picture as PNG, without loss: with a palette if it has few enough colours, which is smaller and quicker. */
export function encodePng(picture: Uint8Array): Uint8Array {
  const size = { width: WIDTH, height: HEIGHT };
  const indexed = indexColors(picture);
  // A copy, because the encoder gives a view of a larger buffer, all of which would be copied to another thread.
  if (indexed === undefined) return encode({ ...size, data: picture, channels: 3 }).slice();
  const { palette, indices } = indexed;
  const depth = palette.length <= 4 ? 2 : palette.length <= 16 ? 4 : 8;
  return encode({ ...size, data: pack(indices, depth), channels: 1, depth, palette }).slice();
}

/** Undefined if the picture has more colours than a palette. */
function indexColors(picture: Uint8Array): { palette: number[][]; indices: Uint8Array } | undefined {
  const indices = new Uint8Array(WIDTH * HEIGHT);
  const known = new Map<number, number>();
  let last = -1;
  let index = 0;
  for (let pixel = 0, at = 0; pixel < indices.length; pixel++, at += 3) {
    const color = ((picture[at] ?? 0) << 16) | ((picture[at + 1] ?? 0) << 8) | (picture[at + 2] ?? 0);
    if (color !== last) {
      last = color;
      index = known.get(color) ?? known.size;
      if (index === MOST_PALETTE_COLORS) return undefined;
      known.set(color, index);
    }
    indices[pixel] = index;
  }
  const palette = Array.from(known.keys(), (color) => [color >> 16, (color >> 8) & 0xff, color & 0xff]);
  return { palette, indices };
}

/** Several pixels a byte, the leftmost in the highest bits. WIDTH divides evenly at every depth. */
function pack(indices: Uint8Array, depth: 2 | 4 | 8): Uint8Array {
  if (depth === 8) return indices;
  const perByte = 8 / depth;
  const packed = new Uint8Array(indices.length / perByte);
  for (let at = 0, from = 0; at < packed.length; at++) {
    let byte = 0;
    for (let n = 0; n < perByte; n++) byte = (byte << depth) | (indices[from++] ?? 0);
    packed[at] = byte;
  }
  return packed;
}
