/** Who is at the other end of a connection, as far as is known: nobody until a token came, and perhaps not for ever. */
import type { Identity } from './identity.ts';

/** Time before its token expires at which a client is told, in ms. */
const WARNING_MS = 60_000;

/** How a guest's token stands. */
export type Standing =
  | { readonly kind: 'fine' | 'expired' }
  /** Told once for each token. */
  | { readonly kind: 'expiring'; readonly inMs: number };

const FINE: Standing = { kind: 'fine' };

export class Guest {
  readonly #wallClock: () => number;
  #identity: Identity | undefined;
  #plays = false;
  #warned = false;

  /** @param wallClock ms since 1970 */
  constructor(identity: Identity | undefined, wallClock: () => number) {
    this.#identity = identity;
    this.#wallClock = wallClock;
  }

  get identity(): Identity | undefined {
    return this.#identity;
  }

  /** Whether it came to play, and not only to watch. */
  get plays(): boolean {
    return this.#plays;
  }

  /** Its hello was let in. */
  admitted(identity: Identity, plays: boolean): void {
    this.#identity = identity;
    this.#plays = plays;
  }

  /** It has presented another token. */
  renewed(identity: Identity): void {
    this.#identity = identity;
    this.#warned = false;
  }

  /** To be asked now and then. */
  standing(): Standing {
    const expiresAtMs = this.#identity?.expiresAtMs;
    if (expiresAtMs === undefined) return FINE;
    const inMs = expiresAtMs - this.#wallClock();
    if (inMs <= 0) return { kind: 'expired' };
    if (inMs > WARNING_MS || this.#warned) return FINE;
    this.#warned = true;
    return { kind: 'expiring', inMs };
  }
}
