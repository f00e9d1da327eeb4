/** A session's seqs and outcomes: what is accepted, what is settled, what may be acked, and what is kept for a repeat. */
import type { BatchInfo, Outcome, ServerMessage } from '../../shared/protocol.ts';
import { Deque } from './deque.ts';
import type { Batch, Entry } from './entry.ts';

type Ack = Extract<ServerMessage, { type: 'ack' }>;

/** About how many bytes of memory an entry takes, its outcome and share of a batch included (`npm run bench -- --only memory`; 155 to 190 without). */
const ENTRY_BYTES = 216;
/** About how many bytes an outcome without a detail takes on the wire. */
const OUTCOME_BYTES = 16;
/**
 * About how many bytes of acked outcomes are kept. More than the buffers of an outbox and of two TCP stacks hold (Linux: 4 MiB to send, 6 MiB
 * to receive): what is older has been read.
 */
const KEPT_BYTES = 16 * 1024 * 1024;

export type OnSettled = (entry: Entry, outcome: Outcome, batch: Batch | undefined) => void;

export class Ledger {
  /** Every accepted entry that is not yet dropped, from seq `#firstKept` on, without holes. */
  readonly #entries = new Deque<Entry>();
  readonly #keptOutcomes: number;
  #firstKept = 1;
  #nextSeq = 1;
  /** What the connection of now has been handed. */
  #handedThrough = 0;
  /** What some connection has been handed. */
  #ackedThrough = 0;
  /** Of the details of all outcomes here, about. */
  #detailBytes = 0;
  /** Of the acked outcomes that are kept, about. */
  #keptBytes = 0;
  /** What may be acked: with a journal, only what is on record. */
  #recordedThrough: number;
  #settledThrough = 0;
  readonly #onSettled: OnSettled | undefined;

  /**
   * @param keptOutcomes how many acked outcomes are kept for repeats until the client says `received`
   * @param onSettled told of every outcome; those settled may be acked once `recorded` says so. Without it at once
   */
  constructor(keptOutcomes: number, onSettled?: OnSettled) {
    this.#keptOutcomes = keptOutcomes;
    this.#onSettled = onSettled;
    this.#recordedThrough = onSettled === undefined ? Infinity : 0;
  }

  /** The seq that the next accepted entry has. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Every outcome up to this seq has been handed out by `takeAcks`, to whichever connection. */
  get ackedThrough(): number {
    return this.#ackedThrough;
  }

  /** The oldest seq that can still be answered again. */
  get firstKept(): number {
    return this.#firstKept;
  }

  /** Accepted entries whose outcome has not been handed to this connection: what counts against the credit. */
  get outstanding(): number {
    return this.#nextSeq - 1 - this.#handedThrough;
  }

  /** Bytes of memory that the entries here take, with and without an outcome, about. */
  get bytes(): number {
    return this.#entries.length * ENTRY_BYTES + this.#detailBytes;
  }

  /** Whether `takeAcks` would give something. */
  get acksReady(): boolean {
    return this.#ready(this.#handedThrough + 1) !== undefined;
  }

