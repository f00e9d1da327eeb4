/** Calls under way: call id -> promise, each settled once. */
import { JoywireError } from '../shared/errors.ts';
import type { RequestError } from '../shared/protocol.ts';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Calls {
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #ended: JoywireError | undefined;

  /** Opens a call; `send` gets its id and sends it, now or in its turn, or says with `fail` that it cannot. */
  start(send: (id: number, fail: (error: JoywireError) => void) => void): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      send(id, (error) => this.#take(id)?.reject(error));
    });
  }

  result(id: number, value: unknown): void {
    this.#take(id)?.resolve(value);
  }

  failed(id: number, error: RequestError): void {
    this.#take(id)?.reject(requestError(error));
  }

  /** Its answer will not come. */
  lost(id: number, error: JoywireError): void {
    this.#take(id)?.reject(error);
  }

  end(error: JoywireError, later: JoywireError = error): void {
    this.#ended ??= later;
    const left = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of left) reject(error);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

/** What the gateway refused, as an error with the gateway's code. */
export function requestError({ code, message, allowed }: RequestError): JoywireError {
  return new JoywireError(code, allowed === undefined ? message : `${message}; allowed: ${allowed}`);
}
