/** The session's entries: gives them seqs in the order they were called, keeps them until acked, hands out outcomes. */
import type { EntryCode, JoywireError } from '../shared/errors.ts';
import type { ClientMessage, OnFailure, ServerMessage, Welcome } from '../shared/protocol.ts';
import type { Unacked } from './asides.ts';
import { CreditQueue } from './credit.ts';
import { clientError } from './errors.ts';
import { type AckResult, type EntryOutcome, PendingEntries } from './pending.ts';
import { Submission, type Unit } from './submission.ts';

type Ack = Extract<ServerMessage, { type: 'ack' }>;

/** Sends a message of at most so many bytes; false when it is larger, and nothing was sent. */
export type SendMessage = (message: ClientMessage, maxBytes: number) => boolean;

/** Wants to know when entries were sent and acked. */
export interface Stamper {
  sent(firstSeq: number, count: number): void;
  acked(firstSeq: number, count: number): void;
}

export class Entries {
  readonly stampers = new Set<Stamper>();
  readonly #pending: PendingEntries;
  readonly #queue: CreditQueue;
  readonly #send: SendMessage;
  readonly #maxBytes: number;
  #onFailure: OnFailure;
  #called = 0;
  #ended: JoywireError | undefined;

  constructor(welcome: Welcome, onFailure: OnFailure, send: SendMessage) {
    this.#pending = new PendingEntries(welcome.ackedThrough, welcome.nextSeq);
    this.#queue = new CreditQueue(welcome.credit);
    this.#maxBytes = welcome.limits.maxMessageBytes;
    this.#onFailure = onFailure;
    this.#send = send;
  }

  get credit(): { readonly limit: number; readonly outstanding: number } {
    return { limit: this.#queue.limit, outstanding: this.#queue.outstanding };
  }

  /** Outcomes up to this seq have arrived. */
  get ackedThrough(): number {
    return this.#pending.ackedThrough;
  }

  /** The seq of the next entry. */
  get nextSeq(): number {
    return this.#pending.nextSeq;
  }

  /** Counts the calls that sent entries, or are to. */
  get called(): number {
    return this.#called;
  }

  /** Whether everything that was sent has its outcome. */
  get settled(): boolean {
    return this.#pending.ackedThrough === this.#pending.nextSeq - 1;
  }

  /** What has no outcome yet, in order. */
  unacked(): readonly Unacked[] {
    return this.#pending.unacked();
  }

  /** Sends units in order, as credit allows; the outcomes of all of them. */
  submit(units: readonly Unit[], signal: AbortSignal | undefined): Promise<readonly EntryOutcome[]> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#called += 1;
    if (signal?.aborted === true) return Promise.reject(aborted(signal));
    const submission = new Submission(units, (unit, entries) => {
      const seq = this.#pending.nextSeq;
      // Before it is encoded: what that takes is on the way too.
      if (this.stampers.size > 0) for (const stamper of this.stampers) stamper.sent(seq, unit.count);
      const message = unit.message(seq);
      if (!this.#send(message, this.#maxBytes)) return false;
      this.#pending.add({ ...entries, again: () => unit.plain?.(seq) ?? [message] });
      return true;
    });
    this.#queue.add(submission);
    if (signal !== undefined && submission.cost !== undefined) this.#abortWith(signal, submission);
    return submission.outcomes;
  }

  /** Sends a message that takes no seq, once all entries called before it have been sent. */
  inOrder(send: () => void): void {
    let cost: number | undefined = 0;
    this.#queue.add({
      get cost() {
        return cost;
      },
      step() {
        cost = undefined;
        send();
        return 0;
      },
    });
  }

  setCredit(limit: number): void {
    this.#queue.setLimit(limit);
  }

  setOnFailure(onFailure: OnFailure): void {
    this.#onFailure = onFailure;
  }

  acked({ firstSeq, outcomes, batch }: Ack): AckResult {
    if (this.stampers.size > 0) {
      for (const stamper of this.stampers) stamper.acked(firstSeq, outcomes.length);
    }
    const result = this.#pending.ack(firstSeq, outcomes, batch);
    if (!result.ok) return result;
    const failed = outcomes.some(({ status }) => status === 'failed' || status === 'unknown');
    // What waits here is queued just as what waits at the gateway is: neither runs after a failure.
    if (failed && this.#onFailure === 'stop') {
      this.dropWaiting('after_failure', 'an earlier entry failed while this one waited for credit');
    }
    this.#queue.release(result.settled);
    return result;
  }

  /** Gives the entries that wait for credit the outcome `rejected`; what waits with them and is no entry is sent. */
  dropWaiting(code: EntryCode, message: string): void {
    const others = [];
    for (const job of this.#queue.removeAll()) {
      if (job instanceof Submission) job.drop(code, message);
      else others.push(job);
    }
    for (const job of others) this.#queue.add(job);
  }

  /** No outcome comes any more, and nothing more is taken. */
  end(error: JoywireError, later: JoywireError = error): void {
    this.#ended ??= later;
    for (const job of this.#queue.removeAll()) if (job instanceof Submission) job.fail(error);
    this.#pending.failAll(error);
  }

  /** Takes nothing more; what was taken runs out. */
  stopTaking(error: JoywireError): void {
    this.#ended ??= error;
  }

  #abortWith(signal: AbortSignal, submission: Submission): void {
    const abort = () => {
      if (this.#queue.remove(submission)) submission.fail(aborted(signal));
    };
    signal.addEventListener('abort', abort, { once: true });
    const forget = () => signal.removeEventListener('abort', abort);
    submission.outcomes.then(forget, forget);
  }
}

function aborted(signal: AbortSignal): JoywireError {
  return clientError(
    'aborted',
    'aborted while it waited for credit; what had not been sent does not run',
    signal.reason,
  );
}
