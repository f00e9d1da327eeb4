import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { connect, type ConnectOptions } from '../../client/index.ts';
import { hashToken, newToken, type TokenEntry, writeTokenFile } from '../../server/access/token-file.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'joywire-auth-'));
afterAll(() => rmSync(folder, { recursive: true }));
const NOOP = { driver: 'noop', emulators: 4 } as const;

const tokens = { ann: newToken(), bob: newToken(), eve: newToken(), late: newToken() };
const entry = (name: keyof typeof tokens, more: Partial<TokenEntry> = {}): TokenEntry => ({
  name,
  role: 'play',
  sha256: hashToken(tokens[name]).toString('hex'),
  ...more,
});

function tokensFile(entries: readonly TokenEntry[], name = 'tokens.json'): string {
  const path = join(folder, name);
  writeTokenFile(path, entries);
  return path;
}

function guarded(): Promise<TestGateway> {
  return startGateway({
    ...NOOP,
    tokensFile: tokensFile([
      entry('ann', { role: 'admin' }),
      entry('bob', { limits: { sessions: 1, connections: 2 } }),
      entry('eve', { role: 'watch' }),
      entry('late', { expires: '2001-01-01T00:00:00Z' }),
    ]),
  });
}

/** The code of the refusal, or `welcome`. */
async function hello(gateway: TestGateway, options: ConnectOptions): Promise<string> {
  try {
    await using _ = await connect(gateway.url, { ...options, reconnect: false });
    return 'welcome';
  } catch (error) {
    return `${error instanceof Error && 'code' in error ? String(error.code) : ''}: ${String(error)}`;
  }
}

async function status(gateway: TestGateway, path: string, token?: string): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return (await fetch(`http://127.0.0.1:${gateway.port}${path}`, { headers })).status;
}

