/** What a push channel is to a connection: something that can be subscribed to. */
import type { ChannelName, Params, RequestError } from '../../shared/protocol.ts';

/** The receiving end of one subscription. */
export interface Subscriber {
  /** The session of the connection that subscribed, if it plays. */
  readonly sessionId: string | undefined;
  /** Hands over the newest payload. On a slow line a newer payload replaces an unsent older one (invariant I8). */
  push(payload: unknown): void;
  /** Whether a payload pushed now would have to wait. */
  readonly slow: boolean;
  /** A payload was not pushed because the line is slow, or because it is of no use without one that was not: counts as replaced. */
  skip(): void;
  /** How many payloads were replaced unsent so far. */
  replaced(): number;
}

export type SubscribeResult =
  | {
      readonly ok: true;
      readonly close: () => void;
      /** Called when a slow line is fast again. */
      readonly fast?: () => void;
      /** Called when the connection is about to end in good order: what is pushed now still leaves. */
      readonly ending?: () => void;
    }
  | { readonly ok: false; readonly error: Omit<RequestError, 'subscription'> };

export interface Channel {
  readonly name: ChannelName;
  /** Starts pushing to the subscriber until `close`; the first payload comes at once. */
  subscribe(options: Params, subscriber: Subscriber): SubscribeResult;
}
