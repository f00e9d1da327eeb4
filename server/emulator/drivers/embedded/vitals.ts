/** What main thread and worker both see without a message: that the worker moves, and how far it is. */

const BEAT = 0;
const FRAME = 1;
const GIVEN_UP = 2;
const FIELDS = 3;

export class Vitals {
  readonly buffer: SharedArrayBuffer;
  readonly #fields: BigInt64Array;

  /** @default buffer a new one, on the main thread */
  constructor(buffer = new SharedArrayBuffer(FIELDS * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#fields = new BigInt64Array(buffer);
  }

  /** Says that the worker moves. */
  beat(): void {
    Atomics.add(this.#fields, BEAT, 1n);
  }

  /** Changes with every beat. */
  beats(): bigint {
    return Atomics.load(this.#fields, BEAT);
  }

  /** Frames run since the start. */
  get frame(): number {
    return Number(Atomics.load(this.#fields, FRAME));
  }

  set frame(frame: number) {
    Atomics.store(this.#fields, FRAME, BigInt(frame));
  }

  /** Frames at `realtime` that were due and never run. */
  get framesGivenUp(): number {
    return Number(Atomics.load(this.#fields, GIVEN_UP));
  }

  set framesGivenUp(frames: number) {
    Atomics.store(this.#fields, GIVEN_UP, BigInt(frames));
  }
}
