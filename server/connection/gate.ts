/** Stands before everything a connection's messages reach: counts them against its rates, takes credit away, refuses, closes. */
import type { CloseName } from '../../shared/close-codes.ts';
import { compact } from '../../shared/check.ts';
import type { ClientMessage, ServerMessage } from '../../shared/protocol.ts';
import type { Fault } from '../../shared/validate.ts';
import type { Clock } from '../clock.ts';
import { errorBody, errorMessage } from './request-error.ts';
import { type Cost, costOf, costOfFault, type Rates, Throttle } from './throttle.ts';

export interface GateDeps {
  readonly clock: Clock;
  /** What the client has when it is not slowed down. */
  readonly credit: number;
  /** How many entries a message stands for, macros and scripts read. */
  readonly entriesIn: (message: ManyEntries) => number;
  readonly send: (message: ServerMessage) => void;
  readonly end: (close: CloseName, reason: string) => void;
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
  readonly #deps: GateDeps;
  #throttle: Throttle;
  #paused = false;
  #closed = false;

  constructor(rates: Rates, deps: GateDeps) {
    this.#deps = deps;
    this.#throttle = new Throttle(rates, deps.credit, deps.clock.now());
  }

  /** Counts anew, by other rates: it is known now who the client is. */
  limit(rates: Rates): void {
    const { clock, credit } = this.#deps;
    this.#throttle = new Throttle(rates, credit, clock.now());
  }

  /** Whether the message may pass. One that may not has been answered. */
  admits(message: ClientMessage): boolean {
    const cost = costOf(message);
    if (cost === undefined || !this.#throttle.concerns(cost)) return true;
    return this.#admits(this.#whole(cost, message), () => subjectOf(message));
  }

  /** The same for a message that is wrong: its answer, too, is work. */
  admitsFault(fault: WrongMessage): boolean {
    const cost = costOfFault(fault);
    return !this.#throttle.concerns(cost) || this.#admits(cost, () => faultSubject(fault));
  }

  /** Nothing more is sent. */
  close(): void {
    this.#closed = true;
  }

  #whole(cost: Cost, message: ClientMessage): Cost {
    if (message.type !== 'inputs' && message.type !== 'script') return cost;
    return { ...cost, inputs: this.#deps.entriesIn(message) };
  }

  #admits(cost: Cost, subject: () => Subject): boolean {
    const { clock, send, end } = this.#deps;
    const now = clock.now();
    const verdict = this.#throttle.admit(cost, now);
    if (verdict.kind === 'close') end('rate_limited', `more than ${verdict.limit}, again and again`);
    if (verdict.kind === 'refuse') {
      const { callId, seq, subscription } = subject();
      const { limit: allowed, retryInMs } = verdict;
      const more = { allowed, retryInMs, ...compact({ seq, subscription }) };
      const message = `too fast; again in ${retryInMs} ms`;
      send(errorMessage(callId, errorBody('rate_limited', message, more)));
    }
    this.#pause(now);
    return verdict.kind === 'admit';
  }

  #pause(now: number): void {
    if (this.#paused || this.#closed) return;
    const pauseMs = this.#throttle.pauseMs(now);
    if (pauseMs === 0) return;
    this.#paused = true;
    this.#deps.send({ type: 'credit', limit: 0 });
    this.#resumeIn(pauseMs);
  }

  #resumeIn(ms: number): void {
    const { clock, credit, send } = this.#deps;
    clock.after(ms, () => {
      if (this.#closed) return;
      const pauseMs = this.#throttle.pauseMs(clock.now());
      if (pauseMs > 0) return this.#resumeIn(pauseMs);
      this.#paused = false;
      send({ type: 'credit', limit: credit });
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