  /** Every seq up to this one has its outcome. */
  get settledThrough(): number {
    this.#settledThrough = Math.max(this.#settledThrough, this.#firstKept - 1);
    while (this.#entry(this.#settledThrough + 1)?.outcome !== undefined) this.#settledThrough++;
    return this.#settledThrough;
  }

  /** The outcomes up to this seq are on record and may be acked. */
  recorded(throughSeq: number): void {
    this.#recordedThrough = Math.max(this.#recordedThrough, throughSeq);
  }

  /** Goes on after a seq, with what is kept of the outcomes up to it. All of them may have been acked. */
  restore(settledThrough: number, kept: readonly Entry[]): void {
    for (const entry of kept) {
      this.#entries.push(entry);
      if (entry.outcome === undefined) continue;
      this.#keptBytes += bytesOf(entry.outcome);
      if (entry.outcome.detail !== undefined) this.#detailBytes += bytesOf(entry.outcome);
    }
    this.#firstKept = settledThrough - kept.length + 1;
    this.#nextSeq = settledThrough + 1;
    this.#settledThrough = settledThrough;
    this.#recordedThrough = settledThrough;
    this.#handedThrough = settledThrough;
    this.#ackedThrough = settledThrough;
    this.#dropBefore(settledThrough - this.#keptOutcomes + 1);
  }

  /** Takes up the entry with the next seq. One that comes with its outcome is settled by that. */
  accept(entry: Entry): void {
    this.#entries.push(entry);
    this.#nextSeq++;
    if (entry.outcome?.detail !== undefined) this.#detailBytes += bytesOf(entry.outcome);
    if (entry.outcome !== undefined) this.#onSettled?.(entry, entry.outcome, undefined);
  }

  /** Gives an accepted entry its one outcome. */
  settle(entry: Exclude<Entry, { kind: 'faulty' }>, outcome: Outcome, batch: Batch | undefined): void {
    if (entry.outcome !== undefined) throw new Error(`seq ${entry.seq} has an outcome already`);
    entry.outcome = outcome;
    if (outcome.detail !== undefined) this.#detailBytes += bytesOf(outcome);
    entry.batch = batch;
    this.#onSettled?.(entry, outcome, batch);
  }

  /**
   * The acks for what has been settled in seq order since the last call (invariant I2: no hole).
   * @param maxBytes stops when about so many bytes are taken; at least one outcome is
   */
  takeAcks(maxBytes = Infinity): Ack[] {
    const from = this.#handedThrough + 1;
    let through = this.#handedThrough;
    let bytes = 0;
    while (bytes < maxBytes) {
      const outcome = this.#ready(through + 1);
      if (outcome === undefined) break;
      const size = bytesOf(outcome);
      bytes += size;
      through++;
      if (through > this.#ackedThrough) this.#keptBytes += size;
    }
    if (through < from) return [];
    this.#handedThrough = through;
    this.#ackedThrough = Math.max(this.#ackedThrough, through);
    const acks = this.#acks(from, through);
    this.#dropBefore(through - this.#keptOutcomes + 1);
    while (this.#keptBytes > KEPT_BYTES && this.#firstKept < through) this.#dropBefore(this.#firstKept + 1);
    return acks;
  }

  /** Another connection takes over, with a client that has the outcomes up to `receivedThrough`: the others go out again. */
  rewind(receivedThrough: number): void {
    this.#handedThrough = receivedThrough;
    this.received(receivedThrough);
  }

  /** The acks of a range that was acked before, as far as it is still kept and settled. */
  repeat(firstSeq: number, count: number): Ack[] {
    return this.#acks(
      Math.max(firstSeq, this.#firstKept),
      Math.min(firstSeq + count - 1, this.#handedThrough),
    );
  }

  /** The client has these outcomes; they need not be kept. Beyond what is acked it means nothing. */
  received(throughSeq: number): void {
    this.#dropBefore(Math.min(throughSeq, this.#handedThrough) + 1);
  }

  /** The outcome of a seq, if it may go out: on record, and of a group that is acked together only with all of that. */
  #ready(seq: number): Outcome | undefined {
    const entry = this.#entry(seq);
    if (entry?.outcome === undefined || seq > this.#recordedThrough) return undefined;
    const lastSeq = 'group' in entry ? entry.group?.ackedWith : undefined;
    if (lastSeq === undefined || lastSeq === seq) return entry.outcome;
    return lastSeq <= Math.min(this.#recordedThrough, this.settledThrough) ? entry.outcome : undefined;
  }

  #entry(seq: number): Entry | undefined {
    return this.#entries.at(seq - this.#firstKept);
  }

  #dropBefore(seq: number): void {
    const count = seq - this.#firstKept;
    if (count <= 0) return;
    for (const { outcome } of this.#entries.take(count)) {
      if (outcome === undefined) continue;
      this.#keptBytes -= bytesOf(outcome);
      if (outcome.detail !== undefined) this.#detailBytes -= bytesOf(outcome);
    }
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
        acks.push({ type: 'ack', firstSeq, outcomes, batch: batch && batchInfo(batch) });
        outcomes = [];
        firstSeq = seq;
      }
      batch = entry.batch;
      outcomes.push(entry.outcome);
    }
    if (outcomes.length > 0) acks.push({ type: 'ack', firstSeq, outcomes, batch: batch && batchInfo(batch) });
    return acks;
  }
}

/** About how many bytes an outcome takes on the wire. */
function bytesOf({ detail }: Outcome): number {
  if (detail === undefined) return OUTCOME_BYTES;
  const { message = '', observed } = detail;
  const memory = observed?.memory?.reduce((sum, { length }) => sum + length, 0) ?? 0;
  return 8 * OUTCOME_BYTES + message.length + memory + (observed?.screen?.length ?? 0);
}

/** As an ack and the journal show it. */
export function batchInfo(batch: Batch): BatchInfo {
  return {
    id: batch.id,
    size: batch.size,
    reason: batch.reason,
    queuedUs: Math.round(batch.queuedMs * 1000),
    driverUs: Math.round((batch.outcomeAtMs - batch.sentAtMs) * 1000),
  };
}
