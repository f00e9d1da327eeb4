/** Sizes of pictures, and the two orders in which their pixels are visited. */

/** The screen of a Game Boy. */
export const SCREEN_WIDTH = 160;
export const SCREEN_HEIGHT = 144;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The pixels of a picture as positions in it, in the order in which they are visited. */
export interface Order {
  readonly pixels: Uint16Array;
  /** Row by row: the position in the order is the position in the picture. */
  readonly inRows: boolean;
  /** How many pixels lie between a pixel and its neighbour on the line before: a whole line. */
  readonly line: number;
}

/** Row by row. */
export function rowOrder({ width, height }: Size): Order {
  return { pixels: Uint16Array.from({ length: width * height }, (_, at) => at), inRows: true, line: width };
}

/** Column by column: what a sideways scroll uncovers is then one run. */
export function columnOrder({ width, height }: Size): Order {
  const pixels = new Uint16Array(width * height);
  for (let at = 0, x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) pixels[at++] = y * width + x;
  }
  return { pixels, inRows: false, line: height };
}
