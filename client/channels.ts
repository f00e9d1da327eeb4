/** The subscriptions of a session: who gets each push, and what to ask of the next connection. */
import type { JoywireError } from '../shared/errors.ts';
import type { ClientMessage, Params, RequestError } from '../shared/protocol.ts';
import { requestError } from './calls.ts';
import { Feed, type ReadPayload, type Subscription } from './subscription.ts';

/** The writing end of a subscription, whatever its payload. */
type Receiver = Pick<Feed<unknown>, 'push' | 'end' | 'restarted'>;

interface Open {
  readonly channel: string;
  readonly options: Params;
  readonly receiver: Receiver;
}

/** The subscriptions of a session, by id. */
export class Channels {
  readonly #open = new Map<number, Open>();
  readonly #send: (message: ClientMessage) => void;
  #lastId = 0;
  #ended: JoywireError | undefined;

  constructor(send: (message: ClientMessage) => void) {
    this.#send = send;
  }

  /**
   * Subscribes at once.
   * @param most how many payloads are kept for a slow reader, 1 unless it is said
   * @param ended called when no more payloads come
   */
  subscribe<T>(
    channel: string,
    options: Params,
    read: ReadPayload<T>,
    most?: number,
    ended?: () => void,
  ): Subscription<T> {
    this.#lastId += 1;
    const id = this.#lastId;
    const unsubscribe = () => {
      this.#open.delete(id);
      this.#send({ type: 'unsubscribe', id });
    };
    const subscription = new Feed(read, unsubscribe, most, ended);
    if (this.#ended !== undefined) {
      subscription.end(this.#ended);
      return subscription;
    }
    this.#open.set(id, { channel, options, receiver: subscription });
    this.#send({ type: 'subscribe', id, channel, options });
    return subscription;
  }

  /** Makes every subscription again, on a connection that knows none of them. */
  renew(): void {
    for (const [id, { channel, options, receiver }] of this.#open) {
      receiver.restarted();
      this.#send({ type: 'subscribe', id, channel, options });
    }
  }

  /** A payload; of a subscription that has just been closed it is passed over. */
  push(id: number, n: number, payload: unknown): void {
    this.#open.get(id)?.receiver.push(n, payload);
  }

  /** The gateway refused a subscription. */
  refused(id: number, error: RequestError): void {
    const refused = this.#open.get(id);
    this.#open.delete(id);
    refused?.receiver.end(requestError(error));
  }

  end(error: JoywireError, later: JoywireError = error): void {
    this.#ended ??= later;
    const left = [...this.#open.values()];
    this.#open.clear();
    for (const { receiver } of left) receiver.end(error);
  }
}
