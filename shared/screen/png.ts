/** Pictures as PNG files. */
import { encode } from 'fast-png';
import type { Size } from './geometry.ts';

const MOST_PALETTE_COLORS = 256;

/** An RGB888 picture as PNG, without loss: with a palette if it has few enough colours, which is smaller and quicker. */
export function encodePng(picture: Uint8Array, { width, height }: Size): Uint8Array {
  const size = { width, height };
  const indexed = indexColors(picture);
  // A copy, because the encoder gives a view of a larger buffer, all of which would be copied to another thread.
  if (indexed === undefined) return encode({ ...size, data: picture, channels: 3 }).slice();
  const { palette, indices } = indexed;
  // Rows of whole bytes only.
  const depth = palette.length <= 4 && width % 4 === 0 ? 2 : palette.length <= 16 && width % 2 === 0 ? 4 : 8;
  return encode({ ...size, data: pack(indices, depth), channels: 1, depth, palette }).slice();
}

/** Undefined if the picture has more colours than a palette. */
function indexColors(picture: Uint8Array): { palette: number[][]; indices: Uint8Array } | undefined {
  const indices = new Uint8Array(picture.length / 3);
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

/** Several pixels a byte, the leftmost in the highest bits. Rows divide evenly. */
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
