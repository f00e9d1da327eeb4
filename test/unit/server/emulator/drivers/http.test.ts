import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../../../../server/emulator/drivers/driver.ts';
import { Breaker } from '../../../../../server/emulator/drivers/http/breaker.ts';
import { Cost } from '../../../../../server/emulator/drivers/http/cost.ts';
import { plan, split } from '../../../../../server/emulator/drivers/pokemon-gym/plan.ts';
import { readAction, readStatus } from '../../../../../server/emulator/drivers/pokemon-gym/state.ts';

const answer = (status: number, body: unknown) =>
  ({
    kind: 'answer',
    status,
    text: typeof body === 'string' ? body : JSON.stringify(body),
    tookMs: 1,
  }) as const;

describe('what a request costs', () => {
  const limits = { minMs: 100, maxMs: 10_000, frameMs: 5 };
  it('is fitted as a + b·n, and the time-out follows it between its bounds', () => {
    const cost = new Cost(limits);
    expect(cost.timeoutMs(1000)).toBe(10_000);
    for (const n of [130, 520, 1040, 130, 2080, 260]) cost.measured(n, 30 + 0.5 * n);
    expect(cost.line.a).toBeCloseTo(30, 6);
    expect(cost.line.b).toBeCloseTo(0.5, 6);
    expect(cost.timeoutMs(1000)).toBeCloseTo(5 * 530, 3);
    expect(cost.timeoutMs(0)).toBeCloseTo(150, 3);
  });

  it('requests of one size are put down to the frames, so that larger ones do not time out', () => {
    const cost = new Cost(limits);
    for (let n = 0; n < 5; n += 1) cost.measured(130, 65);
    expect(cost.expectedMs(1300)).toBeCloseTo(650, 6);
  });

  it('is never less than nothing, whatever was measured', () => {
    const measurement = fc.tuple(fc.nat(10_000), fc.double({ min: 0, max: 1e6, noNaN: true }));
    fc.assert(
      fc.property(fc.array(measurement), fc.nat(100_000), (measured, n) => {
        const cost = new Cost(limits);
        for (const [frames, ms] of measured) cost.measured(frames, ms);
        expect(cost.expectedMs(n)).toBeGreaterThanOrEqual(0);
        expect(cost.timeoutMs(n)).toBeGreaterThanOrEqual(100);
        expect(cost.timeoutMs(n)).toBeLessThanOrEqual(10_000);
      }),
    );
  });
});

describe('the breaker', () => {
  it('opens after failures in a row, lets one try after a while, and closes when that answers', () => {
    const breaker = new Breaker({ failures: 2, openMs: 100 });
    breaker.failed(0);
    breaker.succeeded();
    breaker.failed(0);
    expect(breaker.waitMs(0)).toBe(0);
    breaker.failed(10);
    expect([breaker.open, breaker.waitMs(50)]).toEqual([true, 60]);
    expect(breaker.waitMs(110)).toBe(0);
    breaker.failed(110);
    expect(breaker.waitMs(120)).toBe(90);
    expect(breaker.waitMs(210)).toBe(0);
    breaker.succeeded();
    expect(breaker.waitMs(210)).toBe(0);
  });
});

describe("pokemon-gym's actions", () => {
  const press = (buttons: number, hold = 10, gap = 120, observe?: Step['observe']): Step => ({
    kind: 'press',
    buttons,
    hold,
    gap,
    observe,
  });

  it('plain presses in a row are one request; waits, longer gaps and looks come between', () => {
    const steps = [
      press(1),
      press(64),
      press(2, 10, 150),
      press(1),
      press(0, 7, 3),
      press(8, 10, 120, { hash: true }),
      press(4),
    ];
    expect(plan(steps).map(({ content, frames, through }) => [content, frames, through])).toEqual([
      [{ action_type: 'press_key', keys: ['a', 'up', 'b'] }, 390, 2],
      [{ action_type: 'wait', frames: 30 }, 30, 3],
      [{ action_type: 'press_key', keys: ['a'] }, 130, 4],
      [{ action_type: 'wait', frames: 10 }, 10, 5],
      [{ action_type: 'press_key', keys: ['start'] }, 130, 6],
      [{ action_type: 'press_key', keys: ['select'] }, 130, 7],
    ]);
  });

  it('an action divided does the same, key by key', () => {
    const [whole] = plan([press(1), press(65), press(2)]);
    const parts = whole === undefined ? [] : split(whole);
    expect(parts.map(({ content, parts: [part], through }) => [content, part?.step, through])).toEqual([
      [{ action_type: 'press_key', keys: ['a'] }, 0, 1],
      [{ action_type: 'press_key', keys: ['a'] }, 1, 1],
      [{ action_type: 'press_key', keys: ['up'] }, 1, 2],
      [{ action_type: 'press_key', keys: ['b'] }, 2, 3],
    ]);
  });
});

describe("pokemon-gym's answers", () => {
  it.each([
    ['a state', answer(200, { step_number: 4, location: 'X' }), 'state'],
    ['a time-out that says 200', answer(200, { step_number: 0, location: 'SESSION_TIMEOUT' }), 'no_game'],
    ['no game', answer(400, { detail: 'Environment not initialized. Call /initialize first.' }), 'no_game'],
    [
      'a client error inside a 500',
      answer(500, { detail: 'Failed to take action: 400: Invalid key' }),
      'refused',
    ],
    ['a validation error', answer(422, { detail: [] }), 'refused'],
    ['a 500 that says nothing', answer(500, { detail: 'Failed to take action: boom' }), 'unclear'],
    ['a proxy', answer(502, '<html>'), 'unclear'],
    ['HTML with 200', answer(200, '<html>'), 'unclear'],
    ['JSON that is no state', answer(200, []), 'unclear'],
  ])('%s', (_what, exchanged, kind) => {
    expect(readAction(exchanged).kind).toBe(kind);
  });

  it.each([
    ['running', answer(200, { status: 'running', steps_taken: 3 }), { kind: 'running', steps: 3 }],
    ['no game', answer(200, { status: 'not_initialized' }), { kind: 'no_game' }],
    ['nothing', { kind: 'lost', why: 'reset' } as const, { kind: 'unclear' }],
    ['something else', answer(200, 'OK'), { kind: 'unclear' }],
  ])('status: %s', (_what, exchanged, status) => {
    expect(readStatus(exchanged)).toEqual(status);
  });
});
