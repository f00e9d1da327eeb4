/** Opens the game that goes on in the place of one that died: the same one rebuilt from its journal, or one from power-on. */
import type { Clock } from '../clock.ts';
import type { RunJournal } from '../journal/run-journal.ts';
import type { DriverDeath, EmulatorDriver, OpenDriver } from './drivers/driver.ts';
import { applyPace, type PaceSetting } from './pace.ts';

/** A game that died. */
export interface Loss {
  readonly death: DriverDeath;
  readonly driver: EmulatorDriver;
  /** What the next game is to run by. */
  readonly pace: PaceSetting;
}

/** The emulator whose game died. */
export interface Bereft {
  readonly closed: boolean;
  /** The game it has: until another one takes its place, the dead one. */
  readonly driver: EmulatorDriver;
  /** The next game died too. */
  died(death: DriverDeath): void;
  /** No game could be opened for so long that entries are to fail until one is. */
  waitNoLonger(death: DriverDeath, why: string): void;
}

/** How long entries wait for the next game before they fail, in ms. */
const REPLACING_MS = 15_000;
/** Waits between attempts to open it, in ms. */
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5000;
/** How often a game is brought back that dies on the way: what killed it may be something else. */
const REBUILDS = 5;

export class Recovery {
  readonly #open: OpenDriver;
  readonly #clock: Clock;
  readonly #emulator: Bereft;

  constructor(open: OpenDriver, clock: Clock, emulator: Bereft) {
    this.#open = open;
    this.#clock = clock;
    this.#emulator = emulator;
  }

  /** The game as it is on record; undefined when it does not come back. */
  async rebuild(loss: Loss, record: RunJournal): Promise<EmulatorDriver | undefined> {
    for (let attempt = 1; attempt <= REBUILDS; attempt++) {
      const driver = await this.#rebuildOnce(loss, record);
      if (driver !== undefined) return driver;
    }
    return undefined;
  }

  /**
   * A game from power-on, whose frames go on from the last known one. Tries again as long as the emulator is there: entries wait at
   * first, and later fail at once. Undefined when the emulator was closed meanwhile.
   */
  async replace(loss: Loss): Promise<EmulatorDriver | undefined> {
    const deadlineMs = this.#clock.now() + REPLACING_MS;
    for (let waitMs = FIRST_RETRY_MS; !this.#emulator.closed; waitMs = Math.min(LAST_RETRY_MS, 2 * waitMs)) {
      try {
        return await this.#openNext(loss);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (this.#clock.now() + waitMs >= deadlineMs) this.#emulator.waitNoLonger(loss.death, why);
      }
      await new Promise<void>((resolve) => this.#clock.after(waitMs, resolve));
    }
    return undefined;
  }

  /** Undefined when it did not come back, or died at once. */
  async #rebuildOnce(
    { death, driver: last, pace }: Loss,
    record: RunJournal,
  ): Promise<EmulatorDriver | undefined> {
    const later: { death?: DriverDeath } = {};
    const onDeath = (next: DriverDeath) => {
      later.death = next;
      if (this.#emulator.driver !== last) this.#emulator.died(next);
    };
    try {
      const driver = await record.rebuild(this.#open, last.core, onDeath);
      await applyPace(driver, pace);
      if (later.death === undefined) return driver;
      await driver.close();
    } catch (error) {
      record.failedToRebuild(death, error);
    }
    return undefined;
  }

  async #openNext({ death, pace }: Loss): Promise<EmulatorDriver> {
    const onDeath = (next: DriverDeath) => this.#emulator.died(next);
    const driver = await this.#open({ firstFrame: death.frame, onDeath });
    if (!this.#emulator.closed) await applyPace(driver, pace);
    return driver;
  }
}
