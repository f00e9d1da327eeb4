/**
 * A circuit breaker for one server: after some failures in a row nothing is sent for a while, then one request tries. Own code, because the
 * kept libraries throw while it is open and go by the system's clock; here inputs wait for it, on a clock that is handed in. Pure.
 */

export interface BreakerSettings {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** How long it stays open before one request may try, in ms. */
  readonly openMs: number;
}

type State =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly untilMs: number }
  /** One request is trying. */
  | { readonly kind: 'half_open' };

export class Breaker {
  readonly #settings: BreakerSettings;
  #state: State = { kind: 'closed', failures: 0 };

  constructor(settings: BreakerSettings) {
    this.#settings = settings;
  }

  get open(): boolean {
    return this.#state.kind === 'open';
  }

  /** How long to wait before a request may be sent, in ms; with 0 one is to be sent now. */
  waitMs(nowMs: number): number {
    if (this.#state.kind !== 'open') return 0;
    if (nowMs < this.#state.untilMs) return this.#state.untilMs - nowMs;
    this.#state = { kind: 'half_open' };
    return 0;
  }

  /** The server answered, whatever it said. */
  succeeded(): void {
    this.#state = { kind: 'closed', failures: 0 };
  }

  /** The server could not be reached, or did not answer. */
  failed(nowMs: number): void {
    const { failures, openMs } = this.#settings;
    const inARow = this.#state.kind === 'closed' ? this.#state.failures + 1 : failures;
    if (inARow < failures) this.#state = { kind: 'closed', failures: inARow };
    else this.#state = { kind: 'open', untilMs: nowMs + openMs };
  }
}
