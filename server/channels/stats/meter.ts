/** Counts what a session, or the whole gateway, does. Called for every press, so it allocates nothing. */
import type { FlushReason, Outcome } from '../../../shared/protocol.ts';
import type { Clock } from '../../clock.ts';
import { Tally } from './tally.ts';

export class Meter {
  readonly sinceStart: Tally;
  readonly #clock: Clock;
  readonly #parent: Meter | undefined;
  /** Spans that subscriptions have open: each costs as much as the meter itself. */
  readonly #open = new Set<Tally>();

  /** @param parent counts everything too: the gateway's meter, for a session's */
  constructor(clock: Clock, parent?: Meter) {
    this.#clock = clock;
    this.#parent = parent;
    this.sinceStart = new Tally(clock.now());
  }

  /** Entries were accepted. */
  received(count: number): void {
    this.sinceStart.inputs += count;
    for (const tally of this.#open) tally.inputs += count;
    this.#parent?.received(count);
  }

  batch(size: number, reason: FlushReason): void {
    this.sinceStart.batch(size, reason);
    for (const tally of this.#open) tally.batch(size, reason);
    this.#parent?.batch(size, reason);
  }

  /** An entry that was sent to a driver has its outcome. */
  settled(outcome: Outcome, queueUs: number, driverUs: number): void {
    settle(this.sinceStart, outcome, queueUs, driverUs);
    for (const tally of this.#open) settle(tally, outcome, queueUs, driverUs);
    this.#parent?.settled(outcome, queueUs, driverUs);
  }

  /** Entries were rejected before they were sent to a driver. */
  rejected(count: number): void {
    this.sinceStart.outcomes.rejected += count;
    for (const tally of this.#open) tally.outcomes.rejected += count;
    this.#parent?.rejected(count);
  }

  pushReplaced(): void {
    this.sinceStart.replacedPushes++;
    for (const tally of this.#open) tally.replacedPushes++;
    this.#parent?.pushReplaced();
  }

  /** Counts into a span of its own until `closeSpan`. */
  openSpan(): Tally {
    const tally = new Tally(this.#clock.now());
    this.#open.add(tally);
    return tally;
  }

  closeSpan(tally: Tally): void {
    this.#open.delete(tally);
  }
}

function settle(tally: Tally, outcome: Outcome, queueUs: number, driverUs: number): void {
  tally.outcomes[outcome.status]++;
  tally.frames += outcome.frames;
  tally.latency(queueUs, driverUs);
}
