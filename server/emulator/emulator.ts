/** One emulator as a gateway owns it: it has the frames, and runs one batch or command at a time (invariant I1). */
import { JoywireError } from '../../shared/errors.ts';
import type {
  Capabilities,
  Command,
  EmulatorInfo,
  MemoryRange,
  Outcome,
  PictureFormat,
} from '../../shared/protocol.ts';
import type { Clock } from '../clock.ts';
import type { RunJournal } from '../journal/run-journal.ts';
import type { Checkpoints } from './checkpoints.ts';
import { codedOutcome, codedStepOutcome } from './coded-outcome.ts';
import { commandFailure, type CommandTarget, perform } from './commands.ts';
import { CurrentGame, type GameOwner } from './current-game.ts';
import type {
  BatchSink,
  DriverDeath,
  EmulatorDriver,
  OpenDriver,
  Reading,
  Snapshot,
  Step,
  StepOutcome,
  StepTimes,
} from './drivers/driver.ts';
import { KeptBatches } from './kept-batches.ts';
import { applyPace, type PaceSetting, samePace, TURBO } from './pace.ts';
import { tryState } from './trial.ts';

/** Who controls the emulator: told when it can take work and when its game was replaced. */
export interface Controller {
  ready(): void;
  /** The game died; a new one was started from power-on, or none could be (`error`). */
  replaced(death: DriverDeath, error: string | undefined): void;
  /** The game died and was rebuilt: nothing that was told is lost, and what was not runs now. */
  rebuilt(death: DriverDeath): void;
}

