/** Pictures as pokemon-gym sends them: PNG, RGBA, twice the size of the screen. */
import { encode } from 'fast-png';

const WIDTH = 160;
const HEIGHT = 144;
const SCALE = 2;

/** @param picture 160x144 pixels of RGB888 @returns a PNG of 320x288 pixels, RGBA, as base64 */
export function screenshotBase64(picture: Uint8Array): string {
  const [width, height] = [WIDTH * SCALE, HEIGHT * SCALE];
  const pixels = new Uint8Array(width * height * 4);
  for (let y = 0, to = 0; y < height; y += 1) {
    const row = Math.floor(y / SCALE) * WIDTH * 3;
    for (let x = 0; x < width; x += 1, to += 4) {
      const from = row + Math.floor(x / SCALE) * 3;
      pixels.set(picture.subarray(from, from + 3), to);
      pixels[to + 3] = 0xff;
    }
  }
  return Buffer.from(encode({ width, height, data: pixels, channels: 4 })).toString('base64');
}
