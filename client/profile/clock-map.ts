/**
 * What is between this client's clock and the gateway's. Nothing is sent for it: no message arrives before it was sent, in either
 * direction, and each input so gives a bound for both sides. The tightest are those of the shortest way. Pure.
 */

/** What is to be added to the client's clock to get the gateway's, in µs, and by how much that may be wrong at most. */
export interface ClockOffset {
  readonly offsetUs: number;
  readonly uncertaintyUs: number;
}

interface Bounds {
  readonly atLeastUs: number;
  readonly atMostUs: number;
}

/** How far two clocks may come apart: a part in ten thousand is more than any crystal that is not broken. */
const DRIFT = 1e-4;

/** Times of one input: of the client on its clock, of the gateway on its own. */
export interface Exchange {
  readonly sentUs: number | undefined;
  readonly receivedUs: number | undefined;
  readonly ackedUs: number | undefined;
  readonly ackReceivedUs: number | undefined;
}

export class ClockMap {
  #known: (Bounds & { readonly atUs: number }) | undefined;

  /** Takes the exchanges of one part. @param nowUs on the client's clock */
  update(exchanges: Iterable<Exchange>, nowUs: number): void {
    const fresh = boundsOf(exchanges);
    if (!isPossible(fresh)) return;
    const both = this.#known === undefined ? fresh : intersect(aged(this.#known, nowUs), fresh);
    // Where the two contradict each other a clock has jumped: what is new counts.
    this.#known = { ...(isPossible(both) ? both : fresh), atUs: nowUs };
  }

  /** Undefined before the first whole exchange. */
  get offset(): ClockOffset | undefined {
    if (this.#known === undefined) return undefined;
    const { atLeastUs, atMostUs } = this.#known;
    return { offsetUs: (atLeastUs + atMostUs) / 2, uncertaintyUs: (atMostUs - atLeastUs) / 2 };
  }
}

function boundsOf(exchanges: Iterable<Exchange>): Bounds {
  let atLeastUs = -Infinity;
  let atMostUs = Infinity;
  for (const { sentUs, receivedUs, ackedUs, ackReceivedUs } of exchanges) {
    if (sentUs !== undefined && receivedUs !== undefined) atMostUs = Math.min(atMostUs, receivedUs - sentUs);
    if (ackedUs !== undefined && ackReceivedUs !== undefined) {
      atLeastUs = Math.max(atLeastUs, ackedUs - ackReceivedUs);
    }
  }
  return { atLeastUs, atMostUs };
}

function isPossible({ atLeastUs, atMostUs }: Bounds): boolean {
  return Number.isFinite(atLeastUs) && Number.isFinite(atMostUs) && atLeastUs <= atMostUs;
}

function aged({ atLeastUs, atMostUs, atUs }: Bounds & { readonly atUs: number }, nowUs: number): Bounds {
  const driftUs = Math.max(0, nowUs - atUs) * DRIFT;
  return { atLeastUs: atLeastUs - driftUs, atMostUs: atMostUs + driftUs };
}

function intersect(one: Bounds, other: Bounds): Bounds {
  return {
    atLeastUs: Math.max(one.atLeastUs, other.atLeastUs),
    atMostUs: Math.min(one.atMostUs, other.atMostUs),
  };
}
