/** Runs games one after the other in a thread of its own: loads a state, runs a script, tells what it came to. */
import { assertNever, JoywireError } from '../../shared/errors.ts';
import type { Outcome } from '../../shared/protocol.ts';
import { compileScript } from '../../shared/script.ts';
import type { Clock } from '../clock.ts';
import { capabilitiesOf } from '../emulator/drivers/embedded/capabilities.ts';
import { Game } from '../emulator/drivers/embedded/game.ts';
import type { Machine } from '../emulator/drivers/embedded/machine.ts';
import { observeMachine } from '../emulator/drivers/embedded/observation.ts';
import { flatten } from '../emulator/drivers/embedded/timeline.ts';
import type { Vitals } from '../emulator/drivers/embedded/vitals.ts';
import { type FromWorker, OUTCOME_FIELDS } from '../emulator/drivers/embedded/wire.ts';
import { type Admission, admitGroup, admitPress } from '../session/admission.ts';
import type { FaultyEntry, InputEntry } from '../session/entry.ts';
import { Machines } from './machines.ts';
import { sharedBytes } from './shared-bytes.ts';
import type { FromRunner, RunEnd, RunOrder, RunStart, ToRunner } from './wire.ts';

export interface RunnerDependencies {
  readonly clock: Clock;
  readonly vitals: Vitals;
  readonly post: (message: FromRunner) => void;
  /** Why the core trapped, if it said so. */
  readonly panic: () => string | undefined;
}

interface Queued {
  readonly id: number;
  readonly order: RunOrder;
}

/** The run that is under way. */
interface Current extends Queued {
  readonly machine: Machine;
  readonly entries: readonly (InputEntry | FaultyEntry)[];
  /** How many of them run. */
  readonly steps: number;
  /** First frame and frames of those that have, flat. */
  readonly ran: number[];
}

export class Runner {
  readonly #deps: RunnerDependencies;
  readonly #machines = new Machines();
  #queue: readonly Queued[] = [];
  #current: Current | undefined;
  /** The core has failed in this thread: nothing runs here any more. */
  #trapped = false;

  constructor(dependencies: RunnerDependencies) {
    this.#deps = dependencies;
  }

  receive(message: ToRunner): void {
    this.#deps.vitals.beat();
    switch (message.kind) {
      case 'run':
        this.#queue = [...this.#queue, message];
        return this.#next();
      case 'cancel':
        return this.#cancel(message.id);
      default:
        return assertNever(message);
    }
  }

