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
import type { RunJournal } from '../journal/run-journal.ts';
import type { Checkpoints } from './checkpoints.ts';
import type {
  BatchSink,
  DriverDeath,
  EmulatorDriver,
  OpenDriver,
  Reading,
  Snapshot,
  Step,
} from './drivers/driver.ts';
import { Interrupted } from './interrupted.ts';

/** The clock a game runs by. */
export interface PaceSetting {
  readonly pace: Pace;
  /** At `realtime`: times 59.7275 frames a second. */
  readonly speed: number;
}

/** Who controls the emulator: told when it can take work and when its game was replaced. */
export interface Controller {
  ready(): void;
  /** The game died; a new one was started from power-on, or none could be (`error`). */
  replaced(death: DriverDeath, error: string | undefined): void;
  /** The game died and was rebuilt: nothing that was told is lost, and what was not runs now. */
  rebuilt(death: DriverDeath): void;
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
/** How often a game is brought back that dies on the way: what killed it may be something else. */
const REBUILDS = 5;
/** Frames that a state from outside must survive: one second of the game. */
const TRIED_FRAMES = 60;

export class Emulator {
  readonly id: string;
  readonly #open: OpenDriver;
  readonly #checkpoints: Checkpoints;
  readonly #clock: Clock;
  #state: State;
  #controller: Controller | undefined;
  #journal: RunJournal | undefined;
  /** What the game died of or before, to be run on the rebuilt one. */
  #interrupted: Interrupted | undefined;
  /** Told when a game is there again, or none can be for now. */
  #waiting: (() => void)[] = [];
  /** Told when nothing is under way any more. */
  #onFree: (() => void)[] = [];
  readonly #followers = new Set<() => void>();
  #batchId = 0;
  /** The pace that the controller asked for: a new game gets it too. */
  #pace: PaceSetting = { pace: 'turbo', speed: 1 };

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

