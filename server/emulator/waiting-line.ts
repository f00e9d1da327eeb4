/**
 * Who waits for an emulator, in order of arrival. A place that becomes free goes to the first in line whom it fits, so nobody is overtaken
 * by one who wants the same.
 */
import type { Clock } from '../clock.ts';
import type { PoolPlace } from './place.ts';

/** Who asks for an emulator, while it waits. */
export interface Applicant {
  /** Told its place in the line, 1 for the next, whenever that changes. */
  readonly waiting: (place: number) => void;
  /** Told that whoever controls the emulator has been asked for it, and how long the answer may take, in ms. */
  readonly asked?: (answerMs: number) => void;
  /** Aborted when it is gone. */
  readonly signal: AbortSignal;
}

export type Turn =
  | { readonly kind: 'place'; readonly place: PoolPlace }
  | { readonly kind: 'timeout' | 'gone' | 'closed' };

interface Waiter {
  readonly fitting: ReadonlySet<PoolPlace>;
  readonly applicant: Applicant;
  readonly end: (turn: Turn) => void;
  told: number;
}

export class WaitingLine {
  readonly #clock: Clock;
  #line: Waiter[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get length(): number {
    return this.#line.length;
  }

  /** Waits for one of the places, for at most `waitMs`. */
  join(fitting: ReadonlySet<PoolPlace>, applicant: Applicant, waitMs: number): Promise<Turn> {
    const { signal } = applicant;
    if (signal.aborted) return Promise.resolve({ kind: 'gone' });
    return new Promise((resolve) => {
      const gone = () => this.#leave(waiter, { kind: 'gone' });
      const timer = this.#clock.after(waitMs, () => this.#leave(waiter, { kind: 'timeout' }));
      const end = (turn: Turn) => {
        timer.cancel();
        signal.removeEventListener('abort', gone);
        resolve(turn);
      };
      const waiter: Waiter = { fitting, applicant, end, told: 0 };
      signal.addEventListener('abort', gone, { once: true });
      this.#line.push(waiter);
      this.#tell();
    });
  }

  /** Gives a free place to the first in line whom it fits; false if there is nobody. */
  offer(place: PoolPlace): boolean {
    const waiter = this.#line.find(({ fitting }) => fitting.has(place));
    if (waiter === undefined) return false;
    this.#leave(waiter, { kind: 'place', place });
    return true;
  }

  /** Sends everybody away. */
  close(): void {
    const line = this.#line;
    this.#line = [];
    for (const { end } of line) end({ kind: 'closed' });
  }

  #leave(waiter: Waiter, turn: Turn): void {
    this.#line = this.#line.filter((other) => other !== waiter);
    waiter.end(turn);
    this.#tell();
  }

  /** One's place counts those before who could take what one waits for. */
  #tell(): void {
    for (const [index, waiter] of this.#line.entries()) {
      const place = 1 + this.#line.slice(0, index).filter((before) => rivals(before, waiter)).length;
      if (waiter.told === place) continue;
      waiter.told = place;
      waiter.applicant.waiting(place);
    }
  }
}

function rivals(a: Waiter, b: Waiter): boolean {
  for (const place of a.fitting) if (b.fitting.has(place)) return true;
  return false;
}
