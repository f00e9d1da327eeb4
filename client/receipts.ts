/** Tells the gateway now and then which outcomes have arrived, so that it need not keep them. */
import type { Clock } from './clock.ts';

const EVERY = 256;
const IDLE_MS = 1_000;

export class Receipts {
  readonly #clock: Clock;
  readonly #send: (throughSeq: number) => void;
  #toldThrough: number;
  #ackedThrough: number;
  #stopTimer: (() => void) | undefined;

  constructor(clock: Clock, ackedThrough: number, send: (throughSeq: number) => void) {
    this.#clock = clock;
    this.#send = send;
    this.#toldThrough = ackedThrough;
    this.#ackedThrough = ackedThrough;
  }

  acked(throughSeq: number): void {
    this.#ackedThrough = throughSeq;
    if (throughSeq - this.#toldThrough >= EVERY) this.#tell();
    else if (throughSeq > this.#toldThrough)
      this.#stopTimer ??= this.#clock.after(IDLE_MS, () => this.#tell());
  }

  /** The gateway has been told otherwise. */
  told(throughSeq: number): void {
    this.stop();
    this.#toldThrough = throughSeq;
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #tell(): void {
    this.stop();
    this.#toldThrough = this.#ackedThrough;
    this.#send(this.#ackedThrough);
  }
}
