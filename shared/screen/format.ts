/** The bytes of one picture of the screen channel (docs/protocol.md, "Pictures"). */

/** Kinds of payload: the lowest two bits of its first byte. */
export const KIND_DELTA = 0;
export const KIND_KEY = 1;
export const KIND_END = 2;
export const KIND_BITS = 0b11;
/** Pixels are visited column by column instead of row by row. */
export const FLAG_COLUMNS = 0b100;
/** A vector follows: most of the picture has moved by it. */
export const FLAG_MOVED = 0b1000;

/** What a run of pixels is: the highest two bits of its first byte. The lower six are its length less one; 63 means more follows. */
export const RUN_SAME = 0;
export const RUN_MOVED = 1;
export const RUN_LITERAL = 2;
export const RUN_COPY = 3;
export const RUN_SHIFT = 6;
export const RUN_LONG = 63;

/** Bits of one pixel of a literal run, by the number of colours: whole bytes hold whole pixels. */
export function depthOf(colors: number): 1 | 2 | 4 | 8 | 16 {
  if (colors <= 2) return 1;
  if (colors <= 4) return 2;
  if (colors <= 16) return 4;
  return colors <= 256 ? 8 : 16;
}
