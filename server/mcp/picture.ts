/** Pictures for models: the screen of a Game Boy is small for them, so it can be made larger, pixel by pixel. */
import type { Client } from '../../client/index.ts';
import { SCREEN_HEIGHT, SCREEN_WIDTH, type Size } from '../../shared/screen/geometry.ts';
import { encodePng } from '../../shared/screen/png.ts';

export const MAX_SCALE = 4;

export interface Picture {
  /** Frames that had run when it was taken. */
  readonly frame: number;
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * The picture behind everything that was called before.
 * @param emulator another emulator of the gateway than the client's own
 */
export async function takePicture(client: Client, scale: number, emulator?: string): Promise<Picture> {
  const { frame, bytes } = await client.screen({
    format: 'raw',
    ...(emulator !== undefined && { emulator }),
  });
  const { width, height } = sizeAt(scale);
  return { frame, width, height, png: enlargedPng(bytes, scale) };
}

/** @param picture RGB888, row by row */
export function enlargedPng(picture: Uint8Array, scale: number): Uint8Array {
  return encodePng(enlarge(picture, scale), sizeAt(scale));
}

function sizeAt(scale: number): Size {
  return { width: SCREEN_WIDTH * scale, height: SCREEN_HEIGHT * scale };
}

/** RGB888, row by row; every pixel becomes `scale` times `scale` of them. */
function enlarge(picture: Uint8Array, scale: number): Uint8Array {
  if (scale === 1) return picture;
  const rowBytes = SCREEN_WIDTH * scale * 3;
  const large = new Uint8Array(rowBytes * SCREEN_HEIGHT * scale);
  for (let y = 0; y < SCREEN_HEIGHT; y += 1) {
    const start = y * scale * rowBytes;
    for (let x = 0, to = start; x < SCREEN_WIDTH; x += 1) {
      const from = (y * SCREEN_WIDTH + x) * 3;
      for (let n = 0; n < scale; n += 1, to += 3) large.set(picture.subarray(from, from + 3), to);
    }
    for (let n = 1; n < scale; n += 1) large.copyWithin(start + n * rowBytes, start, start + rowBytes);
  }
  return large;
}
