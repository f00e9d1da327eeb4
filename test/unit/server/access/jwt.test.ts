import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenSource } from '../../../../server/access/authenticator.ts';
import { jwtSource } from '../../../../server/access/jwt.ts';
import { type DataDirectory, dataDirectory } from '../../../support/data-directory.ts';

const secret = randomBytes(32);
let folder: DataDirectory;
let source: TokenSource | undefined;
beforeAll(async () => {
  folder = dataDirectory();
  const jwtKey = join(folder.path, 'secret');
  writeFileSync(jwtKey, secret);
  source = await jwtSource({ jwtKey });
});
afterAll(() => folder.remove());

const NOW_S = Math.floor(Date.now() / 1000);
const RIGHT = { sub: 'carol', exp: NOW_S + 3600, joywire_role: 'play' };

async function identify(claims: Record<string, unknown>) {
  const token = await new SignJWT({ ...RIGHT, ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(secret);
  return { token, verdict: await source?.identify(token) };
}

describe('a signed token', () => {
  it('says who it is, what it may, and until when', async () => {
    const limits = { sessions: 2, inputsPerSecond: 60 };
    const { verdict } = await identify({ joywire_role: 'admin', joywire_limits: limits });
    const expiresAtMs = (RIGHT.exp + 5) * 1000;
    expect(verdict).toEqual({ ok: true, identity: { name: 'carol', role: 'admin', limits, expiresAtMs } });
  });

  it('may say its role in the claim role, which does not overrule joywire_role', async () => {
    expect((await identify({ joywire_role: undefined, role: 'watch' })).verdict).toMatchObject({
      identity: { role: 'watch' },
    });
    expect((await identify({ joywire_role: 'watch', role: 'admin' })).verdict).toMatchObject({
      identity: { role: 'watch' },
    });
  });

  it.each([
    ['sub', { sub: undefined }, 'claim sub is missing'],
    ['sub', { sub: '' }, 'claim sub is missing or wrong'],
    ['exp', { exp: undefined }, 'claim exp is missing'],
    ['nbf', { nbf: NOW_S + 600 }, 'claim nbf is missing or wrong'],
    [
      'role',
      { joywire_role: undefined },
      'claim joywire_role is missing or wrong; allowed: watch, play, admin',
    ],
    [
      'role',
      { joywire_role: undefined, role: 'king' },
      'claim role is missing or wrong; allowed: watch, play, admin',
    ],
    ['role', { joywire_role: 'king', role: 'play' }, 'claim joywire_role is missing or wrong; allowed'],
    ['limits', { joywire_limits: { sessions: -1 } }, 'claim joywire_limits.sessions is missing or wrong'],
    ['limits', { joywire_limits: { frames: 1 } }, 'claim joywire_limits is missing or wrong'],
    ['time', { exp: NOW_S - 60 }, 'has expired'],
  ])(
    'whose %s is wrong is refused with what is wrong, and nothing of the token',
    async (_what, claims, why) => {
      const { token, verdict } = await identify(claims);
      if (verdict === undefined || verdict.ok) throw new Error('it was taken');
      expect(verdict.message).toContain(why);
      expect(verdict.temporary).toBeUndefined();
      for (const part of [...token.split('.'), 'king', 'carol']) expect(verdict.message).not.toContain(part);
    },
  );

  it('that is none is another one’s to know', async () => {
    for (const text of ['', 'plain', 'a.b', 'a.b.c.d', 'a b.c.d']) {
      expect(await source?.identify(text)).toBeUndefined();
    }
    expect(await source?.identify('a.b.c')).toEqual({ ok: false, message: 'the token cannot be read' });
  });
});
