/**
 * Recursive least squares for a line y = a + b·x, older measurements counting less and less: the covariance grows only in the direction
 * that a new measurement tells something about (directional forgetting, Kulhavý 1987), so that a long run of equal x
 * forgets the present value at that x and not the slope that was learned before. Pure.
 */

/** How much an earlier measurement counts when another of its kind comes. */
const FORGETTING = 0.95;
/** Variances before anything is measured: as long as all x are the same, all is put down to the slope. */
const PRIOR_A = 100;
const PRIOR_B = 10_000;
/** With fewer measurements than this nothing is said of the noise. */
const FEW = 4;
/** A measurement farther off than so many deviations counts as one that far off: a pause of the machine is no new cost. */
const FARTHEST = 4;
/** And by this share of what was expected, where there was no noise so far. */
const FARTHEST_SHARE = 0.25;
/** Uncertainty of a prediction, as a multiple of the noise's variance, from which on it was none. */
const UNTOLD = 0.5;
const NOISE_SHARE = 0.1;

export class LeastSquares {
  #a = 0;
  #b = 0;
  #varianceA = PRIOR_A;
  #covariance = 0;
  #varianceB = PRIOR_B;
  #noise = 0;
  #count = 0;

  get a(): number {
    return this.#a;
  }

  get b(): number {
    return this.#b;
  }

  /** Standard deviation of `a`, in units of y; infinite as long as all x were (almost) the same. */
  get deviationOfA(): number {
    if (this.#count < FEW || this.#varianceA > PRIOR_A / 2) return Infinity;
    return Math.sqrt(this.#noise * this.#varianceA);
  }

  at(x: number): number {
    return this.#a + this.#b * x;
  }

  measured(x: number, y: number): void {
    const gainA = this.#varianceA + this.#covariance * x;
    const gainB = this.#covariance + this.#varianceB * x;
    const known = gainA + gainB * x;
    const error = this.#clipped(y - this.at(x), this.at(x), known);
    this.#a += (gainA / (1 + known)) * error;
    this.#b += (gainB / (1 + known)) * error;
    // Where nothing is uncertain in this direction any more, uncertainty comes back: that is the forgetting.
    const kept = known > 0 ? FORGETTING - (1 - FORGETTING) / known : 1;
    const divisor = kept === 0 ? Infinity : 1 / kept + known;
    this.#varianceA -= (gainA * gainA) / divisor;
    this.#covariance -= (gainA * gainB) / divisor;
    this.#varianceB -= (gainB * gainB) / divisor;
    if (++this.#count < FEW) return;
    const share = Math.max(NOISE_SHARE, 1 / (this.#count - FEW + 1));
    this.#noise += share * (error * error - this.#noise);
  }

  #clipped(error: number, expected: number, uncertainty: number): number {
    // An x unlike any before tells what nothing has told yet, however far off it is.
    if (this.#count < 2 * FEW || uncertainty > UNTOLD) return error;
    const most = FARTHEST * Math.sqrt(this.#noise) + FARTHEST_SHARE * Math.abs(expected);
    return Math.min(most, Math.max(-most, error));
  }
}
