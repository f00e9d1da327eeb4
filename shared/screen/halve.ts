/** Pictures of half the size, for many at once: each pixel is the mean of four. */
import type { Size } from './geometry.ts';

/** Half the width and height of an RGB888 picture; each channel is the sum of four pixels' divided by four, rounded down. */
export function halve(rgb: Uint8Array, { width, height }: Size): Uint8Array {
  const half = new Uint8Array((width >> 1) * (height >> 1) * 3);
  const row = width * 3;
  let to = 0;
  for (let y = 0; y + 1 < height; y += 2) {
    for (let x = 0, at = y * row; x + 1 < width; x += 2, at += 6) {
      for (let channel = at; channel < at + 3; channel++) {
        const sum =
          (rgb[channel] ?? 0) +
          (rgb[channel + 3] ?? 0) +
          (rgb[channel + row] ?? 0) +
          (rgb[channel + row + 3] ?? 0);
        half[to++] = sum >> 2;
      }
    }
  }
  return half;
}
