/** Sound between the line, which brings it in pieces, and the loudspeaker, which wants it evenly. Pure; also runs in the audio thread. */

/** A piece of sound. `rate`: stereo samples a second at which it is to be played. */
export interface Piece {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly rate: number;
}

/** How much is gathered before it sounds, in s: pieces are two frames long and lines tremble. */
const TARGET_S = 0.06;
/** Beyond this much the oldest is left out: a sound that late is worse than a gap. */
const MOST_S = 0.25;
/** How far the speed may bend to keep the buffer at its target: nobody hears 0.5 %. */
const BEND = 0.005;

export class JitterBuffer {
  /** Samples a second of the loudspeaker. */
  readonly #outRate: number;
  #pieces: Piece[] = [];
  /** Where the next sample is, in the first piece. */
  #at = 0;
  #playing = false;

  constructor(outRate: number) {
    this.#outRate = outRate;
  }

  /** How much waits, in s. */
  get waitingS(): number {
    let seconds = 0;
    for (const { left, rate } of this.#pieces) seconds += left.length / rate;
    const [first] = this.#pieces;
    return first === undefined ? 0 : Math.max(0, seconds - this.#at / first.rate);
  }

  push(piece: Piece): void {
    if (piece.left.length === 0 || !(piece.rate > 0)) return;
    this.#pieces.push(piece);
    if (this.waitingS <= MOST_S) return;
    while (this.#pieces.length > 1 && this.waitingS > TARGET_S) this.#drop();
  }

  /** Fills both; with silence as long as too little is there. */
  pull(left: Float32Array, right: Float32Array): void {
    const waitingS = this.waitingS;
    if (waitingS >= TARGET_S) this.#playing = true;
    const bend = 1 + Math.max(-1, Math.min(1, (waitingS - TARGET_S) / TARGET_S)) * BEND;
    for (let at = 0; at < left.length; at++) {
      const piece = this.#playing ? this.#current() : undefined;
      if (piece === undefined) this.#playing = false;
      left[at] = piece === undefined ? 0 : between(piece.left, this.#at);
      right[at] = piece === undefined ? 0 : between(piece.right, this.#at);
      if (piece !== undefined) this.#at += (piece.rate / this.#outRate) * bend;
    }
  }

  /** The piece that the next sample is in. */
  #current(): Piece | undefined {
    for (;;) {
      const [first] = this.#pieces;
      if (first === undefined || this.#at < first.left.length) return first;
      const over = this.#at - first.left.length;
      this.#pieces.shift();
      this.#at = over;
    }
  }

  #drop(): void {
    this.#pieces.shift();
    this.#at = 0;
  }
}

/** A sample at a place between two. */
function between(samples: Float32Array, at: number): number {
  const index = Math.floor(at);
  const here = samples[index] ?? 0;
  const next = samples[index + 1] ?? here;
  return here + (next - here) * (at - index);
}
