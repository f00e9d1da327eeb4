import { describe, expect, it } from 'vitest';
import { Guest } from '../../../../server/access/guest.ts';
import type { Identity } from '../../../../server/access/identity.ts';

function guest(expiresAtMs?: number) {
  const clock = { now: 0 };
  const until = (atMs: number | undefined): Identity => ({ name: 'ann', role: 'play', expiresAtMs: atMs });
  const who = new Guest(undefined, () => clock.now);
  who.admitted(until(expiresAtMs), true);
  return { clock, who, until };
}

describe('a guest', () => {
  it('whose token counts for ever is always fine', () => {
    const { clock, who } = guest();
    clock.now = Number.MAX_SAFE_INTEGER;
    expect(who.standing()).toEqual({ kind: 'fine' });
  });

  it('is told a minute before its token expires, once', () => {
    const { clock, who } = guest(100_000);
    clock.now = 39_999;
    expect(who.standing()).toEqual({ kind: 'fine' });
    clock.now = 41_000;
    expect(who.standing()).toEqual({ kind: 'expiring', inMs: 59_000 });
    clock.now = 50_000;
    expect(who.standing()).toEqual({ kind: 'fine' });
    clock.now = 100_000;
    expect(who.standing()).toEqual({ kind: 'expired' });
  });

  it('that presents another token is told anew', () => {
    const { clock, who, until } = guest(100_000);
    clock.now = 50_000;
    expect(who.standing()).toEqual({ kind: 'expiring', inMs: 50_000 });
    who.renewed(until(200_000));
    clock.now = 100_000;
    expect(who.standing()).toEqual({ kind: 'fine' });
    clock.now = 190_000;
    expect(who.standing()).toEqual({ kind: 'expiring', inMs: 10_000 });
  });
});
