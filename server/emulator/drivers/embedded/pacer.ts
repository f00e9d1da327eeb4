/** When each frame of a game at pace `realtime` is due: absolute deadlines, so that nothing adds up to a drift. */

/** 59.7275 frames a second: 70224 clocks of 4194304 Hz. */
export const FRAME_MS = (70_224 / 4_194_304) * 1000;
/** A game that is later than this (a suspended process, a machine too slow) gives frames up rather than race through them. */
const MOST_LATE_MS = 250;

export class Pacer {
  readonly #frameMs: number;
  #originMs: number;
  #frames = 0;
  #givenUp = 0;

  /** The first frame is due at once. `speed` is a factor of 59.7275 frames a second. */
  constructor(nowMs: number, speed: number) {
    this.#originMs = nowMs;
    this.#frameMs = FRAME_MS / speed;
  }

  /** Time until the next frame is due; 0 or less when it is. */
  waitMs(nowMs: number): number {
    return this.#originMs + this.#frames * this.#frameMs - nowMs;
  }

  /** A frame is run now. Skips deadlines that have been missed by far, and counts them. */
  run(nowMs: number): void {
    const lateMs = -this.waitMs(nowMs);
    if (lateMs > MOST_LATE_MS) {
      const missed = Math.floor(lateMs / this.#frameMs);
      this.#frames += missed;
      this.#givenUp += missed;
    }
    this.#frames++;
  }

  /** Time stood still and goes on: the next frame is due at once. */
  rebase(nowMs: number): void {
    this.#originMs = nowMs;
    this.#frames = 0;
  }

  /** Frames that were due and never run. */
  get givenUp(): number {
    return this.#givenUp;
  }
}
