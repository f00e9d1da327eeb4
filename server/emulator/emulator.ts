/**
 * One emulator as a gateway owns it: it has the frames, runs one batch or command at a time (invariant I1), and replaces a
 * game that died.
 */
import { v7 as uuid } from 'uuid';
import { assertNever, type EntryCode, JoywireError } from '../../shared/errors.ts';
import type {
  Capabilities,
  Command,
  EmulatorInfo,
  MemoryRange,
  Outcome,
  Pace,
  PictureFormat,
} from '../../shared/protocol.ts';
import type { Clock } from '../clock.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { BatchSink, DriverDeath, EmulatorDriver, OpenDriver, Reading, Step } from './drivers/driver.ts';

/** Who controls the emulator: told when it can take work and when its game was replaced. */
export interface Controller {
  ready(): void;
  /** The game died; a new one was started from power-on, or none could be (`error`). */
  replaced(death: DriverDeath, error: string | undefined): void;
}

type State =
  | { readonly kind: 'idle'; readonly driver: EmulatorDriver }
  | { readonly kind: 'running'; readonly driver: EmulatorDriver }
  /** The game died and the next one is not there yet. */
  | { readonly kind: 'replacing'; readonly last: EmulatorDriver }
  /** No new game could be started so far: nothing runs here for now. */
  | { readonly kind: 'dead'; readonly last: EmulatorDriver; readonly why: string }
  | { readonly kind: 'closed'; readonly last: EmulatorDriver };

/** How long entries wait for the next game before they fail, in ms. */
const REPLACING_MS = 15_000;
/** Waits between attempts to open it, in ms. */
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5000;

export class Emulator {
  readonly id: string;
  readonly #open: OpenDriver;
  readonly #checkpoints: Checkpoints;
  readonly #clock: Clock;
  #state: State;
  #controller: Controller | undefined;
  #batchId = 0;
  /** The pace that the controller asked for: a new game gets it too. */
  #pace: { readonly pace: Pace; readonly speed: number } = { pace: 'turbo', speed: 1 };

  private constructor(
    id: string,
    open: OpenDriver,
    checkpoints: Checkpoints,
    clock: Clock,
    driver: EmulatorDriver,
  ) {
    this.id = id;
    this.#open = open;
    this.#checkpoints = checkpoints;
    this.#clock = clock;
    this.#state = { kind: 'idle', driver };
  }

  /** Starts a game. @throws JoywireError whatever the driver's opening throws */
  static async start(
    id: string,
    open: OpenDriver,
    checkpoints: Checkpoints,
    clock: Clock,
  ): Promise<Emulator> {
    let emulator: Emulator | undefined;
    const driver = await open({ firstFrame: 0, onDeath: (death) => emulator?.died(death) });
    emulator = new Emulator(id, open, checkpoints, clock, driver);
    return emulator;
  }

  get driver(): EmulatorDriver {
    return 'driver' in this.#state ? this.#state.driver : this.#state.last;
  }

  get capabilities(): Capabilities {
    return this.driver.capabilities;
  }

  /** Frames run so far, as far as known. */
  get frame(): number {
    return this.driver.frame();
  }

  /** Whether a batch or command is taken now. A dead emulator takes them too, and fails them. */
  get ready(): boolean {
    return this.#state.kind === 'idle' || this.#state.kind === 'dead';
  }

  get info(): EmulatorInfo {
    const { driver } = this;
    return {
      id: this.id,
      kind: driver.kind,
      rom: driver.rom.name,
      romHash: driver.rom.hash,
      frame: this.frame,
      capabilities: driver.capabilities,
    };
  }

  /** Hands control to a session, or to nobody. */
  control(controller: Controller | undefined): void {
    this.#controller = controller;
  }

  nextBatchId(): number {
    return ++this.#batchId;
  }

  /** Gives the driver a batch. Only when `ready`. */
  run(steps: readonly Step[], sink: BatchSink): void {
    const { driver, dead } = this.#begin();
    if (dead !== undefined) {
      for (const _ of steps) sink.outcome({ ...failure('emulator_unavailable', dead), observed: undefined });
      sink.done();
      return;
    }
    driver.run(steps, {
      outcome: (outcome) => sink.outcome(outcome),
      done: () => {
        this.#end();
        sink.done();
      },
    });
  }

  /** Runs a command. Only when `ready`. Never rejects: what goes wrong is the outcome. */
  async command(command: Command): Promise<Outcome> {
    const { driver, dead } = this.#begin();
    if (dead !== undefined) return failed('emulator_unavailable', dead);
    try {
      return await this.#perform(driver, command);
    } catch (error) {
      return commandFailure(error);
    } finally {
      this.#end();
    }
  }

  /** @throws JoywireError `unsupported` or `emulator_failed` */
  screen(format: PictureFormat): Promise<Reading<Uint8Array>> {
    return this.driver.screen(format);
  }

  /** @throws JoywireError `unsupported` or `emulator_failed` */
  memory(ranges: readonly MemoryRange[]): Promise<Reading<readonly Uint8Array[]>> {
    return this.driver.memory(ranges);
  }

