import { describe, expect, it } from 'vitest';
import { isWorthDeflating } from '../../../../server/connection/deflation.ts';
import type { Outcome, ServerMessage } from '../../../../shared/protocol.ts';

const FROM = 4096;
const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const RAW = new Uint8Array(8);

const result = (value: unknown): ServerMessage => ({ type: 'result', id: 1, value });
const push = (payload: unknown): ServerMessage => ({ type: 'push', id: 1, n: 1, payload });

function ack(screen?: Uint8Array): ServerMessage {
  const outcome: Outcome = {
    status: 'executed',
    firstFrame: 0,
    frames: 16,
    certainty: 'exact',
    detail: screen && { observed: { screen } },
  };
  return { type: 'ack', firstSeq: 1, outcomes: [outcome], batch: undefined };
}

describe('a message', () => {
  it('is worth deflating from a size on, an ack from a quarter of it', () => {
    expect(isWorthDeflating(result({ memory: [RAW] }), FROM - 1, FROM)).toBe(false);
    expect(isWorthDeflating(result({ memory: [RAW] }), FROM, FROM)).toBe(true);
    expect(isWorthDeflating(ack(), FROM / 4 - 1, FROM)).toBe(false);
    expect(isWorthDeflating(ack(), FROM / 4, FROM)).toBe(true);
  });

  it.each([
    ['a push of bytes', push(RAW), false],
    ['a push of figures', push({ scope: 'session' }), true],
    ['a PNG', result({ frame: 1, screen: PNG }), false],
    ['a PNG among others, deep inside', result({ results: [{ run: 0 }, { run: 1, screen: PNG }] }), false],
    ['a raw picture', result({ frame: 1, screen: RAW }), true],
    ['an observed PNG', ack(PNG), false],
    ['an observed raw picture', ack(RAW), true],
    ['an event', { type: 'event', name: 'x', data: {} } as const, true],
  ])('that is large is deflated unless it is compressed already: %s', (_, message, worth) => {
    expect(isWorthDeflating(message, FROM, FROM)).toBe(worth);
  });

  it('is never deflated where it is not spoken', () => {
    expect(isWorthDeflating(result('x'), Number.MAX_SAFE_INTEGER, Infinity)).toBe(false);
    expect(isWorthDeflating(ack(), Number.MAX_SAFE_INTEGER, Infinity)).toBe(false);
  });
});
