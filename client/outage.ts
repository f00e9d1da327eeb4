/** The time without a connection: one attempt after the other, until one succeeds or there is no more sense in it. */
import { JoywireError } from '../shared/errors.ts';
import { nextAttemptMs, type OutageLimits } from './outage-limits.ts';
import type { Clock } from './clock.ts';
import { CLIENT_ERRORS, clientError } from './errors.ts';
import type { Attempt } from './handshake.ts';

export interface OutageDeps {
  readonly clock: Clock;
  readonly limits: OutageLimits;
  /** The gateway asked not to come back sooner. */
  readonly notBeforeMs: number;
  /** Tries once to resume. Never rejects. */
  readonly redial: () => Promise<Attempt<void>>;
  /** Attempt number `attempt` (from 1) is next. */
  readonly onAttempt: (attempt: number) => void;
  readonly onGivenUp: (error: JoywireError) => void;
}

export class Outage {
  readonly #deps: OutageDeps;
  readonly #startedAtMs: number;
  #made = 0;
  #over = false;
  #stopTimer: () => void = () => undefined;

  constructor(deps: OutageDeps) {
    this.#deps = deps;
    this.#startedAtMs = deps.clock.wallMs();
  }

  start(): void {
    this.#next(undefined);
  }

  /** No further attempt. */
  stop(): void {
    this.#over = true;
    this.#stopTimer();
  }

  #next(last: JoywireError | undefined): void {
    const { clock, limits, notBeforeMs, onAttempt, onGivenUp } = this.#deps;
    const elapsedMs = Math.max(0, clock.wallMs() - this.#startedAtMs);
    const moment = { made: this.#made, elapsedMs, notBeforeMs };
    const waitMs = nextAttemptMs(moment, clock.random(), limits);
    if (waitMs === undefined) {
      this.stop();
      const tried = `${this.#made} attempts in ${Math.round(elapsedMs)} ms to reach the gateway again failed`;
      onGivenUp(clientError('connection_lost', `${tried}; the last one: ${last?.message ?? 'none'}`, last));
      return;
    }
    onAttempt(this.#made + 1);
    this.#stopTimer = clock.after(waitMs, () => void this.#try());
  }

  async #try(): Promise<void> {
    this.#made += 1;
    const result = await this.#deps.redial();
    if (this.#over || result.ok) return;
    if (result.mayReconnect) return this.#next(result.error);
    this.stop();
    const { error } = result;
    this.#deps.onGivenUp(
      error.code === 'aborted'
        ? error
        : clientError('session_lost', `${CLIENT_ERRORS.session_lost} (${error.message})`, error),
    );
  }
}
