/** Whether somebody listens to a session, and whether it is on its way out: connections come and go, and events wait for the next one. */
import type { CloseName } from '../../shared/close-codes.ts';
import type { Params, ServerMessage } from '../../shared/protocol.ts';
import type { Clock } from '../clock.ts';

/** What a session needs of the connection it is attached to. */
export interface Link {
  /** Names the connection in the log; undefined where it is none. */
  readonly id: number | undefined;
  /** Outcomes are ready: take them with `takeAcks` before anything else is sent. */
  acksReady(): void;
  send(message: ServerMessage): void;
  /** Bytes that the other side has not read yet. */
  readonly pendingBytes: number;
  /** Everything is said; the connection may end. */
  end(close: CloseName, reason: string): void;
}

type State =
  | { readonly kind: 'attached'; readonly link: Link }
  /** No connection: accepted entries run out, then the game rests until a resume or the deadline. */
  | { readonly kind: 'detached'; readonly expiresAtMs: number }
  | Leaving
  | { readonly kind: 'ended' };

/** Takes no more entries; ends when all is acked. */
interface Leaving {
  readonly kind: 'leaving';
  readonly link: Link | undefined;
  readonly close: CloseName;
  readonly reason: string;
  /** It is to be gone on with when the gateway is there again. */
  readonly suspended: boolean;
}

/** The session, as it is told who is there. */
export interface PresenceOwner {
  /** The connection of now gives way to another: what it was handed on its way out is for the new one. */
  readonly superseded: () => void;
  /** Somebody is there. @param again whether somebody was before */
  readonly came: (again: boolean) => void;
  /** Nobody is there any more; it ends at that time unless somebody comes. */
  readonly went: (expiresAtMs: number) => void;
  /** It takes no more entries. What waits runs out, or (`discard`) does not run. */
  readonly leaving: (discard: boolean) => void;
  /** Whether it can be gone on with after the gateway has ended. */
  readonly resumesLater: () => boolean;
}

/** Events that are kept for the next connection. */
const MAX_UNTOLD = 16;

export class Presence {
  readonly #clock: Clock;
  readonly #resumeMs: number;
  readonly #owner: PresenceOwner;
  #state: State = { kind: 'detached', expiresAtMs: Infinity };
  /** Whether it ever had a connection. */
  #claimed = false;
  #untold: ServerMessage[] = [];

  /** @param resumeMs how long it is kept without a connection */
  constructor(clock: Clock, resumeMs: number, owner: PresenceOwner) {
    this.#clock = clock;
    this.#resumeMs = resumeMs;
    this.#owner = owner;
  }

  /** The connection of now. */
  get link(): Link | undefined {
    const state = this.#state;
    return state.kind === 'attached' || state.kind === 'leaving' ? state.link : undefined;
  }

  /** Whether a client is connected, and has not left. */
  get attached(): boolean {
    return this.#state.kind === 'attached';
  }

  /** Whether it waits for its client to come back. */
  get detached(): boolean {
    return this.#state.kind === 'detached';
  }

  /** It has said bye or is being ended, or is over. */
  get leaving(): boolean {
    return this.#state.kind === 'leaving' || this.#state.kind === 'ended';
  }

  /** It is over: all is acked, and nothing of it will run. */
  get ended(): boolean {
    return this.#state.kind === 'ended';
  }

  /** When it ends unless it is resumed, by the clock; undefined while it need not be. */
  get expiresAtMs(): number | undefined {
    return this.#state.kind === 'detached' ? this.#state.expiresAtMs : undefined;
  }

  /** The same as a time from now, for people. */
  expiresInMs(): number | undefined {
    const at = this.expiresAtMs;
    return at === undefined ? undefined : Math.max(0, Math.round(at - this.#clock.now()));
  }

  /** Somebody listens now. Whoever listened before is sent away. */
  attach(link: Link): void {
    if (this.dismiss()) this.#owner.superseded();
    if (this.#state.kind !== 'detached') return link.end('going_away', 'the session has ended');
    this.#state = { kind: 'attached', link };
    const again = this.#claimed;
    this.#claimed = true;
    this.#owner.came(again);
    link.acksReady();
    const untold = this.#untold;
    this.#untold = [];
    for (const message of untold) link.send(message);
  }

  /** Closes the connection of now, because another has come. False when there is none. */
  dismiss(): boolean {
    return this.#sendAway('taken_over', 'another connection resumed this session');
  }

  /** Its connection ends and is not to come back; another may resume it. */
  kick(reason: string): void {
    this.#sendAway('kicked', reason);
  }

  /** This connection is gone without a word: accepted entries run out, and the game rests. Any other's going means nothing. */
  detach(link: Link): void {
    const state = this.#state;
    if (state.kind === 'leaving' && state.link === link) this.#state = { ...state, link: undefined };
    if (state.kind === 'attached' && state.link === link) this.#go();
  }

  /** It goes on where an earlier gateway ended: its client is not there yet. */
  restore(): void {
    this.#claimed = true;
    this.#go();
  }

  /** The connection that was to get this session went away before it did. A session that nobody ever had ends. */
  unclaimed(): void {
    if (!this.#claimed) this.leave(true, 'going_away', 'nobody took the session');
  }

  /** Nobody resumed it in time. */
  expire(): void {
    if (this.#state.kind === 'detached') this.leave(false, 'going_away', 'it was not resumed in time');
  }

  /** No more entries; what is accepted runs out (or is discarded), is acked, and the connection ends with `close`. */
  leave(discard: boolean, close: CloseName, reason: string): void {
    this.#leave(discard, { close, reason, suspended: false });
  }

  /** The gateway is stopping: the same, but what is on record is gone on with when it is there again. */
  shutDown(reason: string): void {
    const suspended = this.#owner.resumesLater() && this.#resumeMs > 0;
    this.#leave(false, { close: 'service_restart', reason, suspended });
  }

  /** All is acked: it is over. How it was left; undefined when it is not leaving. */
  end(): Leaving | undefined {
    const state = this.#state;
    if (state.kind !== 'leaving') return undefined;
    this.#state = { kind: 'ended' };
    return state;
  }

  /** Sends an event, or keeps it for the next connection. */
  tell(name: string, data: Params): void {
    const message: ServerMessage = { type: 'event', name, data };
    if (this.#state.kind === 'detached') this.#untold = [...this.#untold, message].slice(-MAX_UNTOLD);
    else this.link?.send(message);
  }

  #leave(discard: boolean, how: Pick<Leaving, 'close' | 'reason' | 'suspended'>): void {
    if (this.leaving) return;
    this.#state = { kind: 'leaving', link: this.link, ...how };
    this.#owner.leaving(discard);
  }

  #sendAway(close: CloseName, reason: string): boolean {
    if (this.#state.kind !== 'attached') return false;
    const { link } = this.#state;
    this.#go();
    link.end(close, reason);
    return true;
  }

  #go(): void {
    const expiresAtMs = this.#clock.now() + this.#resumeMs;
    this.#state = { kind: 'detached', expiresAtMs };
    this.#owner.went(expiresAtMs);
  }
}