  /**
   * Starts a game.
   * @param first opens the first game, if that is to be another than a fresh one
   * @throws JoywireError whatever the driver's opening throws
   */
  static async start(
    id: string,
    open: OpenDriver,
    checkpoints: Checkpoints,
    clock: Clock,
    first: OpenDriver = open,
  ): Promise<Emulator> {
    let emulator: Emulator | undefined;
    const driver = await first({ firstFrame: 0, onDeath: (death) => emulator?.died(death) });
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
    if (this.#journal?.stalled === true) return false;
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

  /** From now on what becomes of the game is on record, and a game that dies is rebuilt from there. */
  keepJournal(journal: RunJournal): void {
    this.#journal = journal;
  }

  /** Calls `changed` whenever another game takes the place of this one, and when the emulator is closed; the returned function ends that. */
  follow(changed: () => void): () => void {
    this.#followers.add(changed);
    return () => this.#followers.delete(changed);
  }

  /** Hands control to a session, or to nobody. */
  control(controller: Controller | undefined): void {
    this.#controller = controller;
  }

  /** Goes on as it was before the gateway was restarted: nobody is there, so time stands still. */
  async restore(journal: RunJournal, pace: Pace, speed: number, lastBatchId: number): Promise<void> {
    const { driver } = this;
    this.#journal = journal;
    this.#batchId = lastBatchId;
    this.#pace = { pace, speed };
    if (pace === 'turbo') return;
    await driver.setPace(pace, speed);
    await driver.freeze(true);
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
    if (this.#rebuilds) return this.#runKept(driver, new Interrupted(steps, sink));
    driver.run(steps, {
      timed: sink.timed,
      outcome: (outcome, times) => sink.outcome(outcome, times),
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
      return await this.#performAgain(command, error);
    } finally {
      this.#end();
    }
  }

  /** @throws JoywireError `unsupported` or `emulator_failed` */
  screen(format: PictureFormat): Promise<Reading<Uint8Array>> {
    return this.#read((driver) => driver.screen(format));
  }

  /** @throws JoywireError `unsupported` or `emulator_failed` */
  memory(ranges: readonly MemoryRange[]): Promise<Reading<readonly Uint8Array[]>> {
    return this.#read((driver) => driver.memory(ranges));
  }

  /** The game as it is now, with the keys that are held. @throws JoywireError `unsupported` or `emulator_failed` */
  copy(): Promise<Snapshot> {
    return this.#read((driver) => driver.snapshot());
  }

  /**
   * Tries a state from outside on a game of its own, which is ended again: nothing happens to this one.
   * @throws JoywireError `unsupported`, or `invalid_state` when the core refuses it or does not survive it
   */
  async tryState(state: Uint8Array): Promise<void> {
    if (this.driver.core === undefined || !this.capabilities.states) {
      throw new JoywireError('unsupported', 'this kind of emulator takes no states from outside');
    }
    const scratch = await this.#open({ firstFrame: 0, onDeath: () => undefined });
    try {
      await scratch.load(state);
      await survive(scratch, TRIED_FRAMES);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new JoywireError('invalid_state', `the game does not take the state: ${why}`, { cause: error });
    } finally {
      await scratch.close();
    }
  }

  /** The pace that was asked for last. */
  get pace(): PaceSetting {
    return this.#pace;
  }

  /** Resolves when nothing is under way: no batch, no snapshot, and no game being started in the place of one that died. */
  async free(): Promise<void> {
    while (this.#state.kind === 'running' || this.#state.kind === 'replacing') {
      await new Promise<void>((resolve) => this.#onFree.push(resolve));
    }
  }

  /** Control changes hands: no button stays pressed. Time goes on. */
  async release(): Promise<void> {
    await this.free();
    if (this.#state.kind !== 'idle') return;
    const { driver } = this.#state;
    await done(async () => {
      const frame = await driver.release();
      this.#journal?.system({ what: 'release', frame });
    });
  }

  /** Sets the pace, unless it is that already. Why not, if not. */
  async setPace(wanted: PaceSetting): Promise<string | undefined> {
    await this.free();
    const { pace, speed } = this.#pace;
    if (this.closed || (wanted.pace === pace && (pace === 'turbo' || wanted.speed === speed)))
      return undefined;
    const outcome = await this.command({ method: 'pace', ...wanted });
    return outcome.status === 'executed' ? undefined : outcome.detail?.message;
  }

  /** Who controls it has changed, on record. */
  noteControl(session: number | undefined, by: string): void {
    this.#journal?.system({ what: 'control', frame: this.frame, session, by });
  }

  /** Nobody controls it now: all buttons are released and, at `realtime`, time stops. False when that could not be done. */
  async letGo(): Promise<boolean> {
    if (this.#state.kind !== 'idle') return false;
    const { driver } = this.#state;
    return await done(async () => {
      const frame = await driver.release();
      this.#journal?.system({ what: 'release', frame });
      await driver.freeze(true);
    });
  }

  /** Somebody controls it again: time goes on. */
  async goOn(): Promise<void> {
    await this.free();
    if (this.#state.kind !== 'idle') return;
    const { driver } = this.#state;
    await done(() => driver.freeze(false));
  }

  /** Keeps how far the game is, and now and then all of it: called at intervals. */
  keep(): void {
    const journal = this.#journal;
    if (journal === undefined || this.#state.kind !== 'idle' || journal.stalled) return;
    if (this.#pace.pace === 'realtime') journal.reached(this.frame);
    if (journal.snapshotDue(this.frame)) void this.snapshot('interval');
  }

  /** Keeps the whole game, if it has a journal and its kind can be rebuilt. Nothing runs meanwhile. */
  async snapshot(cause: 'start' | 'interval' | 'drain' | 'end'): Promise<void> {
    if (!this.#rebuilds || this.#state.kind !== 'idle') return;
    const { driver } = this.#begin();
    await done(async () => this.#journal?.snapshot(cause, await driver.snapshot()));
    this.#end();
    this.#controller?.ready();
  }

  async close(): Promise<void> {
    const { driver } = this;
    this.#state = { kind: 'closed', last: driver };
    this.#controller = undefined;
    this.#tellWaiting();
    this.#tellFree();
    await driver.close();
  }

  /** The driver's game ended by itself: the next one starts from power-on, and its frames go on from the last known one. */
  died(death: DriverDeath): void {
    if (this.#state.kind === 'closed') return;
    const last = this.driver;
    this.#state = { kind: 'replacing', last };
    void this.#recover(death, last);
  }

  /** The kind of game can be rebuilt, and there is a journal to rebuild it from. */
  get #rebuilds(): boolean {
    return this.#journal !== undefined && this.driver.core !== undefined;
  }

  /** Runs a batch of which nothing is lost when the game dies: what has not been told then runs again on the rebuilt game. */
  #runKept(driver: EmulatorDriver, batch: Interrupted): void {
    driver.run(batch.next(), {
      timed: batch.timed,
      outcome: (outcome, times) => batch.outcome(outcome, times),
      done: () => {
        if (batch.died()) this.#interrupted = batch;
        else if (batch.finished) {
          this.#end();
          batch.done();
        } else this.#runKept(driver, batch);
      },
    });
  }

  async #recover(death: DriverDeath, last: EmulatorDriver): Promise<void> {
    let rebuilt: EmulatorDriver | undefined;
    for (let attempt = 1; attempt <= REBUILDS && rebuilt === undefined && this.#rebuilds; attempt++) {
      rebuilt = await this.#rebuild(death, last);
    }
    if (this.closed) return;
    if (rebuilt !== undefined) return this.#goOnWith(rebuilt, death);
    this.#journal?.system({
      what: 'replaced',
      frame: death.frame,
      cause: `${death.cause}: ${death.message}`,
    });
    const interrupted = this.#interrupted;
    this.#interrupted = undefined;
    interrupted?.lose();
    await this.#replace(death, last);
  }

  /** The game as it is on record; undefined when it did not come back, or died at once. */
  async #rebuild(death: DriverDeath, last: EmulatorDriver): Promise<EmulatorDriver | undefined> {
    const later: { death?: DriverDeath } = {};
    const onDeath = (next: DriverDeath) => {
      later.death = next;
      if (this.driver !== last) this.died(next);
    };
    try {
      const driver = await this.#journal?.rebuild(this.#open, last.core, onDeath);
      const { pace, speed } = this.#pace;
      if (pace !== 'turbo') await driver?.setPace(pace, speed);
      if (this.closed || later.death !== undefined) await driver?.close();
      return later.death === undefined ? driver : undefined;
    } catch (error) {
      this.#journal?.failedToRebuild(death, error);
      return undefined;
    }
  }

  #goOnWith(driver: EmulatorDriver, death: DriverDeath): void {
    this.#state = { kind: 'running', driver };
    this.#journal?.system({
      what: 'rebuilt',
      frame: driver.frame(),
      cause: `${death.cause}: ${death.message}`,
    });
    this.#controller?.rebuilt(death);
    this.#tellWaiting();
    const interrupted = this.#interrupted;
    this.#interrupted = undefined;
    if (interrupted !== undefined) {
      interrupted.giveUpFatal();
      if (!interrupted.finished) return this.#runKept(driver, interrupted);
      this.#end();
      interrupted.done();
    } else this.#end();
    this.#controller?.ready();
  }

  /** Reads from the game; while it is being rebuilt, from the rebuilt one. */
  async #read<T>(look: (driver: EmulatorDriver) => Promise<T>): Promise<T> {
    try {
      return await look(this.driver);
    } catch (error) {
      if (!this.#rebuilds || this.#state.kind !== 'replacing') throw error;
      await this.#recovered();
      return await look(this.driver);
    }
  }

  /** Runs a command once more that the game did not survive. */
  async #performAgain(command: Command, error: unknown): Promise<Outcome> {
    if (!this.#rebuilds || this.#state.kind !== 'replacing') return commandFailure(error);
    await this.#recovered();
    if (!this.ready) return commandFailure(error);
    try {
      return await this.#perform(this.#begin().driver, command);
    } catch (again) {
      return commandFailure(again);
    }
  }

  #tellFree(): void {
    const waiting = this.#onFree;
    this.#onFree = [];
    for (const resolve of waiting) resolve();
  }

  #recovered(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #tellWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
    for (const changed of this.#followers) changed();
  }

  /** Opens the next game, and tries again as long as somebody is there: entries wait at first, and later fail at once. */
  async #replace(death: DriverDeath, last: EmulatorDriver): Promise<void> {
    const deadlineMs = this.#clock.now() + REPLACING_MS;
    for (let waitMs = FIRST_RETRY_MS; !this.closed; waitMs = Math.min(LAST_RETRY_MS, 2 * waitMs)) {
      const error = await this.#openNext(death);
      if (error === undefined) return this.#controller?.ready();
      if (!this.closed && this.#state.kind !== 'dead' && this.#clock.now() + waitMs >= deadlineMs) {
        this.#state = { kind: 'dead', last, why: error };
        this.#tellWaiting();
        this.#tellFree();
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
        this.#tellWaiting();
        this.#tellFree();
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
    this.#tellFree();
  }

  async #perform(driver: EmulatorDriver, command: Command): Promise<Outcome> {
    switch (command.method) {
      case 'reset':
        return this.#executed(await this.#reset(driver));
      case 'pace':
        return this.#executed(await this.#setPace(driver, command.pace, command.speed));
      case 'save':
        return await this.#save(driver, command.name ?? uuid());
      case 'load': {
        const state = this.#checkpoints.get(driver.rom.hash, command.name);
        if (state === undefined) return failed('unknown_checkpoint', `no checkpoint ${command.name}`);
        return this.#executed(await this.#load(driver, state.bytes), command.name);
      }
      default:
        return assertNever(command);
    }
  }

  async #setPace(driver: EmulatorDriver, pace: Pace, speed: number): Promise<number> {
    const frame = await driver.setPace(pace, speed);
    this.#pace = { pace, speed };
    this.#journal?.system({ what: 'pace', frame, pace, speed });
    return frame;
  }

  async #reset(driver: EmulatorDriver): Promise<number> {
    const frame = await driver.reset();
    this.#journal?.system({ what: 'reset', frame });
    return frame;
  }

  /** From here on the game has another past: what it is now is kept with it. */
  async #load(driver: EmulatorDriver, state: Uint8Array): Promise<number> {
    const frame = await driver.load(state);
    if (this.#rebuilds) await this.#journal?.snapshot('load', await driver.snapshot());
    return frame;
  }

  async #save(driver: EmulatorDriver, name: string): Promise<Outcome> {
    const state = await driver.save();
    try {
      const kept = await this.#checkpoints.put(driver.rom.hash, name, state);
      if (kept) return this.#executed(state.frame, name);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return failed('checkpoints_full', `the checkpoint cannot be kept: ${why}`);
    }
    return failed('checkpoints_full', 'the gateway keeps no more checkpoints');
  }

  #executed(firstFrame: number, checkpoint?: string): Outcome {
    return {
      status: 'executed',
      firstFrame,
      frames: 0,
      certainty: this.capabilities.frames,
      detail: checkpoint === undefined ? undefined : { checkpoint },
    };
  }
}

/** Runs frames without a button. @throws JoywireError `emulator_failed` when the game dies of them */
function survive(driver: EmulatorDriver, frames: number): Promise<void> {
  const step: Step = { kind: 'press', buttons: 0, hold: 0, gap: frames, observe: undefined };
  return new Promise((resolve, reject) => {
    let lost: string | undefined;
    driver.run([step], {
      outcome: ({ status, message }) => {
        if (status !== 'executed') lost = message ?? status;
      },
      done: () => (lost === undefined ? resolve() : reject(new JoywireError('emulator_failed', lost))),
    });
  });
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
