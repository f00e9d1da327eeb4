/** The batch in flight: its sink gets one outcome for each step, whatever happens to the worker. */
import { explainStop, type GuardStop } from '../../../../shared/guards.ts';
import { codedStepOutcome } from '../../coded-outcome.ts';
import type { BatchSink, Step, StepOutcome, StepTimes } from '../driver.ts';
import { type Note, OUTCOME_FIELDS, TIME_FIELDS } from './wire.ts';

export class Flight {
  readonly #steps: readonly Step[];
  readonly #sink: BatchSink;
  #told = 0;

  constructor(steps: readonly Step[], sink: BatchSink) {
    this.#steps = steps;
    this.#sink = sink;
  }

  /** Whether every step has its outcome. */
  get landed(): boolean {
    return this.#told === this.#steps.length;
  }

  /** Outcomes as the worker tells them. @param times of each outcome, or none, on the gateway's clock */
  tell(flat: readonly number[], notes: readonly (Note | undefined)[], times: readonly number[]): void {
    for (let at = 0; at < flat.length; at += OUTCOME_FIELDS) {
      const step = this.#steps[this.#told++];
      const index = at / OUTCOME_FIELDS;
      const note = notes[index];
      const outcome =
        note?.stop === undefined
          ? executed(flat[at] ?? 0, flat[at + 1] ?? 0, note)
          : stopped(step, note, note.stop);
      if (times.length === 0) this.#sink.outcome(outcome);
      else this.#sink.outcome(outcome, timesOf(times, index * TIME_FIELDS));
    }
  }

  /** The game died: what has no outcome yet may have run, or not. */
  lose(message: string): void {
    for (; this.#told < this.#steps.length; this.#told++)
      this.#sink.outcome(codedStepOutcome('emulator_crashed', message));
  }

  done(): void {
    this.#sink.done();
  }
}

function timesOf(times: readonly number[], at: number): StepTimes {
  return { startedAtMs: times[at] ?? 0, firstAtMs: times[at + 1] ?? 0, endAtMs: times[at + 2] ?? 0 };
}

function executed(firstFrame: number, frames: number, note: Note | undefined): StepOutcome {
  const { observation, waited = 0 } = note ?? {};
  const outcome: StepOutcome = {
    status: 'executed',
    firstFrame,
    frames,
    certainty: 'exact',
    observed: observation?.observed,
    code: undefined,
    message: observation?.unread,
  };
  return waited === 0 ? outcome : { ...outcome, waited };
}

function stopped(step: Step | undefined, { observation, waited }: Note, stop: GuardStop): StepOutcome {
  const guard = step?.guards?.of[stop.index];
  const why = guard === undefined ? [] : [explainStop(guard, stop)];
  const unread = observation?.unread === undefined ? [] : [observation.unread];
  return {
    status: 'rejected',
    firstFrame: null,
    frames: 0,
    certainty: 'none',
    observed: observation?.observed,
    code: 'guard',
    message: [...why, ...unread].join('; '),
    guard: stop,
    ...(waited > 0 && { waited }),
  };
}