  /** Nobody controls it now: all buttons are released and, at `realtime`, time stops. False when that could not be done. */
  async letGo(): Promise<boolean> {
    if (this.#state.kind !== 'idle') return false;
    const { driver } = this.#state;
    return await done(async () => {
      await driver.release();
      await driver.freeze(true);
    });
  }

  /** Somebody controls it again: time goes on. */
  async goOn(): Promise<void> {
    if (this.#state.kind !== 'idle') return;
    const { driver } = this.#state;
    await done(() => driver.freeze(false));
  }

  async close(): Promise<void> {
    const { driver } = this;
    this.#state = { kind: 'closed', last: driver };
    this.#controller = undefined;
    await driver.close();
  }

  /** The driver's game ended by itself: the next one starts from power-on, and its frames go on from the last known one. */
  died(death: DriverDeath): void {
    if (this.#state.kind === 'closed') return;
    const last = this.driver;
    this.#state = { kind: 'replacing', last };
    void this.#replace(death, last);
  }

  /** Opens the next game, and tries again as long as somebody is there: entries wait at first, and later fail at once. */
  async #replace(death: DriverDeath, last: EmulatorDriver): Promise<void> {
    const deadlineMs = this.#clock.now() + REPLACING_MS;
    for (let waitMs = FIRST_RETRY_MS; !this.closed; waitMs = Math.min(LAST_RETRY_MS, 2 * waitMs)) {
      const error = await this.#openNext(death);
      if (error === undefined) return this.#controller?.ready();
      if (!this.closed && this.#state.kind !== 'dead' && this.#clock.now() + waitMs >= deadlineMs) {
        this.#state = { kind: 'dead', last, why: error };
        this.#controller?.replaced(death, error);
        this.#controller?.ready();
      }
      await new Promise<void>((resolve) => this.#clock.after(waitMs, resolve));
    }
  }

  /** Why the next game did not open; undefined when it did. */
  async #openNext(death: DriverDeath): Promise<string | undefined> {
    try {
      const driver = await this.#open({ firstFrame: death.frame, onDeath: (next) => this.died(next) });
      if (this.#pace.pace !== 'turbo' && !this.closed) {
        await driver.setPace(this.#pace.pace, this.#pace.speed);
      }
      if (this.closed) await driver.close();
      else {
        this.#state = { kind: 'idle', driver };
        this.#controller?.replaced(death, undefined);
      }
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  get closed(): boolean {
    return this.#state.kind === 'closed';
  }

  #begin(): { driver: EmulatorDriver; dead: string | undefined } {
    const state = this.#state;
    if (state.kind === 'dead') return { driver: state.last, dead: state.why };
    if (state.kind !== 'idle') throw new JoywireError('bug', `emulator ${this.id} is ${state.kind}`);
    this.#state = { kind: 'running', driver: state.driver };
    return { driver: state.driver, dead: undefined };
  }

  #end(): void {
    if (this.#state.kind === 'running') this.#state = { kind: 'idle', driver: this.#state.driver };
  }

  async #perform(driver: EmulatorDriver, command: Command): Promise<Outcome> {
    switch (command.method) {
      case 'reset':
        await driver.reset();
        return this.#executed();
      case 'pace':
        await this.#setPace(driver, command.pace, command.speed);
        return this.#executed();
      case 'save':
        return await this.#save(driver, command.name ?? uuid());
      case 'load': {
        const state = this.#checkpoints.get(driver.rom.hash, command.name);
        if (state === undefined) return failed('unknown_checkpoint', `no checkpoint ${command.name}`);
        await driver.load(state.bytes);
        return this.#executed(command.name);
      }
      default:
        return assertNever(command);
    }
  }

  async #setPace(driver: EmulatorDriver, pace: Pace, speed: number): Promise<void> {
    await driver.setPace(pace, speed);
    this.#pace = { pace, speed };
  }

  async #save(driver: EmulatorDriver, name: string): Promise<Outcome> {
    const kept = this.#checkpoints.put(driver.rom.hash, name, await driver.save());
    return kept ? this.#executed(name) : failed('checkpoints_full', 'the gateway keeps no more checkpoints');
  }

  #executed(checkpoint?: string): Outcome {
    return {
      status: 'executed',
      firstFrame: this.frame,
      frames: 0,
      certainty: this.capabilities.frames,
      detail: checkpoint === undefined ? undefined : { checkpoint },
    };
  }
}

/** Whether it could be done. A game that dies of it holds no buttons and runs no frames; `died` sees to the next one. */
function done(change: () => Promise<void>): Promise<boolean> {
  return change().then(
    () => true,
    () => false,
  );
}

function failure(code: EntryCode, message: string) {
  return { status: 'failed', firstFrame: null, frames: 0, certainty: 'none', code, message } as const;
}

function failed(code: EntryCode, message: string): Outcome {
  return { status: 'failed', firstFrame: null, frames: 0, certainty: 'none', detail: { code, message } };
}

function commandFailure(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof JoywireError ? error.code : 'bug';
  if (code === 'invalid_state') return failed('unknown_checkpoint', message);
  const detail = { code: 'emulator_crashed', message } as const;
  return { status: 'unknown', firstFrame: null, frames: 0, certainty: 'none', detail };
}
