/** A session's seqs and outcomes: what is accepted, what is settled, what may be acked, and what is kept for a repeat. */
import type { BatchInfo, Outcome, ServerMessage } from '../../shared/protocol.ts';
import { Deque } from './deque.ts';
import type { Batch, Entry } from './entry.ts';
import { detailBytes, type KeptOutcome, KeptOutcomes, outcomeBytes } from './kept-outcomes.ts';

type Ack = Extract<ServerMessage, { type: 'ack' }>;

/** About how many bytes of memory an entry takes, its outcome and share of a batch included (`npm run bench -- --only memory`; 155 to 190 without). */
const ENTRY_BYTES = 216;
/**
 * About how many bytes of acked outcomes are kept. More than the buffers of an outbox and of two TCP stacks hold (Linux: 4 MiB to send, 6 MiB
 * to receive): what is older has been read.
 */
const KEPT_BYTES = 16 * 1024 * 1024;

export type OnSettled = (entry: Entry, outcome: Outcome, batch: Batch | undefined) => void;

export class Ledger {
  /** Every accepted entry whose outcome was not handed to any connection, without holes. */
  readonly #entries = new Deque<Entry>();
  /** What is before them. */
  readonly #kept = new KeptOutcomes();
  readonly #keptOutcomes: number;
  #nextSeq = 1;
  /** What the connection of now has been handed. */
  #handedThrough = 0;
  /** Of the details of the outcomes of `#entries`, about. */
  #detailBytes = 0;
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
    return this.#kept.nextSeq - 1;
  }

  /** The oldest seq that can still be answered again. */
  get firstKept(): number {
    return this.#kept.firstSeq;
  }

  /** Accepted entries whose outcome has not been handed to this connection: what counts against the credit. */
  get outstanding(): number {
    return this.#nextSeq - 1 - this.#handedThrough;
  }

  /** Bytes of memory that the entries here take, with and without an outcome, about. */
  get bytes(): number {
    return this.#entries.length * ENTRY_BYTES + this.#detailBytes + this.#kept.bytes;
  }

  /** Whether `takeAcks` would give something. */
  get acksReady(): boolean {
    return this.#handedThrough < this.ackedThrough || this.#ready(this.ackedThrough + 1) !== undefined;
  }

  /** Every seq up to this one has its outcome. */
  get settledThrough(): number {
    this.#settledThrough = Math.max(this.#settledThrough, this.ackedThrough);
    while (this.#entry(this.#settledThrough + 1)?.outcome !== undefined) this.#settledThrough++;
    return this.#settledThrough;
  }

  /** The outcomes up to this seq are on record and may be acked. */
  recorded(throughSeq: number): void {
    this.#recordedThrough = Math.max(this.#recordedThrough, throughSeq);
  }

  /** Goes on after a seq, with what is kept of the outcomes up to it. All of them may have been acked. */
  restore(settledThrough: number, kept: readonly KeptOutcome[]): void {
    this.#kept.restart(settledThrough - kept.length + 1);
    for (const { outcome, batch } of kept) this.#kept.push(outcome, batch);
    this.#nextSeq = settledThrough + 1;
    this.#settledThrough = settledThrough;
    this.#recordedThrough = settledThrough;
    this.#handedThrough = settledThrough;
    this.#kept.dropBefore(settledThrough - this.#keptOutcomes + 1);
  }

  /** Takes up the entry with the next seq. One that comes with its outcome is settled by that. */
  accept(entry: Entry): void {
    this.#entries.push(entry);
    this.#nextSeq++;
    if (entry.outcome === undefined) return;
    this.#countDetail(entry.outcome, 1);
    this.#onSettled?.(entry, entry.outcome, undefined);
  }

  /** Gives an accepted entry its one outcome. */
  settle(entry: Exclude<Entry, { kind: 'faulty' }>, outcome: Outcome, batch: Batch | undefined): void {
    if (entry.outcome !== undefined) throw new Error(`seq ${entry.seq} has an outcome already`);
    entry.outcome = outcome;
    entry.batch = batch;
    this.#countDetail(outcome, 1);
    this.#onSettled?.(entry, outcome, batch);
  }

  /**
   * The acks for what has been settled in seq order since the last call (invariant I2: no hole).
   * @param maxBytes stops when about so many bytes are taken; at least one outcome is
   */
  takeAcks(maxBytes = Infinity): Ack[] {
    const acks = new Acks();
    let bytes = this.#handAgain(acks, maxBytes);
    let batch: Batch | undefined;
    let info: BatchInfo | undefined;
    while (bytes < maxBytes) {
      const outcome = this.#ready(this.ackedThrough + 1);
      const entry = outcome && this.#entries.shift();
      if (outcome === undefined || entry === undefined) break;
      if (entry.batch !== batch) {
        batch = entry.batch;
        info = batch && batchInfo(batch);
      }
      acks.add(entry.seq, outcome, info);
      bytes += outcomeBytes(outcome);
      this.#countDetail(outcome, -1);
      this.#kept.push(outcome, info);
      this.#handedThrough = entry.seq;
    }
    this.#dropOld();
    return acks.all;
  }

  /** Another connection takes over, with a client that has the outcomes up to `receivedThrough`: the others go out again. */
  rewind(receivedThrough: number): void {
    this.#handedThrough = receivedThrough;
    this.received(receivedThrough);
  }

  /** The acks of a range that was acked before, as far as it is still kept. */
  repeat(firstSeq: number, count: number): Ack[] {
    const acks = new Acks();
    const through = Math.min(firstSeq + count - 1, this.#handedThrough);
    for (let seq = Math.max(firstSeq, this.#kept.firstSeq); seq <= through; seq++) {
      const kept = this.#kept.at(seq);
      if (kept !== undefined) acks.add(seq, kept.outcome, kept.batch);
    }
    return acks.all;
  }

  /** The client has these outcomes; they need not be kept. Beyond what is acked it means nothing. */
  received(throughSeq: number): void {
    this.#kept.dropBefore(Math.min(throughSeq, this.#handedThrough) + 1);
  }

  /** What another connection was handed, for this one. @returns about how many bytes were taken */
  #handAgain(acks: Acks, maxBytes: number): number {
    let bytes = 0;
    while (bytes < maxBytes) {
      const seq = this.#handedThrough + 1;
      const kept = this.#kept.at(seq);
      if (kept === undefined) break;
      acks.add(seq, kept.outcome, kept.batch);
      bytes += outcomeBytes(kept.outcome);
      this.#handedThrough = seq;
    }
    return bytes;
  }

  /** Keeps as many acked outcomes as there may be, but none that this connection has not been handed is dropped. */
  #dropOld(): void {
    this.#kept.dropBefore(this.#handedThrough - this.#keptOutcomes + 1);
    while (this.#kept.wireBytes > KEPT_BYTES && this.#kept.firstSeq < this.#handedThrough) {
      this.#kept.dropBefore(this.#kept.firstSeq + 1);
    }
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
    return this.#entries.at(seq - this.ackedThrough - 1);
  }

  #countDetail({ detail }: Outcome, times: 1 | -1): void {
    if (detail !== undefined) this.#detailBytes += times * detailBytes(detail);
  }
}

/** One ack for each run of consecutive seqs that travelled in the same batch. */
class Acks {
  readonly all: Ack[] = [];
  #outcomes: Outcome[] = [];
  #batchId: number | undefined;

  add(seq: number, outcome: Outcome, batch: BatchInfo | undefined): void {
    if (this.all.length === 0 || batch?.id !== this.#batchId) {
      this.#outcomes = [];
      this.#batchId = batch?.id;
      this.all.push({ type: 'ack', firstSeq: seq, outcomes: this.#outcomes, batch });
    }
    this.#outcomes.push(outcome);
  }
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
