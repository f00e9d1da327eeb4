/** A batch that outlives its game: what has no outcome when the game dies runs again on the rebuilt one. */
import { membersLeft } from '../../shared/guards.ts';
import type { BatchSink, Step, StepOutcome, StepTimes } from './drivers/driver.ts';

/** Games that a batch may take with it before its steps are given one by one, to find the one that kills. */
const DEATHS_TOGETHER = 1;
/** Games that a step may take with it which is given alone: the first may have died of something else. */
const DEATHS_ALONE = 3;

/** What was told of a step that was given alone and that a guard stopped: so are those behind it in the guard's range. */
interface Stopped {
  readonly outcome: StepOutcome;
  /** How many of them there are. */
  readonly left: number;
}

export class Interrupted {
  readonly #steps: readonly Step[];
  readonly #sink: BatchSink;
  /** Steps that have their outcome. */
  #told = 0;
  /** How many the driver was given last. */
  #given = 0;
  #deaths = 0;
  #deathsAlone = 0;
  /** What the driver said of the first step that it did not finish. */
  #lost: StepOutcome | undefined;
  #stopped: Stopped | undefined;

  constructor(steps: readonly Step[], sink: BatchSink) {
    this.#steps = steps;
    this.#sink = sink;
  }

  get finished(): boolean {
    return this.#told === this.#steps.length;
  }

  /** The steps to be given to the driver now. */
  next(): readonly Step[] {
    const left = this.#steps.length - this.#told;
    this.#lost = undefined;
    this.#given = this.#deaths > DEATHS_TOGETHER ? 1 : left;
    const step = this.#steps[this.#told];
    if (this.#stopped !== undefined && step !== undefined) return [lookOnly(step)];
    return this.#told === 0 && this.#given === left
      ? this.#steps
      : this.#steps.slice(this.#told, this.#told + this.#given);
  }

  /** Whether whoever waits for it wants to know when its steps ran. */
  get timed(): boolean | undefined {
    return this.#sink.timed;
  }

  outcome(outcome: StepOutcome, times: StepTimes | undefined): void {
    if (outcome.status !== 'executed' && outcome.status !== 'rejected') {
      this.#lost ??= outcome;
      return;
    }
    this.#tell(this.#asStopped(outcome.observed) ?? outcome, times);
  }

  #tell(outcome: StepOutcome, times?: StepTimes): void {
    if (this.#given === 1) {
      this.#deathsAlone = 0;
      this.#stopped = this.#stoppedBehind(outcome);
    }
    this.#told++;
    this.#sink.outcome(outcome, times);
  }

  /** What a look at the game gave, as the outcome of the step that it was made for. */
  #asStopped(observed: StepOutcome['observed']): StepOutcome | undefined {
    if (this.#stopped === undefined) return undefined;
    const { waited: _, ...outcome } = this.#stopped.outcome;
    return { ...outcome, observed };
  }

  /** What stops the next step too, of those that are given one by one. */
  #stoppedBehind(outcome: StepOutcome): Stopped | undefined {
    if (this.#stopped !== undefined) {
      const left = this.#stopped.left - 1;
      return left > 0 ? { outcome, left } : undefined;
    }
    const { of, member = 0 } = this.#steps[this.#told]?.guards ?? {};
    const guard = outcome.guard && of?.[outcome.guard.index];
    const left = guard === undefined ? 0 : membersLeft(guard, member) - 1;
    return left > 0 ? { outcome, left } : undefined;
  }

  /** Whether the game died under the steps given. To be asked once they are over. */
  died(): boolean {
    if (this.#lost === undefined) return false;
    this.#deaths++;
    if (this.#given === 1) this.#deathsAlone++;
    return true;
  }

  /** A step under which the game died again and again, alone, is not tried any more. */
  giveUpFatal(): void {
    const lost = this.#lost;
    if (lost === undefined || this.#deathsAlone < DEATHS_ALONE) return;
    const message = `the game dies of it: ${lost.message ?? 'no reason given'}`;
    this.#tell(this.#asStopped(undefined) ?? { ...lost, status: 'failed', code: 'entry_fatal', message });
  }

  /** The game could not be rebuilt: the rest may have run, or not. */
  lose(): void {
    const lost = this.#lost;
    if (lost !== undefined) {
      for (; this.#told < this.#steps.length; this.#told++) this.#sink.outcome(lost);
    }
    this.#sink.done();
  }

  done(): void {
    this.#sink.done();
  }
}

/** A step that runs no frame, in the place of one that does not run: for what was to be observed. */
function lookOnly({ observe }: Step): Step {
  return { kind: 'press', buttons: 0, hold: 0, gap: 0, observe };
}
