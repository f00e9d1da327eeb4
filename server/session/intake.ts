/** Whether it is an entry's turn: seq order and credit, before anything is accepted. */
import { assertNever, type RequestCode } from '../../shared/errors.ts';
import { place } from '../../shared/sequence.ts';
import type { Ledger } from './ledger.ts';

export type Turn =
  /** Take the entries; the first `skip` are repeats, to be answered again. */
  | { readonly kind: 'take'; readonly skip: number }
  /** All were accepted before: answer again (invariant I4). */
  | { readonly kind: 'repeat' }
  | {
      readonly kind: 'refuse';
      readonly code: RequestCode;
      readonly message: string;
      readonly seq: number;
      readonly allowed?: string;
    }
  /** Part of a hole that has been reported: once is enough until it is healed. */
  | { readonly kind: 'ignore' };

const ALL: Turn = { kind: 'take', skip: 0 };

export class Intake {
  readonly #ledger: Ledger;
  readonly #credit: number;
  #gapReported = false;

  /** @param credit most accepted entries without an outcome; also the largest group */
  constructor(ledger: Ledger, credit: number) {
    this.#ledger = ledger;
    this.#credit = credit;
  }

  credit(): { limit: number; outstanding: number } {
    return { limit: this.#credit, outstanding: this.#ledger.outstanding };
  }

  /** What to do with the `count` entries from `firstSeq` on. */
  turn(firstSeq: number, count: number): Turn {
    const placement = place(firstSeq, count, this.#ledger.nextSeq);
    switch (placement.kind) {
      case 'gap':
        return this.#gap(firstSeq);
      case 'repeat':
        return placement;
      case 'next':
        return this.#unaffordable(firstSeq, count, count - placement.skip) ?? this.#take(placement.skip);
      default:
        return assertNever(placement);
    }
  }

  /** The next gap is reported again. */
  forgetGap(): void {
    this.#gapReported = false;
  }

  #take(skip: number): Turn {
    this.#gapReported = false;
    return skip === 0 ? ALL : { kind: 'take', skip };
  }

  #gap(got: number): Turn {
    if (this.#gapReported) return { kind: 'ignore' };
    this.#gapReported = true;
    const expected = this.#ledger.nextSeq;
    const message = `got seq ${got}; expected ${expected}`;
    return { kind: 'refuse', code: 'sequence_gap', message, seq: expected };
  }

  #unaffordable(seq: number, groupSize: number, taken: number): Turn | undefined {
    const { limit, outstanding } = this.credit();
    if (groupSize > limit) {
      const allowed = `at most ${limit} members`;
      return { kind: 'refuse', code: 'group_too_large', message: `a group of ${groupSize}`, seq, allowed };
    }
    if (outstanding + taken <= limit) return undefined;
    const message = `${outstanding} entries are outstanding and ${taken} more were sent`;
    return { kind: 'refuse', code: 'credit_exceeded', message, seq, allowed: `${limit} outstanding` };
  }
}
