/// <reference lib="esnext.disposable" preserve="true" />
/** A subscription: an async iterator that keeps only the newest payload, or the newest few. */

/** One payload of a channel. */
export interface Push<T> {
  /** The gateway's count of this subscription's payloads; from 1 again on every connection. */
  readonly n: number;
  /** How many payloads between the one delivered before and this one were replaced by newer ones. */
  readonly missed: number;
  readonly payload: T;
}

/** What a reader gives for a payload that is nothing to hand on. */
export const PASSED_OVER: unique symbol = Symbol('passed over');
/** What a reader gives for a payload that says that no more come. */
export const LAST: unique symbol = Symbol('last');

/** Turns a payload into what is handed on, or throws when it is none. Called once for each payload, in order. */
export type ReadPayload<T> = (payload: unknown) => T | typeof PASSED_OVER | typeof LAST;

interface Waiter<T> {
  readonly resolve: (result: IteratorResult<Push<T>, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/** A payload that nobody has taken yet. */
interface Kept<T> {
  readonly n: number;
  readonly payload: T;
}

type Phase<T> =
  | { readonly at: 'empty' }
  | { readonly at: 'kept'; readonly kept: readonly Kept<T>[] }
  | { readonly at: 'awaited'; readonly waiters: readonly Waiter<T>[] }
  /** What is kept is still to be delivered, then `error` once, then the end. */
  | { readonly at: 'ended'; readonly kept: readonly Kept<T>[]; readonly error?: Error };

/**
 * A stream of payloads, for one reader. A reader slower than the stream gets the newest (of sound the newest few) and sees in `missed` how
 * many it did not get. It goes on when the connection breaks and the session is resumed. Leaving the loop, `close()` and `await using` all unsubscribe. It throws a `JoywireError` when the
 * gateway refuses it or the connection ends, after the last payload that came.
 */
export interface Subscription<T> extends AsyncIterableIterator<Push<T>, undefined, undefined> {
  next(): Promise<IteratorResult<Push<T>, undefined>>;
  return(): Promise<IteratorResult<Push<T>, undefined>>;
  /** Ends the subscription; safe to call again. */
  close(): void;
  [Symbol.asyncIterator](): Subscription<T>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The writing end of a subscription too. */
export class Feed<T> implements Subscription<T> {
  readonly #read: ReadPayload<T>;
  readonly #unsubscribe: () => void;
  readonly #most: number;
  readonly #ended: (() => void) | undefined;
  #phase: Phase<T> = { at: 'empty' };
  #deliveredN: number | undefined;

  /**
   * @param most how many payloads are kept for a reader who is slower; newer ones replace the oldest
   * @param ended called once, when nothing more comes
   */
  constructor(read: ReadPayload<T>, unsubscribe: () => void, most = 1, ended?: () => void) {
    this.#ended = ended;
    this.#read = read;
    this.#unsubscribe = unsubscribe;
    this.#most = most;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Push<T>, undefined>> {
    const phase = this.#phase;
    switch (phase.at) {
      case 'kept': {
        const [first, ...rest] = phase.kept;
        this.#phase = rest.length > 0 ? { at: 'kept', kept: rest } : { at: 'empty' };
        return this.#handOver(first);
      }
      case 'ended':
        return this.#nextAtEnd(phase);
      case 'empty':
      case 'awaited':
        return new Promise((resolve, reject) => {
          const others = phase.at === 'awaited' ? phase.waiters : [];
          this.#phase = { at: 'awaited', waiters: [...others, { resolve, reject }] };
        });
    }
  }

  return(): Promise<IteratorResult<Push<T>, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  close(): void {
    if (this.#phase.at !== 'ended') this.#unsubscribe();
    this.end(undefined);
    this.#phase = { at: 'ended', kept: [] };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** A payload arrived; one that cannot be read ends the stream with the reader's error. */
  push(n: number, payload: unknown): void {
    if (this.#phase.at === 'ended') return;
    let value: ReturnType<ReadPayload<T>>;
    try {
      value = this.#read(payload);
    } catch (error) {
      this.#unsubscribe();
      this.end(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (value === LAST) {
      this.#unsubscribe();
      this.end(undefined);
    } else if (value !== PASSED_OVER) this.#take(n, value);
  }

  #take(n: number, value: T): void {
    const phase = this.#phase;
    const [waiter, ...others] = phase.at === 'awaited' ? phase.waiters : [];
    if (waiter === undefined) {
      const kept = phase.at === 'kept' ? phase.kept : [];
      this.#phase = { at: 'kept', kept: [...kept, { n, payload: value }].slice(-this.#most) };
      return;
    }
    this.#phase = others.length > 0 ? { at: 'awaited', waiters: others } : { at: 'empty' };
    waiter.resolve({ done: false, value: this.#deliver(n, value) });
  }

  /** The gateway counts from 1 again: what was missed in between nobody knows. */
  restarted(): void {
    this.#deliveredN = undefined;
  }

  /** Nothing more comes. */
  end(error: Error | undefined): void {
    const phase = this.#phase;
    if (phase.at === 'ended') return;
    this.#ended?.();
    const rest = error === undefined ? {} : { error };
    this.#phase = { at: 'ended', kept: phase.at === 'kept' ? phase.kept : [], ...rest };
    if (phase.at !== 'awaited') return;
    for (const waiter of phase.waiters) this.#nextAtEnd(this.#phase).then(waiter.resolve, waiter.reject);
  }

  #nextAtEnd(phase: Extract<Phase<T>, { at: 'ended' }>): Promise<IteratorResult<Push<T>, undefined>> {
    const [first, ...rest] = phase.kept;
    if (first !== undefined) {
      this.#phase = { ...phase, kept: rest };
      return this.#handOver(first);
    }
    this.#phase = { at: 'ended', kept: [] };
    if (phase.error !== undefined) return Promise.reject(phase.error);
    return Promise.resolve({ done: true, value: undefined });
  }

  #handOver(kept: Kept<T> | undefined): Promise<IteratorResult<Push<T>, undefined>> {
    if (kept === undefined) return Promise.resolve({ done: true, value: undefined });
    return Promise.resolve({ done: false, value: this.#deliver(kept.n, kept.payload) });
  }

  #deliver(n: number, payload: T): Push<T> {
    const missed = this.#deliveredN === undefined ? 0 : Math.max(0, n - this.#deliveredN - 1);
    this.#deliveredN = n;
    return { n, missed, payload };
  }
}
