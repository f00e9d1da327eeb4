/** Ends detached sessions whose time is over: one timer for all of them, set to the earliest deadline. */
import type { Clock, Timer } from '../clock.ts';

/** A session that may be waiting for its client. */
interface Expiring {
  /** When it is given up, by the clock; undefined while it need not be. */
  readonly expiresAtMs: number | undefined;
  expire(): void;
}

export class Expiry {
  readonly #clock: Clock;
  readonly #sessions: () => Iterable<Expiring>;
  #sweep: { readonly timer: Timer; readonly atMs: number } | undefined;

  constructor(clock: Clock, sessions: () => Iterable<Expiring>) {
    this.#clock = clock;
    this.#sessions = sessions;
  }

  /** A session has a deadline now. A deadline that goes away costs one sweep that finds nothing. */
  watch(atMs: number): void {
    if (this.#sweep !== undefined && this.#sweep.atMs <= atMs) return;
    this.#sweep?.timer.cancel();
    const timer = this.#clock.after(atMs - this.#clock.now(), () => this.#run());
    this.#sweep = { timer, atMs };
  }

  #run(): void {
    this.#sweep = undefined;
    const now = this.#clock.now();
    for (const session of this.#sessions()) {
      const { expiresAtMs } = session;
      if (expiresAtMs === undefined) continue;
      if (expiresAtMs <= now) session.expire();
      else this.watch(expiresAtMs);
    }
  }
}
