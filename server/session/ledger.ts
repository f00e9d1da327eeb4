/** A session's seqs and outcomes: what is accepted, what is settled, what may be acked, and what is kept for a repeat. */
import type { BatchInfo, Outcome, ServerMessage } from '../../shared/protocol.ts';
import { Deque } from './deque.ts';
import type { Batch, Entry } from './entry.ts';

type Ack = Extract<ServerMessage, { type: 'ack' }>;

export class Ledger {
  /** Every accepted entry that is not yet dropped, from seq `#firstKept` on, without holes. */
  readonly #entries = new Deque<Entry>();
  readonly #keptOutcomes: number;
  #firstKept = 1;
  #nextSeq = 1;
  #settled = 0;
  #ackedThrough = 0;

  /** @param keptOutcomes how many acked outcomes are kept for repeats until the client says `received` */
  constructor(keptOutcomes: number) {
    this.#keptOutcomes = keptOutcomes;
  }

  /** The seq that the next accepted entry has. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Every outcome up to this seq has been handed out by `takeAcks`. */
  get ackedThrough(): number {
    return this.#ackedThrough;
  }

  /** The oldest seq that can still be answered again. */
  get firstKept(): number {
    return this.#firstKept;
  }

  /** Accepted entries without an outcome: what counts against the credit. */
  get outstanding(): number {
    return this.#nextSeq - 1 - this.#settled;
  }

  /** Takes up the entry with the next seq. One that comes with its outcome is settled by that. */
  accept(entry: Entry): void {
    this.#entries.push(entry);
    this.#nextSeq++;
    if (entry.outcome !== undefined) this.#settled++;
  }

  /** Gives an accepted entry its one outcome. */
  settle(entry: Exclude<Entry, { kind: 'faulty' }>, outcome: Outcome, batch: Batch | undefined): void {
    if (entry.outcome !== undefined) throw new Error(`seq ${entry.seq} has an outcome already`);
    entry.outcome = outcome;
    entry.batch = batch;
    this.#settled++;
  }

  /** The acks for what has been settled in seq order since the last call (invariant I2: no hole). */
  takeAcks(): Ack[] {
    const from = this.#ackedThrough + 1;
    let through = this.#ackedThrough;
    while (this.#entry(through + 1)?.outcome !== undefined) through++;
    if (through < from) return [];
    this.#ackedThrough = through;
    const acks = this.#acks(from, through);
    this.#dropBefore(through - this.#keptOutcomes + 1);
    return acks;
  }

  /** The acks of a range that was acked before, as far as it is still kept and settled. */
  repeat(firstSeq: number, count: number): Ack[] {
    return this.#acks(
      Math.max(firstSeq, this.#firstKept),
      Math.min(firstSeq + count - 1, this.#ackedThrough),
    );
  }

  /** The client has these outcomes; they need not be kept. Beyond what is acked it means nothing. */
  received(throughSeq: number): void {
    this.#dropBefore(Math.min(throughSeq, this.#ackedThrough) + 1);
  }

  #entry(seq: number): Entry | undefined {
    return this.#entries.at(seq - this.#firstKept);
  }

  #dropBefore(seq: number): void {
    const count = seq - this.#firstKept;
    if (count <= 0) return;
    this.#entries.take(count);
    this.#firstKept = seq;
  }

  /** One ack for each run of consecutive seqs that travelled in the same batch. */
  #acks(from: number, through: number): Ack[] {
    const acks: Ack[] = [];
    let outcomes: Outcome[] = [];
    let batch: Batch | undefined;
    let firstSeq = from;
    for (let seq = from; seq <= through; seq++) {
      const entry = this.#entry(seq);
      if (entry?.outcome === undefined) break;
      if (outcomes.length > 0 && entry.batch !== batch) {
        acks.push({ type: 'ack', firstSeq, outcomes, batch: batchInfo(batch) });
        outcomes = [];
        firstSeq = seq;
      }
      batch = entry.batch;
      outcomes.push(entry.outcome);
    }
    if (outcomes.length > 0) acks.push({ type: 'ack', firstSeq, outcomes, batch: batchInfo(batch) });
    return acks;
  }
}

function batchInfo(batch: Batch | undefined): BatchInfo | undefined {
  if (batch === undefined) return undefined;
  return {
    id: batch.id,
    size: batch.size,
    reason: batch.reason,
    queuedUs: Math.round(batch.queuedMs * 1000),
    driverUs: Math.round((batch.outcomeAtMs - batch.sentAtMs) * 1000),
  };
}
