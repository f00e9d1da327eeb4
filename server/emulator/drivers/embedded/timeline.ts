/** Which buttons are down on each frame: a batch's steps, one after another without a pause, over the keys that are held. Pure. */
import type { Step } from '../driver.ts';
import { KEYS_FRAMES } from '../step-frames.ts';

/** Numbers of one step on its way: buttons, hold, gap. */
export const STEP_FIELDS = 3;
/** In place of `hold`: the step sets the held keys. */
const KEYS = -1;

/** Steps as flat numbers, which cross to a worker several times faster than objects. */
export function flatten(steps: readonly Step[]): number[] {
  const flat: number[] = [];
  for (const { kind, buttons, hold, gap } of steps) flat.push(buttons, kind === 'keys' ? KEYS : hold, gap);
  return flat;
}

export class Timeline {
  /** Whether the next frames pass before the current step begins: nothing is pressed but what is held. */
  waiting = false;
  #steps: readonly number[] = [];
  /** Where the current step starts in `#steps`. */
  #at = 0;
  #ran = 0;
  #held = 0;

  /** Starts on the steps. Those before must be finished. */
  begin(flat: readonly number[]): void {
    this.#steps = flat;
    this.#at = 0;
    this.#enter();
  }

  /** Whether every step is finished. */
  get idle(): boolean {
    return this.#at >= this.#steps.length;
  }

  /** How many steps are not finished. */
  get left(): number {
    return (this.#steps.length - this.#at) / STEP_FIELDS;
  }

  /** Position of the current step in its batch. */
  get index(): number {
    return this.#at / STEP_FIELDS;
  }

  /** How many frames the current step covers. */
  get frames(): number {
    return framesAt(this.#steps, this.#at);
  }

  /** How many of them are still to be run; at 0 it is to be finished. */
  get framesLeft(): number {
    return this.frames - this.#ran;
  }

  /** Buttons down on the next frame, whether or not it belongs to a step. */
  buttons(): number {
    const hold = this.idle || this.waiting ? 0 : this.#field(1);
    return this.#ran < hold ? this.#held | this.#field(0) : this.#held;
  }

  /** A frame has run. */
  ran(): void {
    if (!this.idle && !this.waiting) this.#ran++;
  }

  /** Passes over steps that do not run, from the current one on. */
  skip(steps: number): void {
    this.#at += steps * STEP_FIELDS;
    this.#enter();
  }

  /** Ends the current step, whose frames have all run. */
  finish(): void {
    this.skip(1);
  }

  /** Keys that are held, whatever else is pressed. */
  get held(): number {
    return this.#held;
  }

  /** From the next frame on these keys are held, and no others. */
  hold(buttons: number): void {
    this.#held = buttons;
  }

  #enter(): void {
    this.#ran = 0;
    if (!this.idle && this.#field(1) === KEYS) this.#held = this.#field(0);
  }

  #field(field: number): number {
    return this.#steps[this.#at + field] ?? 0;
  }
}

/** Frames of the step that starts at a position in the flat numbers. */
export function framesAt(flat: readonly number[], at: number): number {
  const hold = flat[at + 1] ?? 0;
  return hold === KEYS ? KEYS_FRAMES : hold + (flat[at + 2] ?? 0);
}
