import { describe, expect, it } from 'vitest';
import { Authenticator, type TokenSource, type Verdict } from '../../../../server/access/authenticator.ts';
import { LOCAL } from '../../../../server/access/identity.ts';

const known = (token: string, verdict: Verdict): TokenSource => ({
  identify: async (presented) => (presented === token ? verdict : undefined),
});
const ann = { name: 'ann', role: 'play' } as const;

describe('an authenticator', () => {
  it('that knows no tokens wants none, and takes everybody for the local user', async () => {
    const open = new Authenticator([], () => 0);
    expect(open.needed).toBe(false);
    for (const token of [undefined, 'any'])
      expect(await open.identify(token)).toEqual({ ok: true, identity: LOCAL });
  });

  it('asks every way of knowing tokens, and takes the first answer', async () => {
    const bob = { name: 'bob', role: 'watch' } as const;
    const refusal = { ok: false, message: 'no' } as const;
    const all = new Authenticator(
      [
        known('a', { ok: true, identity: ann }),
        known('x', refusal),
        known('x', { ok: true, identity: bob }),
        known('b', { ok: true, identity: bob }),
      ],
      () => 0,
    );
    expect(await all.identify('a')).toEqual({ ok: true, identity: ann });
    expect(await all.identify('b')).toEqual({ ok: true, identity: bob });
    expect(await all.identify('x')).toBe(refusal);
    for (const token of [undefined, '', 'c']) {
      expect(await all.identify(token)).toEqual({ ok: false, message: 'the token is missing or wrong' });
    }
  });

  it('refuses a token from the moment on at which it expires', async () => {
    let nowMs = 999;
    const source = known('a', { ok: true, identity: { ...ann, expiresAtMs: 1000 } });
    const timed = new Authenticator([source], () => nowMs);
    expect(await timed.identify('a')).toMatchObject({ ok: true });
    nowMs = 1000;
    expect(await timed.identify('a')).toEqual({ ok: false, message: 'the token has expired' });
  });
});
