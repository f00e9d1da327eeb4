/**
 * Outcomes that were acked, kept until the client says that it has them. Flat numbers: a session has thousands of them, each living for seconds,
 * and as objects they were most of what the garbage collector had to carry.
 */
import {
  type BatchInfo,
  CERTAINTIES,
  type Detail,
  FLUSH_REASONS,
  type Outcome,
  STATUSES,
} from '../../shared/protocol.ts';
import { Deque } from './deque.ts';

/** Outcomes in one piece of memory. */
const PIECE = 64;
/** Of each: the first frame (-1 for none), frames, words and size, and the batch's id (0 for none), queuedUs and driverUs. */
const NUMBERS = 6;
const PIECE_BYTES = PIECE * NUMBERS * Float64Array.BYTES_PER_ELEMENT;
/** Status, certainty and reason are so many bits of one number; the batch's size stands above them. */
const WORD_BITS = 4;
const WORD = 1 << WORD_BITS;
/** About how many bytes an outcome without a detail takes on the wire. */
const OUTCOME_BYTES = 16;

export interface KeptOutcome {
  readonly outcome: Outcome;
  readonly batch: BatchInfo | undefined;
}

export class KeptOutcomes {
  readonly #pieces = new Deque<Float64Array>();
  /** Few outcomes have one. */
  #details: Map<number, Detail> | undefined;
  #detailBytes = 0;
  /** A piece that is free: the next one needed. */
  #spare: Float64Array | undefined;
  #firstSeq = 1;
  #nextSeq = 1;

  /** The oldest that is kept; `nextSeq` when none is. */
  get firstSeq(): number {
    return this.#firstSeq;
  }

  /** The one that `push` adds. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Bytes of memory that they take, about. */
  get bytes(): number {
    return (this.#pieces.length + (this.#spare === undefined ? 0 : 1)) * PIECE_BYTES + this.#detailBytes;
  }

  /** Bytes that they take on the wire, about. */
  get wireBytes(): number {
    return (this.#nextSeq - this.#firstSeq) * OUTCOME_BYTES + this.#detailBytes;
  }

  /** Begins anew with this seq, and nothing kept. */
  restart(seq: number): void {
    this.dropBefore(this.#nextSeq);
    this.#pieces.take(this.#pieces.length);
    this.#firstSeq = seq;
    this.#nextSeq = seq;
  }

  push({ status, firstFrame, frames, certainty, detail }: Outcome, batch: BatchInfo | undefined): void {
    const seq = this.#nextSeq++;
    const place = placeOf(seq);
    let piece = this.#pieces.at(this.#pieces.length - 1);
    if (piece === undefined || place === 0) {
      piece = this.#piece();
      this.#pieces.push(piece);
    }
    let at = place * NUMBERS;
    piece[at++] = firstFrame ?? -1;
    piece[at++] = frames;
    piece[at++] = packed(status, certainty, batch);
    piece[at++] = batch?.id ?? 0;
    piece[at++] = batch?.queuedUs ?? 0;
    piece[at] = batch?.driverUs ?? 0;
    if (detail === undefined) return;
    this.#details ??= new Map();
    this.#details.set(seq, detail);
    this.#detailBytes += detailBytes(detail);
  }

  /** The outcome of a seq; undefined when it is not kept. */
  at(seq: number): KeptOutcome | undefined {
    if (seq < this.#firstSeq || seq >= this.#nextSeq) return undefined;
    const piece = this.#pieces.at(pieceOf(seq) - pieceOf(this.#firstSeq));
    const from = placeOf(seq) * NUMBERS;
    const [first = 0, frames = 0, words = 0, id = 0, queuedUs = 0, driverUs = 0] =
      piece?.subarray(from, from + NUMBERS) ?? [];
    const status = STATUSES[words % WORD] ?? 'unknown';
    const certainty = CERTAINTIES[(words >> WORD_BITS) % WORD] ?? 'none';
    const reason = FLUSH_REASONS[(words >> (2 * WORD_BITS)) % WORD] ?? 'single';
    const size = words >> (3 * WORD_BITS);
    const firstFrame = first < 0 ? null : first;
    return {
      outcome: { status, firstFrame, frames, certainty, detail: this.#details?.get(seq) },
      batch: id === 0 ? undefined : { id, size, reason, queuedUs, driverUs },
    };
  }

  /** Those before this seq are not kept any more. */
  dropBefore(seq: number): void {
    const end = Math.min(seq, this.#nextSeq);
    if (end <= this.#firstSeq) return;
    for (let dropped = this.#firstSeq; this.#details !== undefined && dropped < end; dropped++) {
      this.#dropDetail(this.#details, dropped);
    }
    const done = pieceOf(end) - pieceOf(this.#firstSeq);
    for (const piece of this.#pieces.take(done)) this.#spare = piece;
    this.#firstSeq = end;
  }

  #dropDetail(details: Map<number, Detail>, seq: number): void {
    const detail = details.get(seq);
    if (detail === undefined) return;
    this.#detailBytes -= detailBytes(detail);
    details.delete(seq);
    if (details.size === 0) this.#details = undefined;
  }

  #piece(): Float64Array {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare ?? new Float64Array(PIECE * NUMBERS);
  }
}

/** About how many bytes an outcome takes on the wire. */
export function outcomeBytes({ detail }: Outcome): number {
  return OUTCOME_BYTES + (detail === undefined ? 0 : detailBytes(detail));
}

/** About how many bytes a detail takes, on the wire and in memory. */
export function detailBytes({ message = '', observed }: Detail): number {
  const memory = observed?.memory?.reduce((sum, { length }) => sum + length, 0) ?? 0;
  return 7 * OUTCOME_BYTES + message.length + memory + (observed?.screen?.length ?? 0);
}

function packed(
  status: Outcome['status'],
  certainty: Outcome['certainty'],
  batch: BatchInfo | undefined,
): number {
  const words = STATUSES.indexOf(status) + WORD * CERTAINTIES.indexOf(certainty);
  if (batch === undefined) return words;
  return words + WORD * WORD * (FLUSH_REASONS.indexOf(batch.reason) + WORD * batch.size);
}

function pieceOf(seq: number): number {
  return Math.floor(seq / PIECE);
}

function placeOf(seq: number): number {
  return seq % PIECE;
}
