/** The batch in flight: its sink gets one outcome for each step, whatever happens to the worker. */
import type { BatchSink, Step, StepOutcome, StepTimes } from '../driver.ts';
import { OUTCOME_FIELDS, type Observation, TIME_FIELDS } from './wire.ts';

export class Flight {
  readonly #steps: number;
  readonly #sink: BatchSink;
  #told = 0;

  constructor(steps: readonly Step[], sink: BatchSink) {
    this.#steps = steps.length;
    this.#sink = sink;
  }

  /** Whether every step has its outcome. */
  get landed(): boolean {
    return this.#told === this.#steps;
  }

  /** Outcomes as the worker tells them. @param times of each outcome, or none, on the gateway's clock */
  tell(
    flat: readonly number[],
    observations: readonly (Observation | undefined)[],
    times: readonly number[],
  ): void {
    for (let at = 0; at < flat.length; at += OUTCOME_FIELDS) {
      this.#told++;
      const index = at / OUTCOME_FIELDS;
      const outcome = executed(flat[at] ?? 0, flat[at + 1] ?? 0, observations[index]);
      if (times.length === 0) this.#sink.outcome(outcome);
      else this.#sink.outcome(outcome, timesOf(times, index * TIME_FIELDS));
    }
  }

  /** The game died: what has no outcome yet may have run, or not. */
  lose(message: string): void {
    for (; this.#told < this.#steps; this.#told++) this.#sink.outcome(unknown(message));
  }

  done(): void {
    this.#sink.done();
  }
}

function timesOf(times: readonly number[], at: number): StepTimes {
  return { startedAtMs: times[at] ?? 0, firstAtMs: times[at + 1] ?? 0, endAtMs: times[at + 2] ?? 0 };
}

function executed(firstFrame: number, frames: number, observation: Observation | undefined): StepOutcome {
  return {
    status: 'executed',
    firstFrame,
    frames,
    certainty: 'exact',
    observed: observation?.observed,
    code: undefined,
    message: observation?.unread,
  };
}

function unknown(message: string): StepOutcome {
  return {
    status: 'unknown',
    firstFrame: null,
    frames: 0,
    certainty: 'none',
    observed: undefined,
    code: 'emulator_crashed',
    message,
  };
}

/** For a step that was given to a game which no longer lives: it certainly did not run. */
export function notRun(message: string): StepOutcome {
  return { ...unknown(message), status: 'failed', code: 'emulator_unavailable' };
}
