/** Decides, on the frame boundary before each step of a batch, whether the step begins: what its guards say. Pure. */
import { type GuardStop, holds, masked, membersLeft, type RangedGuard } from '../../../../shared/guards.ts';
import type { StepGuards } from '../driver.ts';

/**
 * `begin`: it does, now. `wait`: a frame is to run first, with nothing pressed but what is held. `stop`: it does not, and neither do those behind
 * it, `steps` in all; `waited` frames passed before it.
 */
export type Verdict =
  | { readonly kind: 'begin'; readonly waited: number }
  | { readonly kind: 'wait' }
  | { readonly kind: 'stop'; readonly steps: number; readonly stop: GuardStop; readonly waited: number };

/** The byte at an address now; undefined where it cannot be read. */
export type ReadByte = (address: number) => number | undefined;

const WAIT: Verdict = { kind: 'wait' };

export class Gate {
  readonly #guards: readonly (StepGuards | undefined)[];
  /** The step that is asked about, and the frame on which it was first. */
  #index = -1;
  #fromFrame = 0;
  /** The frame of the last look, what came of it, and the guard that made it wait. */
  #frame = -1;
  #verdict: Verdict = WAIT;
  #waitsFor = 0;
  /** Frames that were waited before the step, by guard. */
  #spent: number[] = [];

  /** @param guards of each step of a batch */
  constructor(guards: readonly (StepGuards | undefined)[]) {
    this.#guards = guards;
  }

  /** Whether a step begins, on a boundary; nothing is looked at twice on the same one. Steps and frames only go up. */
  ask(index: number, frame: number, read: ReadByte): Verdict {
    if (index !== this.#index) this.#enter(index, frame);
    else if (this.#verdict.kind !== 'wait' || frame === this.#frame) return this.#verdict;
    else this.#spent[this.#waitsFor] = (this.#spent[this.#waitsFor] ?? 0) + (frame - this.#frame);
    this.#frame = frame;
    this.#verdict = this.#decide(read);
    return this.#verdict;
  }

  #enter(index: number, frame: number): void {
    this.#index = index;
    this.#fromFrame = frame;
    this.#spent = [];
  }

  /** All of them, in order, each time: what one of them let pass may hold no longer once another has waited. */
  #decide(read: ReadByte): Verdict {
    const guarded = this.#guards[this.#index];
    for (const [position, guard] of guarded?.of.entries() ?? []) {
      const steps = membersLeft(guard, guarded?.member ?? 0);
      if (steps === 0) continue;
      const byte = read(guard.address);
      const value = byte === undefined ? undefined : masked(guard, byte);
      const effect = effectOf(guard, value, this.#spent[position] ?? 0);
      if (effect === 'pass') continue;
      if (effect === 'wait') {
        this.#waitsFor = position;
        return WAIT;
      }
      const stop = { index: position, frame: this.#frame, ...(value !== undefined && { value }) };
      return { kind: 'stop', steps, stop, waited: this.#waited };
    }
    return { kind: 'begin', waited: this.#waited };
  }

  get #waited(): number {
    return this.#frame - this.#fromFrame;
  }
}

/** What cannot be read stops. */
function effectOf(guard: RangedGuard, value: number | undefined, spent: number): 'pass' | 'wait' | 'stop' {
  if (value === undefined) return 'stop';
  const holding = holds(guard, value);
  switch (guard.then ?? 'stop') {
    case 'stop':
      return holding ? 'stop' : 'pass';
    case 'go':
      return holding ? 'pass' : 'stop';
    case 'wait':
      if (holding) return 'pass';
      if (spent < (guard.frames ?? 0)) return 'wait';
      return guard.orGo === true ? 'pass' : 'stop';
  }
}
