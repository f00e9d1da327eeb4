/** Entries that one call of the SDK sends: their way from waiting for credit to the promise of their outcomes. */
import type { EntryCode } from '../shared/errors.ts';
import type { ClientMessage } from '../shared/protocol.ts';
import type { Job } from './credit.ts';
import { clientError } from './errors.ts';
import type { EntryOutcome, SentEntries } from './pending.ts';

/** One message of entries: a single, a group, a keys or a command. */
export interface Unit {
  readonly count: number;
  /** The message, once its first seq is known. */
  message(seq: number): ClientMessage;
  /**
   * The same entries without macros and scripts, which can be sent again in part and whatever the gateway knows.
   * @default the message
   */
  plain?(seq: number): readonly ClientMessage[];
}

/** Sends a unit under the next seqs; false when it is larger than the gateway takes, and nothing was sent. */
export type SendUnit = (unit: Unit, entries: Omit<SentEntries, 'again'>) => boolean;

export class Submission implements Job {
  /** The outcomes of all units, in order. */
  readonly outcomes: Promise<readonly EntryOutcome[]>;
  readonly #units: readonly Unit[];
  readonly #send: SendUnit;
  readonly #collected: EntryOutcome[] = [];
  #sentUnits = 0;
  #inFlight = 0;
  /** What stands for the units that were dropped, once there are any. */
  #dropped: readonly EntryOutcome[] = [];
  #resolve: (outcomes: readonly EntryOutcome[]) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(units: readonly Unit[], send: SendUnit) {
    this.#units = units;
    this.#send = send;
    this.outcomes = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (units.length === 0) this.#resolve([]);
  }

  get cost(): number | undefined {
    return this.#units[this.#sentUnits]?.count;
  }

  step(): number {
    const unit = this.#units[this.#sentUnits];
    if (unit === undefined) return 0;
    this.#sentUnits += 1;
    this.#inFlight += 1;
    const sent = this.#send(unit, {
      count: unit.count,
      settle: (outcomes) => this.#settle(outcomes),
      fail: (error) => this.fail(error),
    });
    if (sent) return unit.count;
    this.fail(clientError('message_too_big'));
    return 0;
  }

  /** Gives up what has not been sent: its outcome is `rejected` with this code, after the outcomes of what was sent. */
  drop(code: EntryCode, message: string): void {
    const count = this.#units.slice(this.#sentUnits).reduce((sum, unit) => sum + unit.count, 0);
    this.#sentUnits = this.#units.length;
    this.#dropped = Array.from({ length: count }, () => neverSent(code, message));
    this.#settle([]);
  }

  /** Ends the whole call with an error; nothing more of it is sent. */
  fail(error: Error): void {
    this.#sentUnits = this.#units.length;
    this.#reject(error);
  }

  #settle(outcomes: readonly EntryOutcome[]): void {
    for (const outcome of outcomes) this.#collected.push(outcome);
    if (outcomes.length > 0) this.#inFlight -= 1;
    if (this.#inFlight > 0 || this.#sentUnits < this.#units.length) return;
    this.#resolve(this.#collected.concat(this.#dropped));
  }
}

function neverSent(code: EntryCode, message: string): EntryOutcome {
  return {
    seq: 0,
    batch: undefined,
    status: 'rejected',
    firstFrame: null,
    frames: 0,
    certainty: 'none',
    detail: { code, message },
  };
}
