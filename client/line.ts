/**
 * A session's line to the gateway: one connection after the other. What is sent while there is none is dropped; whoever needs
 * it to arrive keeps it, and sends it again when the line is restored.
 */
import { CLOSE_CODES } from '../shared/close-codes.ts';
import { JoywireError } from '../shared/errors.ts';
import type { ClientMessage, Hello, ServerMessage, Welcome } from '../shared/protocol.ts';
import type { Clock } from './clock.ts';
import type { Connection, ConnectionEnd } from './connection.ts';
import type { Attempt, Welcomed } from './handshake.ts';
import { Outage } from './outage.ts';
import type { OutageLimits } from './outage-limits.ts';

/** Opens another connection for the session; `welcomed` gets it at once. Never rejects. */
export type Redial = (resume: Hello['resume'], welcomed: Welcomed<void>) => Promise<Attempt<void>>;

export interface LineOptions {
  readonly clock: Clock;
  readonly keepaliveMs: number;
  readonly redial: Redial;
  /** Undefined: the first connection is the only one. */
  readonly outage: OutageLimits | undefined;
}

/** Who uses a line. `ended` comes once and last. */
export interface LineEvents {
  message(message: ServerMessage): void;
  /** What to say to get the session back; undefined for a watcher, which has none. */
  resume(): Hello['resume'];
  /** Whether it is worth another connection. */
  wanted(): boolean;
  /** Attempt number `attempt` (from 1) to get another connection is next. */
  reconnecting(attempt: number, sinceMs: number, reason: string): void;
  /** There is another connection, which knows of nothing that was under way. */
  restored(welcome: Welcome): void;
  ended(end: ConnectionEnd): void;
}

export class Line {
  readonly #options: LineOptions;
  readonly #events: LineEvents;
  #connection: Connection;
  #outage: Outage | undefined;
  #stopped = false;
  /** What the gateway asked for in its latest goaway. */
  #notBeforeMs = 0;
  /** An attempt of ours failed and may still arrive: it would take the session over from the next one. */
  #stray = false;

  constructor(connection: Connection, options: LineOptions, events: LineEvents) {
    this.#connection = connection;
    this.#options = options;
    this.#events = events;
    this.#adopt(connection);
  }

  /** Whether there is no connection now, and another one is being tried. */
  get down(): boolean {
    return this.#outage !== undefined;
  }

  /** Whether a broken connection is followed by another. */
  get resumes(): boolean {
    return this.#options.outage !== undefined;
  }

  /** False when the message is larger than `maxBytes`: then nothing was sent. */
  send(message: ClientMessage, maxBytes?: number): boolean {
    return this.#connection.send(message, maxBytes);
  }

  /** The other side breaks the protocol: nothing more of it is believed. */
  fault(message: string): void {
    this.#connection.fault(message);
  }

  /** The gateway is about to close and asked not to come back sooner. */
  notBefore(ms: number): void {
    this.#notBeforeMs = ms;
  }

  /** No further attempt is made. */
  stop(): void {
    this.#stopped = true;
    this.#outage?.stop();
    this.#outage = undefined;
  }

  #adopt(connection: Connection): void {
    this.#connection = connection;
    connection.handOver({
      opened: () => undefined,
      message: (message) => this.#events.message(message),
      closed: (end) => this.#broke(end),
    });
    connection.keepAlive(this.#options.keepaliveMs);
  }

  #broke(end: ConnectionEnd): void {
    const { outage } = this.#options;
    const ours = end.code === CLOSE_CODES.taken_over.code && this.#stray;
    if (outage === undefined || !(end.mayReconnect || ours) || !this.#events.wanted()) {
      return this.#events.ended(end);
    }
    if (ours) this.#stray = false;
    this.#reconnect(outage, end.reason === '' ? `closed with ${end.code}` : end.reason);
  }

  #reconnect(limits: OutageLimits, reason: string): void {
    const { clock } = this.#options;
    const sinceMs = clock.wallMs();
    this.#outage = new Outage({
      clock,
      limits,
      notBeforeMs: this.#notBeforeMs,
      redial: () => this.#redial(),
      onAttempt: (attempt) => this.#events.reconnecting(attempt, sinceMs, reason),
      onGivenUp: (error) => this.#givenUp(error),
    });
    this.#notBeforeMs = 0;
    this.#outage.start();
  }

  async #redial(): Promise<Attempt<void>> {
    const result = await this.#options.redial(this.#events.resume(), (connection, welcome) =>
      this.#welcomed(connection, welcome),
    );
    if (!result.ok) this.#stray = true;
    return result;
  }

  #welcomed(connection: Connection, welcome: Welcome): void {
    // Given up while the welcome was on its way.
    if (this.#stopped) return void connection.send({ type: 'bye', discard: true });
    this.#outage?.stop();
    this.#outage = undefined;
    this.#adopt(connection);
    this.#events.restored(welcome);
  }

  #givenUp(error: JoywireError): void {
    this.#outage = undefined;
    const refused = error.cause instanceof JoywireError && error.cause.code === 'resume_refused';
    // A new session may well be had, where the old one cannot.
    const mayReconnect = refused || error.code === 'connection_lost';
    this.#events.ended({ code: 1006, reason: error.message, mayReconnect, cause: error });
  }
}