describe('tokens with roles', () => {
  it('let in who is known, and say what the role does not allow', async () => {
    await using gateway = await guarded();
    expect(await hello(gateway, { token: tokens.bob })).toBe('welcome');
    expect(await hello(gateway, { token: tokens.eve, role: 'watch' })).toBe('welcome');
    expect(await hello(gateway, { token: tokens.eve })).toMatch(/^forbidden: .*the token allows to watch/);
    expect(await hello(gateway, { token: 'wrong' })).toMatch(/^unauthorized: .*missing or wrong/);
    expect(await hello(gateway, {})).toMatch(/^unauthorized/);
    expect(await hello(gateway, { token: tokens.late })).toMatch(/^unauthorized: .*has expired/);
  });

  it('are in no log, right or wrong', async () => {
    await using gateway = await guarded();
    const wrong = newToken();
    for (const token of [...Object.values(tokens), wrong]) {
      await hello(gateway, { token });
      await status(gateway, '/metrics', token);
    }
    expect(gateway.logged.length).toBeGreaterThan(5);
    const log = gateway.logged.join('\n');
    for (const token of [...Object.values(tokens), wrong]) {
      expect(log).not.toContain(token);
      expect(log).not.toContain(hashToken(token).toString('hex'));
    }
  });

  it('hold for HTTP as well', async () => {
    await using gateway = await guarded();
    const statuses = async (path: string) => [
      await status(gateway, path),
      await status(gateway, path, 'wrong'),
      await status(gateway, path, tokens.eve),
      await status(gateway, path, tokens.ann),
    ];
    expect(await statuses('/livez')).toEqual([200, 200, 200, 200]);
    expect(await statuses('/metrics')).toEqual([401, 401, 200, 200]);
    expect(await statuses('/emulators')).toEqual([401, 401, 200, 200]);
    expect(await statuses('/sessions')).toEqual([401, 401, 403, 200]);
  });

  it('hold for the compatibility ports', async () => {
    await using gateway = await startGateway({
      ...NOOP,
      compatPort: 0,
      compatCount: 1,
      tokensFile: tokensFile([entry('bob'), entry('eve', { role: 'watch' })], 'compat.json'),
    });
    const ask = async (token: string) => {
      const url = `http://127.0.0.1:${gateway.compatPorts[0]}/health`;
      return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;
    };
    expect([await ask('wrong'), await ask(tokens.eve), await ask(tokens.bob)]).toEqual([401, 403, 200]);
  });

  it('bound sessions and connections of a token', async () => {
    await using gateway = await guarded();
    await using first = await connect(gateway.url, { token: tokens.bob });
    expect(await hello(gateway, { token: tokens.bob })).toMatch(/^too_many: .*1 sessions/);
    await using second = await connect(gateway.url, { token: tokens.bob, role: 'watch' });
    expect(await hello(gateway, { token: tokens.bob, role: 'watch' })).toMatch(/^too_many: .*2 connections/);
    expect(first.state.status).toBe('open');
    expect(second.state.status).toBe('open');
  });

  it('are taken back while the gateway runs', async () => {
    await using gateway = await guarded();
    expect(await hello(gateway, { token: tokens.bob })).toBe('welcome');
    const path = tokensFile([entry('ann', { role: 'admin' })]);
    utimesSync(path, new Date(), new Date(Date.now() + 5000));
    await expect
      .poll(() => hello(gateway, { token: tokens.bob }), { timeout: 10_000, interval: 200 })
      .toMatch(/^unauthorized/);
    expect(await hello(gateway, { token: tokens.ann })).toBe('welcome');
  });

  it('let admins list, kick and release sessions, and nobody else', async () => {
    await using gateway = await guarded();
    await using admin = await connect(gateway.url, { token: tokens.ann, role: 'watch' });
    const player = await RawClient.hello(gateway.url, {
      token: tokens.bob,
      resumeMs: 60_000,
      label: 'run 1',
    });
    const { session, secret } = player.welcome;
    expect(await admin.sessions()).toEqual([
      expect.objectContaining({ session, owner: 'bob', label: 'run 1', connected: true }),
    ]);
    await using watcher = await connect(gateway.url, { token: tokens.eve, role: 'watch' });
    await expect(watcher.sessions()).rejects.toMatchObject({ code: 'forbidden' });
    await expect(watcher.kick(session)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(admin.kick('nobody')).rejects.toMatchObject({ code: 'unknown_session' });

    await admin.kick(session);
    expect(await player.end()).toMatchObject({ code: 4505 });
    expect(await admin.sessions()).toEqual([expect.objectContaining({ session, connected: false })]);
    const back = await RawClient.hello(gateway.url, {
      token: tokens.bob,
      resume: { session, secret, received: 0 },
    });
    expect(back.welcome.resumed).toBe(true);
    await admin.release(session);
    expect(await back.end()).toMatchObject({ code: 4505 });
    await expect.poll(() => admin.sessions()).toEqual([]);
  });
});

describe('signed tokens', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwtKey = join(folder, 'key.pem');
  writeFileSync(jwtKey, publicKey.export({ type: 'spki', format: 'pem' }));
  const settings = { ...NOOP, jwtKey, jwtIssuer: 'https://issuer.example', jwtAudience: 'joywire' };

  const sign = (claims: Record<string, unknown>, seconds = 3600, key = privateKey, algorithm = 'ES256') =>
    new SignJWT({
      sub: 'carol',
      iss: 'https://issuer.example',
      aud: 'joywire',
      joywire_role: 'play',
      ...claims,
    })
      .setProtectedHeader({ alg: algorithm })
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
      .sign(key);

  const unlimited = () =>
    new SignJWT({ sub: 'carol', iss: 'https://issuer.example', aud: 'joywire', joywire_role: 'play' })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(privateKey);

  it('are taken from the issuer, and refused for what is wrong with them', async () => {
    await using gateway = await startGateway(settings);
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const cases: readonly [token: Promise<string>, expected: RegExp][] = [
      [sign({}), /^welcome$/],
      [sign({ iss: 'https://other.example' }), /^unauthorized: .*claim iss/],
      [sign({ aud: 'else' }), /^unauthorized: .*claim aud/],
      [sign({}, -60), /^unauthorized: .*has expired/],
      [unlimited(), /^unauthorized: .*claim exp is missing/],
      [sign({}, 3600, other), /^unauthorized: .*signature is wrong/],
      [sign({ joywire_role: 'king' }), /^unauthorized: .*claim joywire_role .*watch, play, admin/],
      [sign({ joywire_role: 'watch' }), /^forbidden/],
      [Promise.resolve('eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.x'), /^unauthorized/],
    ];
    for (const [token, expected] of cases) {
      expect(await hello(gateway, { token: await token })).toMatch(expected);
    }
  });

  it('are renewed in the session, which goes on; a session whose token expires is closed', async () => {
    await using gateway = await startGateway({ ...settings, keepaliveMs: 400 });
    // The clocks of issuer and gateway may be 5 s apart.
    const client = await RawClient.hello(gateway.url, { token: await sign({}, -3) });
    await client.next('event');
    expect(client.received.at(-1)).toMatchObject({ type: 'event', name: 'token_expiring' });
    client.send({
      type: 'call',
      id: 1,
      method: 'authenticate',
      params: { token: await sign({ sub: 'mallory' }) },
    });
    expect(await client.next('error')).toMatchObject({ error: { code: 'unauthorized' } });
    client.send({ type: 'call', id: 2, method: 'authenticate', params: { token: await sign({}, -2) } });
    client.send({
      type: 'call',
      id: 3,
      method: 'authenticate',
      params: { token: await sign({ joywire_role: 'watch' }) },
    });
    expect(await client.next('error', 1)).toMatchObject({ callId: 3, error: { code: 'forbidden' } });
    expect(await client.next('result')).toMatchObject({ value: { name: 'carol', role: 'play' } });
    expect(await client.end()).toMatchObject({ code: 4501, reason: 'the token has expired' });
  });
});
