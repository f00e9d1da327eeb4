/** Which entries wait for their outcome: seq -> entry, settled in order, each exactly once. Pure. */
import type { BatchInfo, ClientMessage, Outcome } from '../shared/protocol.ts';
import type { Unacked } from './asides.ts';

/** What became of one entry, and of which. */
export interface EntryOutcome extends Outcome {
  /** The entry's seq; 0 when it was cancelled before it left this client, so that it never had one. */
  readonly seq: number;
  /** The batch it travelled in; undefined when nothing was sent to the emulator. */
  readonly batch: BatchInfo | undefined;
}

/** One message on its way: `count` entries with consecutive seqs. Kept until acked, so that it can be sent again. */
export interface SentEntries {
  readonly count: number;
  /** Messages without macros and scripts that stand for the same entries. */
  again(): readonly ClientMessage[];
  /** Called once with an outcome for each of its seqs, in order. */
  settle(outcomes: readonly EntryOutcome[]): void;
  /** Called once instead of `settle`, when no outcome will come. */
  fail(error: Error): void;
}

export type AckResult =
  | { readonly ok: true; readonly settled: number }
  /** The ack contradicts what was sent or acked before. */
  | { readonly ok: false; readonly message: string };

export class PendingEntries {
  readonly #sent = new Map<number, SentEntries>();
  /** Outcomes so far of the message whose acks have begun. */
  #partial: EntryOutcome[] = [];
  #ackedThrough: number;
  #nextSeq: number;

  constructor(ackedThrough: number, nextSeq: number) {
    this.#ackedThrough = ackedThrough;
    this.#nextSeq = nextSeq;
  }

  get ackedThrough(): number {
    return this.#ackedThrough;
  }

  /** The seq of the next entry to be sent. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  add(entries: SentEntries): void {
    this.#sent.set(this.#nextSeq, entries);
    this.#nextSeq += entries.count;
  }

  /** Takes an ack. Outcomes that are already known are passed over: a repeat is no news. */
  ack(firstSeq: number, outcomes: readonly Outcome[], batch: BatchInfo | undefined): AckResult {
    const last = firstSeq + outcomes.length - 1;
    if (firstSeq > this.#ackedThrough + 1) {
      return { ok: false, message: `ack of seq ${firstSeq} while ${this.#ackedThrough + 1} has none yet` };
    }
    if (last >= this.#nextSeq) return { ok: false, message: `ack of seq ${last}, which was never sent` };
    const before = this.#ackedThrough;
    for (const outcome of outcomes.slice(before + 1 - firstSeq)) {
      this.#ackedThrough += 1;
      this.#settleOne({ ...outcome, seq: this.#ackedThrough, batch });
    }
    return { ok: true, settled: this.#ackedThrough - before };
  }

  /** What has no outcome yet, in order. A message of which a part has counts whole. */
  unacked(): Unacked[] {
    return [...this.#sent].map(([firstSeq, sent]) => ({ firstSeq, messages: sent.again() }));
  }

  /** No outcome will come any more. */
  failAll(error: Error): void {
    const left = [...this.#sent.values()];
    this.#sent.clear();
    this.#partial = [];
    this.#ackedThrough = this.#nextSeq - 1;
    for (const entries of left) entries.fail(error);
  }

  #settleOne(outcome: EntryOutcome): void {
    this.#partial.push(outcome);
    const firstSeq = outcome.seq - this.#partial.length + 1;
    const entries = this.#sent.get(firstSeq);
    if (entries === undefined || this.#partial.length < entries.count) return;
    const outcomes = this.#partial;
    this.#partial = [];
    this.#sent.delete(firstSeq);
    entries.settle(outcomes);
  }
}
