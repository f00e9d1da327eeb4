/** Runs a journal again from its beginning and compares the game with every snapshot on record. */
import { JoywireError } from '../../shared/errors.ts';
import type { EmulatorDriver, OpenDriver } from '../emulator/drivers/driver.ts';
import { History } from './history.ts';
import { coreDifference, openAt, replay } from './rebuild.ts';
import type { JournalRecord, SnapshotRecord } from './record.ts';

/** A stretch of the run, from one snapshot (or the start) to the next, or to the end. */
export interface Interval {
  readonly fromFrame: number;
  readonly toFrame: number;
  /** SHA-256 of RAM and picture at its end, on record; undefined where the journal ends without a snapshot. */
  readonly recorded: string | undefined;
  /** The same of the game that ran again. */
  readonly replayed: string;
}

/**
 * Runs the records again, telling each interval as it ends. What a `load` brought in is taken from the record, as is what a run goes on from
 * whose first segments are gone.
 *
 * @throws JoywireError `journal_diverged` when the core is another one or a frame is not where it was; `unsupported` for a run on an
 *   emulator that nobody can run again
 */
export async function* replayRun(
  records: AsyncIterable<JournalRecord>,
  open: OpenDriver,
): AsyncGenerator<Interval, void> {
  const rerun = new Rerun(open);
  try {
    for await (const record of records) {
      const interval = await rerun.take(record);
      if (interval !== undefined) yield interval;
    }
    const last = await rerun.finish();
    if (last !== undefined) yield last;
  } finally {
    await rerun.close();
  }
}

class Rerun {
  readonly #open: OpenDriver;
  readonly #history = new History();
  #driver: EmulatorDriver | undefined;
  /** Where the interval of now began. */
  #fromFrame = 0;

  constructor(open: OpenDriver) {
    this.#open = open;
  }

  /** Takes the next record; the interval that ends with it, if one does. */
  async take(record: JournalRecord): Promise<Interval | undefined> {
    if (record.kind !== 'snapshot') {
      this.#history.add(record);
      if (record.kind === 'system' && record.what === 'replaced') await this.#reopen();
      return undefined;
    }
    const interval = await this.#compare(record);
    this.#history.add(record);
    this.#fromFrame = record.frame;
    if (interval === undefined) await this.#reopen();
    return interval;
  }

  /** What ran behind the last snapshot. */
  async finish(): Promise<Interval | undefined> {
    if (this.#history.game.events.length === 0) return undefined;
    const driver = await this.#catchUp();
    const { digest } = await driver.snapshot();
    const { frame: toFrame } = this.#history;
    return { fromFrame: this.#fromFrame, toFrame, recorded: undefined, replayed: digest };
  }

  async close(): Promise<void> {
    await this.#driver?.close();
  }

  /** Undefined where the snapshot is a new beginning. */
  async #compare({ cause, frame, digest }: SnapshotRecord): Promise<Interval | undefined> {
    const beginning = cause === 'start' || cause === 'load' || this.#isFirstOfLater(frame);
    if (beginning) return undefined;
    this.#history.add({ kind: 'mark', frame });
    const driver = await this.#catchUp();
    const { digest: replayed } = await driver.snapshot();
    return { fromFrame: this.#fromFrame, toFrame: frame, recorded: digest, replayed };
  }

  /** Segments before it are gone: nothing is known of what led to it. */
  #isFirstOfLater(frame: number): boolean {
    const { base, firstFrame, events } = this.#history.game;
    return this.#driver === undefined && base === undefined && events.length === 0 && frame > firstFrame;
  }

  /** The game with everything that is on record so far. */
  async #catchUp(): Promise<EmulatorDriver> {
    const driver = this.#driver ?? (await this.#reopen());
    await replay(driver, this.#history.game.events);
    return driver;
  }

  async #reopen(): Promise<EmulatorDriver> {
    await this.#driver?.close();
    const { core } = this.#history.header;
    if (core === undefined) {
      throw new JoywireError('unsupported', 'the run was on an emulator that cannot be run again exactly');
    }
    this.#driver = await openAt(this.#open, this.#history.game, () => undefined);
    const difference = coreDifference(core, this.#driver.core);
    if (difference !== undefined) throw new JoywireError('journal_diverged', difference);
    return this.#driver;
  }
}
