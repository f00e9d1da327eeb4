/** When this client sent what, and when the ack came, until the profile of it comes. */
import type { Stamper } from '../entries.ts';

/** On the client's clock, in µs. */
export interface Stamp {
  readonly sentUs: number | undefined;
  ackReceivedUs: number | undefined;
}

/** Entries of which no profile has come so far; the oldest go. */
const MOST = 131_072;

export class Stamps implements Stamper {
  readonly #nowMs: () => number;
  readonly #stamps = new Map<number, Stamp>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  nowUs(): number {
    return this.#nowMs() * 1000;
  }

  sent(firstSeq: number, count: number): void {
    const sentUs = this.nowUs();
    for (let seq = firstSeq; seq < firstSeq + count; seq++) {
      this.#stamps.set(seq, { sentUs, ackReceivedUs: undefined });
    }
    for (const seq of this.#stamps.keys()) {
      if (this.#stamps.size <= MOST) return;
      this.#stamps.delete(seq);
    }
  }

  acked(firstSeq: number, count: number): void {
    const ackReceivedUs = this.nowUs();
    for (let seq = firstSeq; seq < firstSeq + count; seq++) {
      const stamp = this.#stamps.get(seq);
      // An ack may come again after a resume.
      if (stamp !== undefined) stamp.ackReceivedUs ??= ackReceivedUs;
    }
  }

  /** The stamps of a seq; those of earlier ones are not asked for any more. */
  take(seq: number): Stamp | undefined {
    for (const earlier of this.#stamps.keys()) {
      if (earlier >= seq) break;
      this.#stamps.delete(earlier);
    }
    const stamp = this.#stamps.get(seq);
    this.#stamps.delete(seq);
    return stamp;
  }
}
