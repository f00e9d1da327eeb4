/** Runs batches of which nothing is lost when the game dies: what has not been told then runs again on the rebuilt one. */
import type { BatchSink, EmulatorDriver, Step } from './drivers/driver.ts';
import { Interrupted } from './interrupted.ts';

export class KeptBatches {
  readonly #onEnd: () => void;
  /** What the game died of or before, to be run on the rebuilt one. */
  #interrupted: Interrupted | undefined;

  /** @param onEnd a batch is over: the game takes the next one, also from whoever is then told */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  run(driver: EmulatorDriver, steps: readonly Step[], sink: BatchSink): void {
    this.#give(driver, new Interrupted(steps, sink));
  }

  /** The game was rebuilt: what was in flight runs on. False when nothing is left of it to run. */
  goOn(driver: EmulatorDriver): boolean {
    const batch = this.#take();
    batch?.giveUpFatal();
    if (batch?.finished === false) {
      this.#give(driver, batch);
      return true;
    }
    this.#onEnd();
    batch?.done();
    return false;
  }

  /** The game cannot be rebuilt: what was in flight may have run, or not. */
  lose(): void {
    this.#take()?.lose();
  }

  #give(driver: EmulatorDriver, batch: Interrupted): void {
    driver.run(batch.next(), {
      timed: batch.timed,
      outcome: (outcome, times) => batch.outcome(outcome, times),
      done: () => {
        if (batch.died()) this.#interrupted = batch;
        else if (batch.finished) {
          this.#onEnd();
          batch.done();
        } else this.#give(driver, batch);
      },
    });
  }

  #take(): Interrupted | undefined {
    const batch = this.#interrupted;
    this.#interrupted = undefined;
    return batch;
  }
}
