/** How a press is said to a server, and how its answers are read: as little of each protocol as that takes. */
import type { PressMessage, Saying } from '../frames.ts';

/** What follows from what a server said before it takes presses. */
export type Greeting =
  /** Presses are taken now, once this is said if there is anything to say. */
  | { readonly kind: 'ready'; readonly saying?: Saying }
  | { readonly kind: 'wait' }
  | { readonly kind: 'say'; readonly saying: Saying };

/** One connection's talk with its server. */
export interface Dialect {
  readonly subprotocol: string | undefined;
  /** Whether the server keeps outcomes and is told which have arrived. */
  readonly keepsOutcomes: boolean;
  readonly press: PressMessage;
  /** Where to open the WebSocket; some servers are asked for a seat first. */
  path(port: number): Promise<string>;
  /** Called once the WebSocket is open, and then with each message until it says `ready`. @throws Error when the server refuses */
  greet(payload: Buffer | undefined): Greeting;
  /** How many presses this message answers. @throws Error when they are not the next ones, or one of them did not run */
  read(bytes: Buffer, start: number, end: number): number;
}

/** Sees to it that answers come in order, without a hole. */
export class AnswerOrder {
  #nextSeq = 1;

  /** @returns count @throws Error when these are not the next ones */
  take(firstSeq: number, count: number): number {
    if (firstSeq !== this.#nextSeq) throw new Error(`seq ${firstSeq} came instead of ${this.#nextSeq}`);
    this.#nextSeq += count;
    return count;
  }
}

/** @throws Error unless the bytes from `at` on are these */
export function expectBytes(bytes: Buffer, at: number, expected: Uint8Array): void {
  for (let i = 0; i < expected.length; i++) {
    if (bytes[at + i] === expected[i]) continue;
    throw new Error(
      `not the answer that was due: ${bytes.toString('latin1', at, at + expected.length + 16)}`,
    );
  }
}
