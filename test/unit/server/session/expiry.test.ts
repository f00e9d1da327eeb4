import { describe, expect, it } from 'vitest';
import { Expiry } from '../../../../server/session/expiry.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

class Waiting {
  expiresAtMs: number | undefined;
  readonly name: string;
  readonly #ended: string[];

  constructor(name: string, expiresAtMs: number | undefined, ended: string[]) {
    this.name = name;
    this.expiresAtMs = expiresAtMs;
    this.#ended = ended;
  }

  expire(): void {
    this.expiresAtMs = undefined;
    this.#ended.push(this.name);
  }
}

describe('expiry', () => {
  it('ends each session at its own deadline, with one timer, and leaves those that were resumed', () => {
    const clock = new FakeClock(0);
    const ended: string[] = [];
    const late = new Waiting('late', 900, ended);
    const soon = new Waiting('soon', 100, ended);
    const resumed = new Waiting('resumed', 50, ended);
    const expiry = new Expiry(clock, () => [late, soon, resumed, new Waiting('connected', undefined, ended)]);
    for (const { expiresAtMs } of [late, soon, resumed]) expiry.watch(expiresAtMs ?? 0);
    resumed.expiresAtMs = undefined;
    clock.advance(99);
    expect(ended).toEqual([]);
    clock.advance(1);
    expect(ended).toEqual(['soon']);
    clock.advance(799);
    expect(ended).toEqual(['soon']);
    clock.advance(1);
    expect(ended).toEqual(['soon', 'late']);
    expect(clock.nextTimerMs).toBeUndefined();
  });
});
