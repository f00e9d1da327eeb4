/** The `stats` channel and call: figures of a session or of the gateway, pushed at intervals by one sweep. */
import { Check, field } from '../../../shared/check.ts';
import type { Params } from '../../../shared/protocol.ts';
import type { Stats } from '../../../shared/stats.ts';
import type { Clock } from '../../clock.ts';
import { errorBody } from '../../connection/request-error.ts';
import type { CallResult } from '../../session/call-result.ts';
import type { Channel, Subscriber, SubscribeResult } from '../channel.ts';
import { Intervals } from '../intervals.ts';
import { unknownSession } from '../session-option.ts';
import type { Meter } from './meter.ts';
import type { Span } from './span.ts';

/** Whose figures they are: a session, or the gateway. */
export interface StatsSource {
  readonly meter: Meter;
  readonly label?: string | undefined;
  /** Tells the meter of frames that ran without an entry (`Meter.reached`), just before it is read. */
  readonly refresh?: () => void;
  credit(): { readonly limit: number; readonly outstanding: number };
  /** Bytes that clients have not read yet. */
  pendingBytes(): number;
  /** Ms until a session without a connection ends. */
  expiresInMs?(): number | undefined;
}

export interface StatsDeps {
  readonly clock: Clock;
  /** ms since 1970. */
  readonly wallClock: () => number;
  readonly gateway: StatsSource;
  readonly session: (id: string) => StatsSource | undefined;
  readonly minIntervalMs: number;
}

const DEFAULT_INTERVAL_MS = 1000;
const MAX_INTERVAL_MS = 3_600_000;

/** What a subscription or a call is about. */
interface Target {
  readonly source: StatsSource;
  readonly session: string | null;
}

interface Subscription {
  readonly target: Target;
  readonly subscriber: Subscriber;
  readonly span: Span;
  readonly close: () => void;
}

type Found = { readonly ok: true; readonly target: Target; readonly intervalMs: number } | Refused;
type Refused = Extract<CallResult, { ok: false }>;

export class StatsChannel implements Channel {
  readonly name = 'stats';
  readonly #deps: StatsDeps;
  readonly #intervals: Intervals;
  readonly #subscriptions = new Set<Subscription>();

  constructor(deps: StatsDeps) {
    this.#deps = deps;
    this.#intervals = new Intervals(deps.clock);
  }

  subscribe(options: Params, subscriber: Subscriber): SubscribeResult {
    const found = this.#find(options, subscriber.sessionId);
    if (!found.ok) return found;
    const { target, intervalMs } = found;
    // What ran before is not part of the first span.
    target.source.refresh?.();
    const span = target.source.meter.openSpan();
    const endInterval = this.#intervals.add(intervalMs, () => this.#push(subscription));
    const close = () => {
      endInterval();
      this.#subscriptions.delete(subscription);
    };
    const subscription = { target, subscriber, span, close };
    this.#subscriptions.add(subscription);
    this.#push(subscription);
    return { ok: true, close };
  }

  /** Answers the `stats` call. */
  read(params: Params, sessionId: string | undefined): CallResult {
    const found = this.#find(params, sessionId);
    return found.ok ? { ok: true, value: this.#figures(found.target, undefined) } : found;
  }

  /** A session is over: those who watch it get its last figures. */
  sessionEnded(source: StatsSource): void {
    for (const subscription of this.#subscriptions) {
      if (subscription.target.source !== source) continue;
      const figures = this.#figures(subscription.target, subscription.span);
      subscription.subscriber.push({ ...figures, ended: true });
      subscription.close();
    }
  }

  #find(options: Params, ownId: string | undefined): Found {
    const { gateway, session, minIntervalMs } = this.#deps;
    const check = new Check();
    const interval = field(options, 'intervalMs');
    const intervalMs =
      interval === undefined
        ? DEFAULT_INTERVAL_MS
        : check.number(interval, 'intervalMs', minIntervalMs, MAX_INTERVAL_MS);
    const wanted = field(options, 'session');
    const named = wanted === undefined ? undefined : check.text(wanted, 'session');
    const scope = field(options, 'scope');
    const fallback = (named ?? ownId) === undefined ? 'gateway' : 'session';
    const about = scope === undefined ? fallback : check.oneOf(scope, 'scope', ['session', 'gateway']);
    if (check.problem !== undefined) return { ok: false, error: errorBody('invalid_params', check.problem) };
    if (about === 'gateway') return { ok: true, intervalMs, target: { source: gateway, session: null } };
    const id = named ?? ownId;
    const source = id === undefined ? undefined : session(id);
    if (id !== undefined && source !== undefined) {
      return { ok: true, intervalMs, target: { source, session: id } };
    }
    return { ok: false, error: unknownSession(id) };
  }

  #figures({ source, session }: Target, span: Span | undefined): Stats {
    source.refresh?.();
    const sinceStart = source.meter.sinceStart();
    return {
      scope: session === null ? 'gateway' : 'session',
      session,
      label: source.label ?? null,
      atMs: this.#deps.wallClock(),
      sinceStart,
      sinceLast: span?.next(this.#deps.clock.now()) ?? sinceStart,
      credit: source.credit(),
      pendingBytes: source.pendingBytes(),
      expiresInMs: source.expiresInMs?.() ?? null,
      ended: false,
    };
  }

  /** Pushes what the span has, which starts the next. */
  #push({ target, subscriber, span }: Subscription): void {
    subscriber.push(this.#figures(target, span));
  }
}