  #cancel(id: number): void {
    const current = this.#current;
    const queued = this.#queue.some((each) => each.id === id);
    if (current?.id !== id && !queued) return;
    this.#queue = this.#queue.filter((each) => each.id !== id);
    const frames = current?.id === id ? this.#frames(current) : 0;
    this.#tell(id, { status: 'cancelled', frames });
    if (current?.id !== id) return;
    this.#current = undefined;
    this.#next();
  }

  #next(): void {
    const [queued, ...rest] = this.#queue;
    if (this.#current !== undefined || queued === undefined || this.#trapped) return;
    this.#queue = rest;
    try {
      this.#begin(queued);
    } catch (error) {
      this.#lost(queued.id, 0, error);
    }
  }

  #begin({ id, order }: Queued): void {
    const machine = this.#machines.get(order.machine);
    try {
      machine.load(order.start.state);
    } catch (error) {
      if (!(error instanceof JoywireError) || error.code !== 'invalid_state') throw error;
      return this.#end(id, { status: 'failed', frames: 0, code: 'invalid_state', message: error.message });
    }
    const entries = entriesOf(order, machine);
    const steps = entries.filter((entry) => entry.kind !== 'faulty');
    const current = { id, order, machine, entries, steps: steps.length, ran: [] };
    this.#current = current;
    const game = this.#game(current);
    if (steps.length === 0) this.#finish(current);
    else game.receive(flatten(steps));
  }

  #game(current: Current): Game {
    const { clock, vitals, panic } = this.#deps;
    const { machine, order } = current;
    const ownClock: Clock = { ...clock, endOfTick: (run) => clock.endOfTick(() => this.#goOn(current, run)) };
    const post = (message: FromWorker) => this.#hear(current, message);
    const nap = () => undefined;
    return new Game(
      { machine, clock: ownClock, vitals, post, nap, panic },
      order.start.frame,
      order.start.held,
    );
  }

  /** A slice of the run is over and the messages that came meanwhile are handled. */
  #goOn(current: Current, run: () => void): void {
    if (this.#current !== current) return;
    if (this.#frames(current) > current.order.maxFrames) this.#finish(current);
    else run();
  }

  #hear(current: Current, message: FromWorker): void {
    if (this.#current !== current) return;
    if (Array.isArray(message)) {
      for (const number of message) current.ran.push(number);
      if (current.ran.length === current.steps * OUTCOME_FIELDS) this.#finish(current);
    } else if (message.kind === 'trapped') this.#lost(current.id, this.#frames(current), message.message);
  }

  #frames({ order }: Current): number {
    return this.#deps.vitals.frame - order.start.frame;
  }

  #finish(current: Current): void {
    const { id, order, machine } = current;
    const frames = this.#frames(current);
    if (frames > order.maxFrames) {
      const message = `it did not end within ${order.maxFrames} frames`;
      return this.#end(id, {
        status: 'failed',
        frames: order.maxFrames,
        code: 'too_many_frames',
        message,
      });
    }
    const { memory, hash, screen, keep, outcomes } = order;
    const { observed, unread } = observeMachine(machine, {
      hash,
      ...(memory !== undefined && { memory }),
      ...(screen !== undefined && { screen }),
    });
    this.#end(id, {
      status: 'done',
      frames,
      ...observed,
      ...(outcomes && { outcomes: outcomesOf(current) }),
      ...(keep && { kept: lastState(current, frames) }),
      ...(unread !== undefined && { message: unread }),
    });
  }

  #end(id: number, end: RunEnd): void {
    this.#current = undefined;
    this.#tell(id, end);
    this.#deps.clock.endOfTick(() => this.#next());
  }

  #tell(id: number, end: RunEnd): void {
    this.#deps.post({ kind: 'ended', id, end });
  }

  #lost(id: number, frames: number, why: unknown): void {
    this.#trapped = true;
    this.#current = undefined;
    const message = this.#deps.panic() ?? (why instanceof Error ? why.message : String(why));
    this.#deps.post({ kind: 'trapped', id, frames, message });
  }
}

/** What a live session would make of the script's inputs. */
function entriesOf(
  { script, maxFrames, machine }: RunOrder,
  { header }: Machine,
): (InputEntry | FaultyEntry)[] {
  const compiled = compileScript(script, { maxInputs: maxFrames });
  if (!compiled.ok) throw new JoywireError('bug', `the script was taken: ${compiled.error.message}`);
  const capabilities = capabilitiesOf(header, machine.sound);
  const to: Admission = { capabilities, observe: undefined, approximate: false, nowMs: 0 };
  return compiled.items.flatMap((item) => {
    switch (item.kind) {
      case 'press':
        return [admitPress(item.press, 0, to)];
      case 'group':
        return admitGroup(item.presses, 0, undefined, to);
      default:
        return assertNever(item);
    }
  });
}

function outcomesOf({ entries, ran }: Current): Outcome[] {
  let at = 0;
  return entries.map((entry) => {
    if (entry.kind === 'faulty') return entry.outcome;
    const [firstFrame = 0, frames = 0] = ran.slice(at, at + OUTCOME_FIELDS);
    at += OUTCOME_FIELDS;
    return { status: 'executed', firstFrame, frames, certainty: 'exact', detail: undefined };
  });
}

/** A script holds no keys: those that were held at the start still are. */
function lastState({ machine, order: { start } }: Current, frames: number): RunStart {
  return { state: sharedBytes(machine.save()), held: start.held, frame: start.frame + frames };
}
