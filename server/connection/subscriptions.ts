/** A connection's subscriptions. On a slow line each keeps its newest payload only, and `n` shows what was replaced (invariant I8). */
import type { Channel, Subscriber } from '../channels/channel.ts';
import type { ClientMessage, RequestError, ServerMessage } from '../../shared/protocol.ts';
import { errorBody } from './request-error.ts';

type Subscribe = Extract<ClientMessage, { type: 'subscribe' }>;

export interface SubscriptionsDeps {
  readonly channels: ReadonlyMap<string, Channel>;
  readonly sessionId: string | undefined;
  readonly maxSubscriptions: number;
  readonly send: (message: ServerMessage) => void;
  readonly slow: () => boolean;
  /** A payload was replaced by a newer one before it was sent. */
  readonly onReplaced: () => void;
}

class Subscription implements Subscriber {
  readonly #id: number;
  readonly #deps: SubscriptionsDeps;
  #n = 0;
  #replaced = 0;
  #held: { readonly payload: unknown } | undefined;
  close: () => void = () => {};
  fast: () => void = () => {};
  ending: () => void = () => {};

  constructor(id: number, deps: SubscriptionsDeps) {
    this.#id = id;
    this.#deps = deps;
  }

  get sessionId(): string | undefined {
    return this.#deps.sessionId;
  }

  push(payload: unknown): void {
    this.#n++;
    if (this.#held !== undefined) this.#countReplaced();
    this.#held = { payload };
    this.sendHeld();
  }

  get slow(): boolean {
    return this.#deps.slow();
  }

  skip(): void {
    this.#n++;
    this.#countReplaced();
  }

  replaced(): number {
    return this.#replaced;
  }

  #countReplaced(): void {
    this.#replaced++;
    this.#deps.onReplaced();
  }

  sendHeld(): void {
    if (this.#held === undefined || this.#deps.slow()) return;
    this.#deps.send({ type: 'push', id: this.#id, n: this.#n, payload: this.#held.payload });
    this.#held = undefined;
  }
}

export class Subscriptions {
  readonly #deps: SubscriptionsDeps;
  readonly #open = new Map<number, Subscription>();

  constructor(deps: SubscriptionsDeps) {
    this.#deps = deps;
  }

  /** Starts a subscription, or says why not. */
  subscribe({ id, channel: name, options }: Subscribe): RequestError | undefined {
    const { channels, maxSubscriptions } = this.#deps;
    const refuse = (code: Parameters<typeof errorBody>[0], message: string, allowed: string) =>
      errorBody(code, message, { allowed, subscription: id });
    if (this.#open.has(id)) return refuse('subscription_in_use', `subscription ${id} exists`, 'another id');
    if (this.#open.size >= maxSubscriptions) {
      return refuse('too_many_subscriptions', 'no more subscriptions', `${maxSubscriptions} on a connection`);
    }
    const channel = channels.get(name);
    if (channel === undefined) {
      return refuse('unknown_channel', `channel ${JSON.stringify(name)}`, [...channels.keys()].join(', '));
    }
    const subscription = new Subscription(id, this.#deps);
    this.#open.set(id, subscription);
    const result = channel.subscribe(options, subscription);
    if (result.ok) {
      subscription.close = result.close;
      if (result.fast !== undefined) subscription.fast = result.fast;
      if (result.ending !== undefined) subscription.ending = result.ending;
      return undefined;
    }
    this.#open.delete(id);
    return { ...result.error, subscription: id };
  }

  unsubscribe(id: number): RequestError | undefined {
    const subscription = this.#open.get(id);
    if (subscription === undefined) {
      return errorBody('unknown_subscription', `no subscription ${id}`, { subscription: id });
    }
    this.#open.delete(id);
    subscription.close();
    return undefined;
  }

  /** The line is fast again: what was held goes. */
  sendHeld(): void {
    for (const subscription of this.#open.values()) {
      subscription.sendHeld();
      subscription.fast();
    }
  }

  /** The connection is about to end in good order: what is left may still be pushed. */
  ending(): void {
    for (const subscription of this.#open.values()) subscription.ending();
  }

  close(): void {
    for (const subscription of this.#open.values()) subscription.close();
    this.#open.clear();
  }
}
