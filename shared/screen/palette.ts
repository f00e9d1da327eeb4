/** The colours of a chain of pictures, each with the number it was given first. */

/** Beyond so many a chain begins anew with those of its latest picture. */
const MOST_KEPT = 256;

export class Palette {
  /** 0xRRGGBB, by number. */
  readonly colors: number[] = [];
  readonly #numbers = new Map<number, number>();

  /**
   * Turns RGB888 into colour numbers, adding the colours that are new. False when there are too many now because of pictures
   * before this one: `clear`, and index again.
   */
  index(rgb: Uint8Array, into: Uint16Array): boolean {
    const before = this.colors.length;
    let last = -1;
    let number = 0;
    for (let pixel = 0, at = 0; pixel < into.length; pixel++, at += 3) {
      const color = ((rgb[at] ?? 0) << 16) | ((rgb[at + 1] ?? 0) << 8) | (rgb[at + 2] ?? 0);
      if (color !== last) {
        last = color;
        number = this.#numberOf(color);
      }
      into[pixel] = number;
    }
    return before === 0 || this.colors.length <= MOST_KEPT || this.colors.length === before;
  }

  clear(): void {
    this.colors.length = 0;
    this.#numbers.clear();
  }

  #numberOf(color: number): number {
    const known = this.#numbers.get(color);
    if (known !== undefined) return known;
    const number = this.colors.length;
    this.#numbers.set(color, number);
    this.colors.push(color);
    return number;
  }
}
