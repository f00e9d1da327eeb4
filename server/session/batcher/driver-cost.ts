/**
 * What a batch costs on this driver: a + b·n ms, fitted to the latest batches, and whether an outcome is told when its input has run or with
 * its whole batch. Pure.
 */
import { LeastSquares } from './least-squares.ts';

/** One batch that ran. Times are from when it was given to the driver, in ms. */
export interface Ran {
  /** Inputs that ran: none where guards stopped them all. */
  readonly inputs: number;
  /** Frames of all its inputs: what the driver's time goes with where inputs differ. */
  readonly frames: number;
  /** Frames that passed beside them because guards waited: they say nothing about how long inputs are. */
  readonly waitedFrames: number;
  readonly firstOutcomeMs: number;
  readonly lastOutcomeMs: number;
}

/** Overheads below this are not worth a wait: timers are no finer than 1 ms. */
const WORTH_MS = 1;
/** `a` is known when its deviation is below this share of what a batch of one costs. */
const SURE = 0.3;
const SHARE = 0.2;
/** Every so many batches one is to tell more than it gains. */
const PROBE_EVERY = 8;
/** Inputs that run faster than this tell nothing about when their outcomes are told. */
const TELLING_MS = 0.05;

export class DriverCost {
  readonly #line = new LeastSquares();
  #framesEach = 1;
  #held = 0;
  #batches = 0;

  /** Cost of a batch whatever is in it, in ms. */
  get overheadMs(): number {
    return Math.max(0, this.#line.a);
  }

  /** The most that the overhead may well be: without batches of several sizes, all that a batch of one costs. */
  get likelyOverheadMs(): number {
    return Math.max(0, Math.min(this.#line.at(this.#framesEach), this.#line.a + this.#line.deviationOfA));
  }

  /** Whether the overhead may be so large that waiting for company pays. */
  get worthAWait(): boolean {
    return this.likelyOverheadMs >= WORTH_MS;
  }

  /** Whether there was a batch to measure. */
  get measured(): boolean {
    return this.#batches > 0;
  }

  /** Cost of each input in it, in ms, for inputs as long as the latest were. */
  get eachMs(): number {
    return Math.max(0, this.#line.b * this.#framesEach);
  }

  /** How much of the time of those behind it an outcome waits for: 0 told at once, 1 told with the whole batch. */
  get held(): number {
    return this.#held;
  }

  /** Whether batches differed enough to tell overhead from inputs. */
  get known(): boolean {
    return this.#line.deviationOfA <= SURE * this.#line.at(this.#framesEach);
  }

  /** Whether the next batch had better be unlike those before: equal ones would never tell that the line has changed. */
  get probing(): boolean {
    return this.#batches % PROBE_EVERY === 0;
  }

  ran({ inputs, frames, waitedFrames, firstOutcomeMs, lastOutcomeMs }: Ran): void {
    this.#line.measured(frames + waitedFrames, lastOutcomeMs);
    if (inputs === 0) return;
    const framesEach = frames / inputs;
    this.#framesEach += (this.#batches > 0 ? SHARE : 1) * (framesEach - this.#framesEach);
    this.#batches++;
    const behindMs = this.eachMs * (inputs - 1);
    if (behindMs < TELLING_MS || waitedFrames > 0) return;
    const held = 1 - (lastOutcomeMs - firstOutcomeMs) / behindMs;
    this.#held += SHARE * (Math.min(1, Math.max(0, held)) - this.#held);
  }
}
