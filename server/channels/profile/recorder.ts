/**
 * Notes when each entry of one session reached which stage, while somebody profiles it. Whoever has no recorder pays for none of it:
 * one look for a recorder a message, a batch and a write of acks.
 */
import {
  CELL,
  kindCell,
  reasonCell,
  type Rows,
  stageCell,
  statusCell,
} from '../../../shared/profile/encode.ts';
import type { ServerMessage } from '../../../shared/protocol.ts';
import type { Clock } from '../../clock.ts';
import type { BatchSink, StepTimes } from '../../emulator/drivers/driver.ts';
import type { Batch, InputEntry, QueuedEntry } from '../../session/entry.ts';
import { Ring } from './ring.ts';

type Ack = Extract<ServerMessage, { type: 'ack' }>;

/** Most rows of a session, what is not acked yet included. A row takes 152 bytes. */
export const MAX_ROWS = 65_536;

const RECEIVED = stageCell('received');
const QUEUED = stageCell('queued');
const FLUSHED = stageCell('flushed');
const DRIVER_START = stageCell('driverStart');
const FIRST_FRAME = stageCell('firstFrame');
const END = stageCell('end');
const SETTLED = stageCell('settled');
const RECORDED = stageCell('recorded');
const ACKED = stageCell('acked');

/** What a reader gets: rows of consecutive seqs, and what became of those before. */
export interface Taken {
  readonly from: number;
  readonly through: number;
  /** Seqs from `from` on whose rows were given up. */
  readonly dropped: number;
  readonly rows: Rows;
}

/** Where somebody is in the rows. */
export interface Cursor {
  /** The next rows, at most so many; those of seqs whose acks have left. */
  take(maxRows: number): Taken;
  /** How many seqs there are to take, with those that were given up. */
  readonly waiting: number;
}

export class Recorder {
  readonly #clock: Clock;
  readonly #ring: Ring;
  /** Messages that were read: the next seq at that moment, and when. */
  #reads: { readonly nextSeq: number; atMs: number }[] = [];
  /** The batch that was sent last. */
  #latest: { readonly batch: Batch; readonly entries: readonly QueuedEntry[] } | undefined;
  #handedThrough: number;
  #leftThrough: number;
  #recordedThrough: number;
  readonly #cursors = new Set<{ next: number }>();

  /** @param nextSeq entries from this seq on are noted: it is the next that the session accepts */
  constructor(clock: Clock, nextSeq: number, maxRows = MAX_ROWS) {
    this.#clock = clock;
    this.#ring = new Ring(nextSeq, maxRows);
    this.#handedThrough = nextSeq - 1;
    this.#leftThrough = nextSeq - 1;
    this.#recordedThrough = nextSeq - 1;
  }

  get bytes(): number {
    return this.#ring.bytes;
  }

