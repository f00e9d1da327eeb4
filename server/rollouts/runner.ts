/** Runs games one after the other in a thread of its own: loads a state, runs a script, tells what it came to. */
import { assertNever, JoywireError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { capabilitiesOf } from '../emulator/drivers/embedded/capabilities.ts';
import { Game } from '../emulator/drivers/embedded/game.ts';
import type { Machine } from '../emulator/drivers/embedded/machine.ts';
import { observeMachine } from '../emulator/drivers/embedded/observation.ts';
import type { Vitals } from '../emulator/drivers/embedded/vitals.ts';
import type { FromWorker } from '../emulator/drivers/embedded/wire.ts';
import { Machines } from './machines.ts';
import { ScriptRun } from './script-run.ts';
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
  readonly run: ScriptRun;
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
    const { script, maxFrames, outcomes } = order;
    const capabilities = capabilitiesOf(machine.header, machine.sound);
    const run = new ScriptRun(script, maxFrames, capabilities, outcomes);
    const current = { id, order, machine, run };
    this.#current = current;
    const game = this.#game(current);
    const { message } = run;
    if (message === undefined) this.#finish(current);
    else game.receive(message);
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
    if (!Array.isArray(message) && message.kind === 'trapped') {
      return this.#lost(current.id, this.#frames(current), message.message);
    }
    current.run.hear(message);
    if (current.run.landed) this.#finish(current);
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
    const { memory, hash, screen, keep } = order;
    const outcomes = current.run.outcomes();
    const { observed, unread } = observeMachine(machine, {
      hash,
      ...(memory !== undefined && { memory }),
      ...(screen !== undefined && { screen }),
    });
    this.#end(id, {
      status: 'done',
      frames,
      ...observed,
      ...(outcomes !== undefined && { outcomes }),
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

/** A script holds no keys: those that were held at the start still are. */
function lastState({ machine, order: { start } }: Current, frames: number): RunStart {
  return { state: sharedBytes(machine.save()), held: start.held, frame: start.frame + frames };
}
