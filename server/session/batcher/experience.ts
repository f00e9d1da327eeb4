/** What a session's inputs and batches so far tell about those to come, for the strategies that learn. Pure: times come in as values. */
import { DriverCost, type Ran } from './driver-cost.ts';
import { Gaps } from './gaps.ts';
import { Rate } from './rate.ts';

export class Experience {
  readonly gaps = new Gaps();
  readonly rate = new Rate();
  #cost = new DriverCost();

  get cost(): DriverCost {
    return this.#cost;
  }

  /** An input was accepted. When the next comes is asked only where a wait may pay: elsewhere it is not learned. */
  arrived(atMs: number, buttons: number): void {
    if (this.#cost.worthAWait || !this.#cost.measured) this.gaps.arrived(atMs, buttons);
    else this.gaps.passed(atMs);
    this.rate.arrived(atMs);
  }

  /** A batch ran whole. */
  ran(batch: Ran): void {
    this.#cost.ran(batch);
  }

  /** The game's clock has changed, and with it what everything costs. */
  repaced(): void {
    this.#cost = new DriverCost();
  }
}
