/** Stands before everything a connection's messages reach: counts them against its rates, takes credit away, refuses, closes. */
import type { CloseName } from '../../shared/close-codes.ts';
import { compact } from '../../shared/check.ts';
import type { ClientMessage, ServerMessage } from '../../shared/protocol.ts';
import type { Fault } from '../../shared/validate.ts';
import type { Clock } from '../clock.ts';
import { errorBody, errorMessage } from './request-error.ts';
import { concerns, type Cost, costOf, costOfFault, type Rates, Throttle } from './throttle.ts';

/** What all gates of a gateway share. */
export interface GateDeps {
  readonly clock: Clock;
  /** What the client has when it is not slowed down. */
  readonly credit: number;
}

/** Whose gate it is. */
export interface GateOwner {
  /** How many entries a message stands for, macros and scripts read. */
  entriesIn(message: ManyEntries): number;
  send(message: ServerMessage): void;
  end(close: CloseName, reason: string): void;
}

/** A message with any number of entries. */
export type ManyEntries = Extract<ClientMessage, { type: 'inputs' | 'script' }>;

/** What an error about a message names. */
interface Subject {
  readonly callId?: number | undefined;
  readonly seq?: number | undefined;
  readonly subscription?: number | undefined;
}

type WrongMessage = Exclude<Fault, { kind: 'payload' }>;

export class Gate {
  readonly #owner: GateOwner;
  readonly #deps: GateDeps;
  #rates: Rates;
  /** Made when there is something to count: most connections are idle. */
  #throttle: Throttle | undefined;
  #paused = false;
  #closed = false;

  constructor(rates: Rates, owner: GateOwner, deps: GateDeps) {
    this.#rates = rates;
    this.#owner = owner;
    this.#deps = deps;
  }

  /** Counts anew, by other rates: it is known now who the client is. */
  limit(rates: Rates): void {
    this.#rates = rates;
    this.#throttle = undefined;
  }

  /** Whether the message may pass. One that may not has been answered. */
  admits(message: ClientMessage): boolean {
    const cost = costOf(message);
    if (cost === undefined || !concerns(this.#rates, cost)) return true;
    return this.#admits(this.#whole(cost, message), () => subjectOf(message));
  }

  /** The same for a message that is wrong: its answer, too, is work. */
  admitsFault(fault: WrongMessage): boolean {
    const cost = costOfFault(fault);
    return !concerns(this.#rates, cost) || this.#admits(cost, () => faultSubject(fault));
  }

  /** Nothing more is sent. */
  close(): void {
    this.#closed = true;
  }

  #whole(cost: Cost, message: ClientMessage): Cost {
    if (message.type !== 'inputs' && message.type !== 'script') return cost;
    return { ...cost, inputs: this.#owner.entriesIn(message) };
  }

  #admits(cost: Cost, subject: () => Subject): boolean {
    const owner = this.#owner;
    const now = this.#deps.clock.now();
    const throttle = this.#throttleAt(now);
    const verdict = throttle.admit(cost, now);
    if (verdict.kind === 'close') owner.end('rate_limited', `more than ${verdict.limit}, again and again`);
    if (verdict.kind === 'refuse') {
      const { callId, seq, subscription } = subject();
      const { limit: allowed, retryInMs } = verdict;
      const more = { allowed, retryInMs, ...compact({ seq, subscription }) };
      const message = `too fast; again in ${retryInMs} ms`;
      owner.send(errorMessage(callId, errorBody('rate_limited', message, more)));
    }
    this.#pause(throttle, now);
    return verdict.kind === 'admit';
  }

  #throttleAt(now: number): Throttle {
    this.#throttle ??= new Throttle(this.#rates, this.#deps.credit, now);
    return this.#throttle;
  }

  #pause(throttle: Throttle, now: number): void {
    if (this.#paused || this.#closed) return;
    const pauseMs = throttle.pauseMs(now);
    if (pauseMs === 0) return;
    this.#paused = true;
    this.#owner.send({ type: 'credit', limit: 0 });
    this.#resumeIn(pauseMs);
  }

  #resumeIn(ms: number): void {
    const { clock, credit } = this.#deps;
    clock.after(ms, () => {
      if (this.#closed) return;
      const now = clock.now();
      const pauseMs = this.#throttleAt(now).pauseMs(now);
      if (pauseMs > 0) return this.#resumeIn(pauseMs);
      this.#paused = false;
      this.#owner.send({ type: 'credit', limit: credit });
    });
  }
}

function subjectOf(message: ClientMessage): Subject {
  switch (message.type) {
    case 'input':
    case 'keys':
    case 'command':
      return { seq: message.seq };
    case 'inputs':
    case 'script':
      return { seq: message.firstSeq };
    case 'call':
      return { callId: message.id };
    case 'subscribe':
    case 'unsubscribe':
      return { subscription: message.id };
    default:
      return {};
  }
}

function faultSubject(fault: WrongMessage): Subject {
  return fault.kind === 'entry' ? { seq: fault.seq } : fault;
}
