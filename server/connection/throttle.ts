/**
 * How fast one client may go. First it gets no more credit, which a client that counts its credit obeys; one that goes on is
 * refused; one that goes on all the same is closed. Nothing that was accepted is touched. Pure: time comes in as a value.
 */
import type { ClientMessage } from '../../shared/protocol.ts';
import type { Fault } from '../../shared/validate.ts';
import { TokenBucket } from './token-bucket.ts';

/** What a client may send in a second; 0 is no limit. */
export interface Rates {
  readonly messagesPerSecond: number;
  /** Entries, repeats included. */
  readonly inputsPerSecond: number;
  /** Calls, subscriptions, pings and messages that are wrong: what is answered and is no entry. */
  readonly callsPerSecond: number;
}

/** Rates of one token. */
export interface OwnRates {
  readonly messagesPerSecond?: number | undefined;
  readonly inputsPerSecond?: number | undefined;
}

/** The rates of everybody and those of one token: of each, the lower. */
export function stricter(rates: Rates, own: OwnRates | undefined): Rates {
  if (own === undefined) return rates;
  const lower = (all: number, mine: number | undefined) =>
    all === 0 ? (mine ?? 0) : Math.min(all, mine ?? all);
  return {
    messagesPerSecond: lower(rates.messagesPerSecond, own.messagesPerSecond),
    inputsPerSecond: lower(rates.inputsPerSecond, own.inputsPerSecond),
    callsPerSecond: rates.callsPerSecond,
  };
}

/** What a message counts as. */
export interface Cost {
  readonly inputs: number;
  readonly calls: number;
}

/** Whether a message of that cost can be refused at all: else there is no need to count, nor to look at the clock. */
export function concerns(rates: Rates, { inputs, calls }: Cost): boolean {
  return (
    rates.messagesPerSecond > 0 ||
    (inputs > 0 && rates.inputsPerSecond > 0) ||
    (calls > 0 && rates.callsPerSecond > 0)
  );
}

export type Verdict =
  | { readonly kind: 'admit' }
  | { readonly kind: 'refuse'; readonly limit: string; readonly retryInMs: number }
  /** It went on and on after it was refused. */
  | { readonly kind: 'close'; readonly limit: string };

/** Refusals that are forgiven at once, and in every second after that. */
const REFUSALS = 100;
const REFUSALS_PER_SECOND = 10;
/** How much must have gathered before credit is given again, as a time. */
const PAUSE_MS = 100;

const ADMIT: Verdict = { kind: 'admit' };

interface Limit {
  readonly name: keyof Cost | 'messages';
  readonly bucket: TokenBucket;
  /** What is under way when the credit is taken away is still admitted: so much may be owed. */
  readonly maxDebt: number;
}

export class Throttle {
  readonly #limits: readonly Limit[];
  readonly #refusals: TokenBucket;

  /** @param credit what may be under way when the client is told to pause */
  constructor(rates: Rates, credit: number, nowMs: number) {
    const limit = (name: Limit['name'], perSecond: number, maxDebt: number): Limit[] =>
      perSecond === 0 ? [] : [{ name, bucket: new TokenBucket(perSecond, nowMs), maxDebt }];
    this.#limits = [
      ...limit('inputs', rates.inputsPerSecond, credit),
      // Half of it for what is sent between entries.
      ...limit('messages', rates.messagesPerSecond, 2 * credit),
      ...limit('calls', rates.callsPerSecond, 0),
    ];
    this.#refusals = new TokenBucket(REFUSALS_PER_SECOND, nowMs, REFUSALS);
  }

  /** Counts one message, or refuses it. */
  admit(cost: Cost, nowMs: number): Verdict {
    for (const limit of this.#limits) {
      const { bucket, name, maxDebt } = limit;
      if (bucket.take(count(cost, name), nowMs, maxDebt)) continue;
      const text = `${bucket.perSecond} ${name} a second`;
      if (!this.#refusals.take(1, nowMs)) return { kind: 'close', limit: text };
      const retryInMs = Math.ceil(bucket.msUntil(count(cost, name) - maxDebt, nowMs));
      return { kind: 'refuse', limit: text, retryInMs };
    }
    return ADMIT;
  }

  /** How long the client is to have no credit, in ms; 0 when it may go on. */
  pauseMs(nowMs: number): number {
    let longest = 0;
    for (const { bucket, maxDebt } of this.#limits) {
      // Calls need no credit: taking it away would not slow them down.
      if (maxDebt === 0 || bucket.msUntil(1, nowMs) === 0) continue;
      const enough = Math.max(1, (bucket.perSecond * PAUSE_MS) / 1000);
      longest = Math.max(longest, Math.ceil(bucket.msUntil(enough, nowMs)));
    }
    return longest;
  }
}

function count(cost: Cost, name: Limit['name']): number {
  return name === 'messages' ? 1 : cost[name];
}

const ENTRY: Cost = { inputs: 1, calls: 0 };
const CALL: Cost = { inputs: 0, calls: 1 };
const OTHER: Cost = { inputs: 0, calls: 0 };

/**
 * What a message counts as; undefined for one that is always let through. Of what macros and scripts stand for it counts the
 * least that it can be.
 */
export function costOf(message: ClientMessage): Cost | undefined {
  switch (message.type) {
    case 'input':
    case 'keys':
    case 'command':
    case 'script':
      return ENTRY;
    case 'inputs':
      return { inputs: message.presses.length, calls: 0 };
    case 'call':
    case 'subscribe':
    case 'unsubscribe':
    case 'ping':
      return CALL;
    case 'flush':
    case 'cancel':
    case 'received':
    case 'define':
      return OTHER;
    case 'hello':
    case 'bye':
      return undefined;
  }
}

/** The same of a message that is wrong. */
export function costOfFault(fault: Exclude<Fault, { kind: 'payload' }>): Cost {
  return fault.kind === 'entry' ? { inputs: fault.count, calls: 0 } : CALL;
}