  /** Somebody takes the rows of what is accepted from `nextSeq` on. Ended by `close`. */
  open(nextSeq: number): { readonly cursor: Cursor; readonly close: () => void } {
    const position = { next: nextSeq };
    this.#cursors.add(position);
    const waiting = () => Math.max(0, this.#leftThrough + 1 - position.next);
    const cursor: Cursor = {
      take: (maxRows) => this.#take(position, maxRows),
      get waiting() {
        return waiting();
      },
    };
    return { cursor, close: () => this.#cursors.delete(position) };
  }

  /** Whether anybody takes rows. */
  get used(): boolean {
    return this.#cursors.size > 0;
  }

  /** A message was read from the socket; the entries that it brings have seqs from `nextSeq` on. */
  read(nextSeq: number): void {
    const atMs = this.#clock.now();
    const last = this.#reads.at(-1);
    // The one before brought no entry.
    if (last?.nextSeq === nextSeq) last.atMs = atMs;
    else this.#reads.push({ nextSeq, atMs });
  }

  /** A batch was decided on. */
  sent(batch: Batch, entries: readonly QueuedEntry[]): void {
    this.#settleLatest();
    this.#latest = { batch, entries };
    this.#addThrough(entries.at(-1)?.seq ?? 0);
    const reason = reasonCell(batch.reason);
    for (const entry of entries) {
      const { seq } = entry;
      this.#describe(entry);
      this.#ring.set(seq, CELL.batch, batch.id);
      this.#ring.set(seq, CELL.batchSize, batch.size);
      this.#ring.set(seq, CELL.batchReason, reason);
      this.#ring.set(seq, QUEUED, entry.receivedAtMs);
      this.#ring.set(seq, FLUSHED, batch.sentAtMs);
    }
  }

  /** The sink of a batch that asks the driver for times and notes them. @param members the entries of a step */
  watch(sink: BatchSink, members: (step: number) => readonly InputEntry[]): BatchSink {
    let step = 0;
    return {
      timed: true,
      outcome: (outcome, times) => {
        // The batch's own time is that of the first outcome in a turn, which may be before this step ended.
        const atMs = this.#clock.now();
        for (const { seq } of members(step++)) {
          if (times !== undefined) this.#ran(seq, times);
          this.#ring.set(seq, SETTLED, atMs);
        }
        sink.outcome(outcome);
      },
      done: () => sink.done(),
    };
  }

  /** Outcomes up to this seq are on record. */
  recorded(throughSeq: number): void {
    const atMs = this.#clock.now();
    this.#addThrough(throughSeq);
    for (let seq = this.#recordedThrough + 1; seq <= throughSeq; seq++) {
      this.#ring.set(seq, RECORDED, atMs);
    }
    this.#recordedThrough = Math.max(this.#recordedThrough, throughSeq);
  }

  /** Acks were handed to the connection, which is about to send them. */
  handed(acks: readonly Ack[]): void {
    this.#settleLatest();
    for (const { firstSeq, outcomes } of acks) {
      for (const [index, { status, firstFrame, frames }] of outcomes.entries()) {
        const seq = firstSeq + index;
        // What goes out again after a resume was noted when it went out first.
        if (seq <= this.#handedThrough) continue;
        this.#addThrough(seq);
        this.#handedThrough = seq;
        this.#ring.set(seq, CELL.status, statusCell(status));
        this.#ring.set(seq, CELL.firstFrame, firstFrame ?? Number.NaN);
        this.#ring.set(seq, CELL.frames, frames);
      }
    }
  }

  /** What was handed over goes to the socket now. */
  left(): void {
    if (this.#leftThrough >= this.#handedThrough) return;
    const atMs = this.#clock.now();
    for (let seq = this.#leftThrough + 1; seq <= this.#handedThrough; seq++) {
      this.#ring.set(seq, ACKED, atMs);
    }
    this.#leftThrough = this.#handedThrough;
  }

  #describe(entry: QueuedEntry): void {
    const { seq } = entry;
    if (entry.kind === 'command') return this.#ring.set(seq, CELL.kind, kindCell(entry.command.method));
    this.#ring.set(seq, CELL.kind, kindCell(entry.kind));
    this.#ring.set(seq, CELL.buttons, entry.buttons);
    this.#ring.set(seq, CELL.hold, entry.hold);
    this.#ring.set(seq, CELL.gap, entry.gap);
  }

  #ran(seq: number, { startedAtMs, firstAtMs, endAtMs }: StepTimes): void {
    this.#ring.set(seq, DRIVER_START, startedAtMs);
    this.#ring.set(seq, FIRST_FRAME, firstAtMs);
    this.#ring.set(seq, END, endAtMs);
  }

  /** Rows up to this seq, each with the moment at which its message was read. */
  #addThrough(seq: number): void {
    const ring = this.#ring;
    while (ring.next <= seq) {
      if (ring.full) this.#release();
      const at = ring.next;
      ring.add();
      while ((this.#reads[1]?.nextSeq ?? Infinity) <= at) this.#reads.shift();
      const [read] = this.#reads;
      if (read !== undefined && read.nextSeq <= at) ring.set(at, RECEIVED, read.atMs);
      ring.set(at, CELL.kind, kindCell('unsent'));
    }
  }

  /** A batch in one piece, such as a command, has the moment of its outcome only in the batch. */
  #settleLatest(): void {
    if (this.#latest === undefined) return;
    const { batch, entries } = this.#latest;
    let settled = true;
    for (const { seq, outcome } of entries) {
      if (outcome === undefined) settled = false;
      else if (Number.isNaN(this.#ring.get(seq, SETTLED))) this.#ring.set(seq, SETTLED, batch.outcomeAtMs);
    }
    if (settled) this.#latest = undefined;
  }

  #take(position: { next: number }, maxRows: number): Taken {
    const from = position.next;
    const firstRow = Math.max(from, this.#ring.first);
    const through = Math.min(this.#leftThrough, firstRow + maxRows - 1);
    const length = Math.max(0, through + 1 - firstRow);
    const end = length > 0 ? through : from - 1;
    position.next = end + 1;
    return {
      from,
      through: end,
      dropped: length > 0 ? firstRow - from : 0,
      rows: this.#ring.from(firstRow, length),
    };
  }

  /** Lets the rows go that everybody has taken. */
  #release(): void {
    const next = Math.min(...[...this.#cursors].map((cursor) => cursor.next));
    this.#ring.release(Math.min(next, this.#leftThrough + 1));
  }
}
