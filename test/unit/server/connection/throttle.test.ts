import { describe, expect, it } from 'vitest';
import { concerns, type Rates, stricter, Throttle } from '../../../../server/connection/throttle.ts';

const NONE: Rates = { messagesPerSecond: 0, inputsPerSecond: 0, callsPerSecond: 0 };
const ENTRY = { inputs: 1, calls: 0 };
const CALL = { inputs: 0, calls: 1 };
const CREDIT = 8;

function throttle(rates: Partial<Rates>): Throttle {
  return new Throttle({ ...NONE, ...rates }, CREDIT, 0);
}

describe('a throttle', () => {
  it('that limits nothing concerns nothing', () => {
    expect([ENTRY, CALL].some((cost) => concerns(NONE, cost))).toBe(false);
    expect(concerns({ ...NONE, callsPerSecond: 1 }, ENTRY)).toBe(false);
    expect(concerns({ ...NONE, messagesPerSecond: 1 }, { inputs: 0, calls: 0 })).toBe(true);
  });

  it('first pauses, then refuses, then closes', () => {
    const slow = throttle({ inputsPerSecond: 10 });
    for (let n = 0; n < 9; n++) slow.admit(ENTRY, 0);
    expect(slow.pauseMs(0)).toBe(0);
    slow.admit(ENTRY, 0);
    expect(slow.pauseMs(0)).toBe(100);
    // What was under way when the credit was taken away.
    for (let n = 0; n < CREDIT; n++) expect(slow.admit(ENTRY, 0)).toEqual({ kind: 'admit' });
    expect(slow.pauseMs(0)).toBe(900);
    expect(slow.admit(ENTRY, 0)).toEqual({ kind: 'refuse', limit: '10 inputs a second', retryInMs: 100 });
    for (let n = 1; n < 100; n++) expect(slow.admit(ENTRY, 0).kind).toBe('refuse');
    expect(slow.admit(ENTRY, 0)).toEqual({ kind: 'close', limit: '10 inputs a second' });
  });

  it('ends the pause once the debt is paid back', () => {
    const slow = throttle({ inputsPerSecond: 10 });
    slow.admit({ inputs: 12, calls: 0 }, 0);
    expect(slow.pauseMs(0)).toBe(300);
    expect(slow.pauseMs(200)).toBe(100);
    expect(slow.pauseMs(300)).toBe(0);
  });

  it('refuses calls without a pause', () => {
    const slow = throttle({ callsPerSecond: 2 });
    expect([1, 2, 3].map(() => slow.admit(CALL, 0).kind)).toEqual(['admit', 'admit', 'refuse']);
    expect(slow.pauseMs(0)).toBe(0);
    expect(slow.admit(CALL, 500).kind).toBe('admit');
  });

  it('counts a message once, however many entries it has', () => {
    const slow = throttle({ messagesPerSecond: 1 });
    for (let n = 0; n < 1 + 2 * CREDIT; n++)
      expect(slow.admit({ inputs: 1000, calls: 0 }, 0).kind).toBe('admit');
    expect(slow.admit(CALL, 0)).toMatchObject({ kind: 'refuse', limit: '1 messages a second' });
  });

  it('forgives who waits', () => {
    const slow = throttle({ callsPerSecond: 1 });
    slow.admit(CALL, 0);
    for (let n = 0; n < 100; n++) slow.admit(CALL, 0);
    expect(slow.admit(CALL, 0).kind).toBe('close');
    slow.admit(CALL, 1000);
    expect(slow.admit(CALL, 1000).kind).toBe('refuse');
  });
});

describe('the rates of a token', () => {
  it('can only lower those of everybody', () => {
    const all = { messagesPerSecond: 100, inputsPerSecond: 0, callsPerSecond: 7 };
    expect(stricter(all, undefined)).toEqual(all);
    expect(stricter(all, {})).toEqual(all);
    expect(stricter(all, { messagesPerSecond: 10, inputsPerSecond: 5 })).toEqual({
      messagesPerSecond: 10,
      inputsPerSecond: 5,
      callsPerSecond: 7,
    });
    expect(stricter(all, { messagesPerSecond: 1000 })).toEqual(all);
  });
});
