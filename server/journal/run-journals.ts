/** The journals of all runs of a gateway: begins one for each game, brings the runs back that were not over, and keeps them in bounds. */
import type { Clock, Timer } from '../clock.ts';
import type { DriverContext, EmulatorDriver, OpenDriver } from '../emulator/drivers/driver.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { Ticker } from '../ticker.ts';
import { type History, readRun } from './history.ts';
import type { JournalLog, Journals, Retention } from './journal.ts';
import { rebuild } from './rebuild.ts';
import { encodeRecord } from './record-codec.ts';
import { type HeaderRecord, JOURNAL_FORMAT } from './record.ts';
import { RunJournal } from './run-journal.ts';

export interface RunJournalsDeps {
  readonly journals: Journals;
  readonly clock: Clock;
  readonly ticker: Ticker;
  /** Wall clock, in ms since 1970. */
  readonly wallClock: () => number;
  readonly log: (message: string) => void;
  /** Longest time of a running game without a snapshot, in ms. */
  readonly snapshotMs: number;
  readonly retention: Pick<Retention, 'maxBytes' | 'maxAgeMs'>;
}

/** A run that was not over when the gateway ended. */
export interface RestoredRun {
  readonly history: History;
  /** Opens the game as it is on record; where that cannot be, a fresh one whose frames go on. */
  readonly open: (open: OpenDriver) => OpenDriver;
  /** Goes on writing. */
  readonly journal: (onStall: (why: string | undefined) => void) => RunJournal;
}

/** At `realtime` a game that nobody plays is on record as far as it was at most so long ago, in ms. */
const KEEP_MS = 1000;
/** Time between looks at how much is kept, in ms. */
const PRUNE_MS = 60_000;

export class RunJournals {
  readonly #deps: RunJournalsDeps;
  readonly #emulators = new Map<Emulator, RunJournal>();
  #sweep: Timer | undefined;
  #prunedAtMs = -Infinity;

  constructor(deps: RunJournalsDeps) {
    this.#deps = deps;
  }

  /**
   * Begins the journal of a game that has just been started.
   * @param fresh whether it is from power-on; else what it is now is kept
   * @throws JoywireError `journal_failed` when it cannot be kept
   */
  async begin(
    emulator: Emulator,
    run: string,
    label: string | undefined,
    fresh: boolean,
    onStall: (why: string | undefined) => void,
  ): Promise<RunJournal> {
    const { wallClock } = this.#deps;
    const { id, driver } = emulator;
    const header: HeaderRecord = {
      kind: 'header',
      format: JOURNAL_FORMAT,
      run,
      label,
      startedAtMs: wallClock(),
      emulator: { id, kind: driver.kind },
      rom: driver.rom,
      core: driver.core,
    };
    const journal = this.#open(header, await this.#create(header), onStall);
    this.keep(emulator, journal);
    emulator.keepJournal(journal);
    if (!fresh) await emulator.snapshot('start');
    return journal;
  }

  /** The journal of a game, for a session that joins the one that plays. */
  of(emulator: Emulator): RunJournal | undefined {
    return this.#emulators.get(emulator);
  }

  /** A journal with its first record, on record. @throws JoywireError `journal_failed` */
  async #create(header: HeaderRecord): Promise<JournalLog> {
    const log = await this.#deps.journals.create(header.run);
    try {
      log.append(encodeRecord(header));
      await log.commit();
      return log;
    } catch (error) {
      await log.close().catch(() => undefined);
      throw error;
    }
  }

  /** From now on the game is kept at intervals. */
  keep(emulator: Emulator, journal: RunJournal): void {
    this.#emulators.set(emulator, journal);
    this.#sweepLater();
  }

  /** The run is over, or stops until the gateway is there again. */
  async end(emulator: Emulator): Promise<void> {
    const journal = this.#emulators.get(emulator);
    this.#emulators.delete(emulator);
    await journal?.close();
  }

  /** The runs that were not over, each to be gone on with. What cannot be is said in the log and left as it is. */
  async unfinished(): Promise<RestoredRun[]> {
    const { journals } = this.#deps;
    const runs: RestoredRun[] = [];
    for (const { run } of await journals.list()) {
      const restored = await this.#reopen(run);
      if (restored !== undefined) runs.push(restored);
    }
    return runs;
  }

  async close(): Promise<void> {
    this.#sweep?.cancel();
    await Promise.all([...this.#emulators.keys()].map((emulator) => this.end(emulator)));
    await this.#deps.journals.close();
  }

  async #reopen(run: string): Promise<RestoredRun | undefined> {
    const { journals, log } = this.#deps;
    try {
      const before = await readRun(journals, run);
      if (!before.live) return undefined;
      const { log: opened, cut } = await journals.reopen(run);
      if (cut !== undefined) {
        const { segment, atByte, bytes, why } = cut;
        log(`journal ${run}: ${bytes} bytes cut from segment ${segment} at byte ${atByte}: ${why}`);
      }
      return {
        history: before,
        open: (open) => (context) => this.#goOn(before, open, context),
        journal: (onStall) => this.#open(before.header, opened, onStall),
      };
    } catch (error) {
      log(`journal ${run} cannot be gone on with: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  /** @throws JoywireError `journal_diverged`, or whatever opening throws */
  async #goOn(
    { header, game, frame }: History,
    open: OpenDriver,
    context: DriverContext,
  ): Promise<EmulatorDriver> {
    if (header.core === undefined) return await open({ ...context, firstFrame: frame });
    return await rebuild(open, game, header.core, context.onDeath);
  }

  #open(header: HeaderRecord, log: JournalLog, onStall: (why: string | undefined) => void): RunJournal {
    const { journals, clock, ticker, wallClock, snapshotMs, log: say } = this.#deps;
    return new RunJournal(header, {
      journals,
      log,
      clock,
      ticker,
      wallClock,
      snapshotMs,
      onStall: (why) => {
        say(why === undefined ? `journal ${header.run} is kept again` : `journal ${header.run}: ${why}`);
        onStall(why);
      },
      onLost: (why) => say(`journal ${header.run}: ${why}`),
    });
  }

  #sweepLater(): void {
    this.#sweep ??= this.#deps.clock.after(KEEP_MS, () => {
      this.#sweep = undefined;
      for (const emulator of this.#emulators.keys()) emulator.keep();
      this.#prune();
      if (this.#emulators.size > 0) this.#sweepLater();
    });
  }

  #prune(): void {
    const { clock, journals, retention, wallClock, log } = this.#deps;
    if (clock.now() - this.#prunedAtMs < PRUNE_MS) return;
    this.#prunedAtMs = clock.now();
    const live = new Set([...this.#emulators.values()].map(({ header }) => header.run));
    void journals.prune({ ...retention, nowMs: wallClock(), live }).then(
      (dropped) => {
        for (const { run, bytes, throughSegment } of dropped) {
          const what =
            throughSegment === undefined ? 'is dropped' : `up to segment ${throughSegment} is dropped`;
          log(`journal ${run} ${what}: ${bytes} bytes`);
        }
      },
      (error: unknown) => log(`journals cannot be pruned: ${String(error)}`),
    );
  }
}
