/** The sound of one game while somebody listens, in pieces of some frames. Made in the game's thread. */
import { encodeSound, SOUND_RATE } from '../../../../shared/sound/encode.ts';

/** Frames whose sound travels together: 33 ms at normal speed. */
const CHUNK_FRAMES = 2;

export class Sound {
  readonly #send: (bytes: Uint8Array) => void;
  #listening = false;
  #position = 0;
  #frames: Int16Array[] = [];

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send;
  }

  listen(on: boolean): void {
    this.#listening = on;
    this.#frames = [];
  }

  /** A frame has run at pace `realtime`, times `speed`. */
  ran(samples: Int16Array, frame: number, speed: number): void {
    if (this.#listening) {
      this.#frames.push(samples);
      if (this.#frames.length === CHUNK_FRAMES) this.#flush(frame, speed);
    }
    this.#position += samples.length / 2;
  }

  /** Time stood still: what has not gone yet would come too late. */
  paused(): void {
    this.#frames = [];
  }

  /** The samples of the latest frame are not counted yet. */
  #flush(frame: number, speed: number): void {
    const frames = this.#frames;
    this.#frames = [];
    const samples = new Int8Array(frames.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of frames) for (const level of piece) samples[at++] = clamp(level);
    const before = frames.slice(0, -1).reduce((sum, { length }) => sum + length / 2, 0);
    this.#send(encodeSound({ position: this.#position - before, frame, rate: SOUND_RATE * speed, samples }));
  }
}

function clamp(level: number): number {
  return Math.max(-128, Math.min(127, level));
}
