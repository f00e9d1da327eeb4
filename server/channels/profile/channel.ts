/**
 * The `profile` channel: of every entry of a session when it reached which stage. What a line has no room for stays in the session's
 * rows until it has; beyond their bound the oldest go, and are counted (invariant I8).
 */
import { Check, field } from '../../../shared/check.ts';
import { encodeProfile } from '../../../shared/profile/encode.ts';
import { type Stage, STAGES } from '../../../shared/profile/input.ts';
import type { Params } from '../../../shared/protocol.ts';
import type { Clock } from '../../clock.ts';
import { errorBody } from '../../connection/request-error.ts';
import type { Session } from '../../session/session.ts';
import type { Channel, Subscriber, SubscribeResult } from '../channel.ts';
import { Intervals } from '../intervals.ts';
import { unknownSession } from '../session-option.ts';
import type { Cursor } from './recorder.ts';

export interface ProfileDeps {
  readonly clock: Clock;
  /** ms since 1970. */
  readonly wallClock: () => number;
  readonly session: (id: string) => Session | undefined;
  readonly minIntervalMs: number;
}

const DEFAULT_INTERVAL_MS = 250;
const MAX_INTERVAL_MS = 3_600_000;
/** Most inputs in one payload: about 100 kB, so that acks never wait long behind one. */
const MAX_INPUTS = 4096;

interface Subscription {
  readonly session: Session;
  readonly stages: readonly Stage[];
  readonly subscriber: Subscriber;
  readonly cursor: Cursor;
  readonly close: () => void;
  /** There is something that the line had no room for. */
  heldBack: boolean;
  ended: boolean;
}

export class ProfileChannel implements Channel {
  readonly name = 'profile';
  readonly #deps: ProfileDeps;
  readonly #intervals: Intervals;
  readonly #subscriptions = new Set<Subscription>();

  constructor(deps: ProfileDeps) {
    this.#deps = deps;
    this.#intervals = new Intervals(deps.clock);
  }

  subscribe(options: Params, subscriber: Subscriber): SubscribeResult {
    const { minIntervalMs } = this.#deps;
    const check = new Check();
    const interval = field(options, 'intervalMs') ?? DEFAULT_INTERVAL_MS;
    const intervalMs = check.number(interval, 'intervalMs', minIntervalMs, MAX_INTERVAL_MS);
    const named = field(options, 'session') ?? subscriber.sessionId;
    const id = named === undefined ? undefined : check.text(named, 'session');
    if (check.problem !== undefined) return { ok: false, error: errorBody('invalid_params', check.problem) };
    const session = id === undefined ? undefined : this.#deps.session(id);
    if (session === undefined) return { ok: false, error: unknownSession(id) };
    const subscription = this.#open(session, subscriber, intervalMs);
    this.#push(subscription);
    return {
      ok: true,
      close: subscription.close,
      fast: () => subscription.heldBack && this.#pushWaiting(subscription),
      ending: () => {
        // Of its own session, which is over before its connection is.
        subscription.ended = session.presence.ended;
        this.#pushWaiting(subscription);
      },
    };
  }

  /** A session is over: those who profile it get the rest. */
  sessionEnded(session: Session): void {
    for (const subscription of this.#subscriptions) {
      if (subscription.session !== session) continue;
      subscription.ended = true;
      this.#pushWaiting(subscription);
    }
  }

  #open(session: Session, subscriber: Subscriber, intervalMs: number): Subscription {
    const { cursor, close } = session.profile();
    const endInterval = this.#intervals.add(intervalMs, () => this.#pushWaiting(subscription));
    const subscription: Subscription = {
      session,
      stages: stagesOf(session),
      subscriber,
      cursor,
      close: () => {
        this.#subscriptions.delete(subscription);
        endInterval();
        close();
      },
      heldBack: false,
      ended: false,
    };
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** Pushes what there is, piece by piece, as far as the line has room. */
  #pushWaiting(subscription: Subscription): void {
    const { cursor, subscriber } = subscription;
    if (!this.#subscriptions.has(subscription)) return;
    const anything = () => cursor.waiting > 0 || subscription.ended;
    while (anything() && this.#subscriptions.has(subscription)) {
      subscription.heldBack = subscriber.slow;
      if (subscription.heldBack) return;
      this.#push(subscription);
    }
  }

  #push(subscription: Subscription): void {
    const { session, stages, subscriber, cursor } = subscription;
    const { clock, wallClock } = this.#deps;
    const { from, through, dropped, rows } = cursor.take(MAX_INPUTS);
    const nowMs = clock.now();
    const ended = subscription.ended && cursor.waiting === 0;
    const head = {
      session: session.id,
      from,
      through,
      dropped,
      stages,
      atUs: Math.round(nowMs * 1000),
      originMs: wallClock() - nowMs,
      ended,
    };
    subscriber.push(encodeProfile(head, rows));
    if (ended) subscription.close();
  }
}

/** What can be known of a session: emulators of other hosts do not say when they ran what, and not every session is on record. */
function stagesOf({ emulator, journaled }: Session): readonly Stage[] {
  return STAGES.filter((stage) => {
    if (stage === 'recorded') return journaled;
    const inDriver = stage === 'driverStart' || stage === 'firstFrame' || stage === 'end';
    return !inDriver || emulator.driver.timed === true;
  });
}
