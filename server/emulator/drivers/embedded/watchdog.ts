/** Notices from outside that a worker which owes something no longer moves. */
import type { Clock, Timer } from '../../../clock.ts';

/** Silent looks in a row that make a hang. Several, so that one late look after the machine slept is none. */
const SILENT_LOOKS = 4;

export interface Watched {
  /** Changes whenever the worker moves. */
  beats(): bigint;
  /** Whether it is to move at all. */
  owes(): boolean;
  hung(): void;
}

export class Watchdog {
  readonly #clock: Clock;
  readonly #lookMs: number;
  readonly #watched: Watched;
  #timer: Timer | undefined;
  #lastBeats = 0n;
  #silent = 0;

  constructor(clock: Clock, limitMs: number, watched: Watched) {
    this.#clock = clock;
    this.#lookMs = limitMs / SILENT_LOOKS;
    this.#watched = watched;
  }

  /** To be called when something becomes owed; looks until nothing is owed any more. */
  watch(): void {
    if (this.#timer !== undefined) return;
    this.#lastBeats = this.#watched.beats();
    this.#silent = 0;
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#clock.after(this.#lookMs, () => this.#look());
  }

  #look(): void {
    this.#timer = undefined;
    if (!this.#watched.owes()) return;
    const beats = this.#watched.beats();
    this.#silent = beats === this.#lastBeats ? this.#silent + 1 : 0;
    this.#lastBeats = beats;
    if (this.#silent < SILENT_LOOKS) this.#arm();
    else this.#watched.hung();
  }
}
