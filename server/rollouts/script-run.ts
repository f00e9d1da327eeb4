/** A script on its way through a game: the steps that it stands for, and what became of them. */
import { compact } from '../../shared/check.ts';
import { assertNever, JoywireError } from '../../shared/errors.ts';
import type { Capabilities, Outcome } from '../../shared/protocol.ts';
import { compileScript } from '../../shared/script.ts';
import type { Step, StepOutcome } from '../emulator/drivers/driver.ts';
import { Flight } from '../emulator/drivers/embedded/flight.ts';
import { batchMessage, type FromWorker, type ToWorker } from '../emulator/drivers/embedded/wire.ts';
import { type Admission, admitGroup, admitPress } from '../session/admission.ts';
import type { FaultyEntry, InputEntry } from '../session/entry.ts';
import { outcomeOf } from '../session/step-outcome.ts';

type Entry = InputEntry | FaultyEntry;

export class ScriptRun {
  readonly #entries: readonly Entry[];
  readonly #steps: readonly Step[];
  readonly #flight: Flight;
  /** Undefined where nobody wants to know. */
  readonly #outcomes: StepOutcome[] | undefined;

  /** @param maxInputs more than the script stands for */
  constructor(script: string, maxInputs: number, capabilities: Capabilities, outcomesWanted: boolean) {
    this.#entries = entriesOf(script, maxInputs, capabilities);
    this.#steps = this.#entries.filter((entry) => entry.kind !== 'faulty');
    this.#outcomes = outcomesWanted ? [] : undefined;
    const sink = { outcome: (outcome: StepOutcome) => this.#outcomes?.push(outcome), done: () => undefined };
    this.#flight = new Flight(this.#steps, sink);
  }

  /** What the game is to be given; undefined when there is nothing to run. */
  get message(): ToWorker | undefined {
    return this.#steps.length === 0 ? undefined : batchMessage(this.#steps, false);
  }

  /** Whether everything has run. */
  get landed(): boolean {
    return this.#flight.landed;
  }

  /** Takes what a game says became of steps. */
  hear(message: FromWorker): void {
    if (Array.isArray(message)) this.#flight.tell(message, [], []);
    else if (message.kind === 'outcomes') this.#flight.tell(message.outcomes, message.notes, []);
  }

  /** One for each entry of the script, in order; undefined where nobody wants to know. */
  outcomes(): Outcome[] | undefined {
    const ran = this.#outcomes?.values();
    return ran && this.#entries.map((entry) => (entry.kind === 'faulty' ? entry.outcome : next(ran)));
  }
}

function next(outcomes: Iterator<StepOutcome, unknown>): Outcome {
  const { done, value } = outcomes.next();
  if (done === true) throw new JoywireError('bug', 'a step has no outcome');
  return outcomeOf(value, undefined);
}

/** What a live session would make of the script's inputs. */
function entriesOf(script: string, maxInputs: number, capabilities: Capabilities): Entry[] {
  const compiled = compileScript(script, { maxInputs });
  if (!compiled.ok) throw new JoywireError('bug', `the script was taken: ${compiled.error.message}`);
  const to: Admission = { capabilities, observe: undefined, approximate: false, nowMs: 0 };
  return compiled.items.flatMap((item) => {
    switch (item.kind) {
      case 'press':
        return [admitPress(item.press, 0, to)];
      case 'group':
        return admitGroup(item.presses, 0, compact({ guards: item.guards }), to);
      default:
        return assertNever(item);
    }
  });
}