export class Emulator {
  readonly id: string;
  readonly #open: OpenDriver;
  readonly #checkpoints: Checkpoints;
  readonly #game: CurrentGame;
  #controller: Controller | undefined;
  #journal: RunJournal | undefined;
  readonly #kept = new KeptBatches(() => this.#game.end());
  #batchId = 0;
  /** The pace that the controller asked for: a new game gets it too. */
  #pace = TURBO;

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
    this.#game = new CurrentGame(driver, open, clock, this.#gameOwner());
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
    return this.#game.driver;
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
    return this.#journal?.stalled !== true && this.#game.ready;
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
    return this.#game.follow(changed);
  }

  /** Hands control to a session, or to nobody. */
  control(controller: Controller | undefined): void {
    this.#controller = controller;
  }

  /** Goes on as it was before the gateway was restarted: nobody is there, so time stands still. */
  async restore(journal: RunJournal, pace: PaceSetting, lastBatchId: number): Promise<void> {
    const { driver } = this;
    this.#journal = journal;
    this.#batchId = lastBatchId;
    this.#pace = pace;
    await applyPace(driver, pace);
    if (pace.pace === 'realtime') await driver.freeze(true);
  }

  nextBatchId(): number {
    return ++this.#batchId;
  }

  /** Gives the driver a batch. Only when `ready`. */
  run(steps: readonly Step[], sink: BatchSink): void {
    const dead = this.#game.begin();
    if (dead !== undefined) {
      for (const _ of steps) sink.outcome(codedStepOutcome('emulator_unavailable', dead));
      sink.done();
      return;
    }
    if (this.#record !== undefined) this.#kept.run(this.driver, steps, sink);
    else this.driver.run(steps, new RunningBatch(sink, this.#game));
  }

  /** Runs a command. Only when `ready`. Never rejects: what goes wrong is the outcome. */
  async command(command: Command): Promise<Outcome> {
    const dead = this.#game.begin();
    if (dead !== undefined) return codedOutcome('emulator_unavailable', dead);
    try {
      return await perform(command, this.#target(this.driver));
    } catch (error) {
      return await this.#performAgain(command, error);
    } finally {
      this.#game.end();
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
    await tryState(this.#open, state);
  }

  /** The pace that was asked for last. */
  get pace(): PaceSetting {
    return this.#pace;
  }

  /** Control changes hands: no button stays pressed. Time goes on. */
  async release(): Promise<void> {
    await this.#game.free();
    const driver = this.#game.idle;
    if (driver !== undefined) await done(() => this.#releaseButtons(driver));
  }

  /** Sets the pace, unless it is that already. Why not, if not. */
  async setPace(wanted: PaceSetting): Promise<string | undefined> {
    await this.#game.free();
    if (this.closed || samePace(wanted, this.#pace)) return undefined;
    const outcome = await this.command({ method: 'pace', ...wanted });
    return outcome.status === 'executed' ? undefined : outcome.detail?.message;
  }

  /** Who controls it has changed, on record. */
  noteControl(session: number | undefined, by: string): void {
    this.#journal?.system({ what: 'control', frame: this.frame, session, by });
  }

  /** Nobody controls it now: all buttons are released and, at `realtime`, time stops. False when that could not be done. */
  async letGo(): Promise<boolean> {
    const driver = this.#game.idle;
    if (driver === undefined) return false;
    return await done(async () => {
      await this.#releaseButtons(driver);
      await driver.freeze(true);
    });
  }

  /** Somebody controls it again: time goes on. */
  async goOn(): Promise<void> {
    await this.#game.free();
    const driver = this.#game.idle;
    if (driver !== undefined) await done(() => driver.freeze(false));
  }

  /** Keeps how far the game is, and now and then all of it: called at intervals. */
  keep(): void {
    const journal = this.#journal;
    if (journal === undefined || this.#game.idle === undefined || journal.stalled) return;
    if (this.#pace.pace === 'realtime') journal.reached(this.frame);
    if (journal.snapshotDue(this.frame)) void this.snapshot('interval');
  }

  /** Keeps the whole game, if it has a journal and its kind can be rebuilt. Nothing runs meanwhile. */
  async snapshot(cause: 'start' | 'interval' | 'drain' | 'end'): Promise<void> {
    const record = this.#record;
    if (record === undefined || this.#game.idle === undefined) return;
    this.#game.begin();
    await done(async () => record.snapshot(cause, await this.driver.snapshot()));
    this.#game.end();
    this.#controller?.ready();
  }

  async close(): Promise<void> {
    this.#controller = undefined;
    await this.#game.close();
  }

  get closed(): boolean {
    return this.#game.closed;
  }

  /** The driver's game ended by itself: another one goes on in its place. */
  died(death: DriverDeath): void {
    this.#game.died(death);
  }

  /** What the game is rebuilt from when it dies; undefined where it cannot be. */
  get #record(): RunJournal | undefined {
    return this.driver.core === undefined ? undefined : this.#journal;
  }

  /** What becomes of what it was about when its game dies. */
  #gameOwner(): GameOwner {
    return {
      pace: () => this.#pace,
      record: () => this.#record,
      rebuilt: (driver, death) => {
        this.#journal?.system({ what: 'rebuilt', frame: driver.frame(), cause: causeOf(death) });
        this.#controller?.rebuilt(death);
        if (!this.#kept.goOn(driver)) this.#controller?.ready();
      },
      lost: (death) => {
        this.#journal?.system({ what: 'replaced', frame: death.frame, cause: causeOf(death) });
        this.#kept.lose();
      },
      replaced: (death, error) => {
        this.#controller?.replaced(death, error);
        this.#controller?.ready();
      },
    };
  }

  async #releaseButtons(driver: EmulatorDriver): Promise<void> {
    const frame = await driver.release();
    this.#journal?.system({ what: 'release', frame });
  }

  /** Reads from the game; while it is being rebuilt, from the rebuilt one. */
  async #read<T>(look: (driver: EmulatorDriver) => Promise<T>): Promise<T> {
    try {
      return await look(this.driver);
    } catch (error) {
      if (this.#record === undefined || !this.#game.replacing) throw error;
      await this.#game.recovered();
      return await look(this.driver);
    }
  }

  /** Runs a command once more that the game did not survive. */
  async #performAgain(command: Command, error: unknown): Promise<Outcome> {
    if (this.#record === undefined || !this.#game.replacing) return commandFailure(error);
    await this.#game.recovered();
    if (!this.ready) return commandFailure(error);
    try {
      this.#game.begin();
      return await perform(command, this.#target(this.driver));
    } catch (again) {
      return commandFailure(again);
    }
  }

  #target(driver: EmulatorDriver): CommandTarget {
    return {
      driver,
      checkpoints: this.#checkpoints,
      journal: this.#journal,
      onPace: (pace) => {
        this.#pace = pace;
      },
    };
  }
}

/** A batch on its game, which takes the next one when it is over. */
class RunningBatch implements BatchSink {
  readonly timed: boolean | undefined;
  readonly #sink: BatchSink;
  readonly #game: CurrentGame;

  constructor(sink: BatchSink, game: CurrentGame) {
    this.timed = sink.timed;
    this.#sink = sink;
    this.#game = game;
  }

  outcome(outcome: StepOutcome, times?: StepTimes): void {
    this.#sink.outcome(outcome, times);
  }

  done(): void {
    this.#game.end();
    this.#sink.done();
  }
}

/** Whether it could be done. A game that dies of it holds no buttons and runs no frames; `died` sees to the next one. */
function done(change: () => Promise<void>): Promise<boolean> {
  return change().then(
    () => true,
    () => false,
  );
}

function causeOf({ cause, message }: DriverDeath): string {
  return `${cause}: ${message}`;
}
