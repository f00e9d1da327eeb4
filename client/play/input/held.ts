/** Which buttons are held, by keyboard, gamepad and fingers together. Pure. */

export type Source = 'keyboard' | 'gamepad' | 'touch';

export class Held {
  readonly #masks = new Map<Source, number>();

  /** The buttons held by anything. */
  get mask(): number {
    let all = 0;
    for (const mask of this.#masks.values()) all |= mask;
    return all;
  }

  /** What one source holds now. The buttons held by all of them if that changed anything, else undefined. */
  set(source: Source, mask: number): number | undefined {
    const before = this.mask;
    this.#masks.set(source, mask);
    return this.mask === before ? undefined : this.mask;
  }

  /** Lets everything go: 0 if anything was held, else undefined. */
  clear(): number | undefined {
    const before = this.mask;
    this.#masks.clear();
    return before === 0 ? undefined : 0;
  }
}
