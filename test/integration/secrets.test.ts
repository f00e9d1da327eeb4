import { createHmac, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { hashToken, newToken } from '../../server/access/token-file.ts';
import { makeConfig } from '../../server/config.ts';
import { createGateway } from '../../server/gateway.ts';
import { createLog } from '../../server/log.ts';
import type { Hello } from '../../shared/protocol.ts';
import { type DataDirectory, dataDirectory } from '../support/data-directory.ts';
import { RawClient } from '../support/raw-client.ts';
import { TestTokens } from '../support/tokens.ts';

let folder: DataDirectory;
beforeAll(() => {
  folder = dataDirectory();
});
afterAll(() => folder.remove());

/** A gateway with every kind of token, and all that it logs. */
async function start() {
  const tokens = new TestTokens(folder.path, ['ann', 'bob', 'eve', 'late']);
  const key = randomBytes(32);
  const jwtKey = join(folder.path, 'jwt.key');
  writeFileSync(jwtKey, key);
  const own = newToken();
  const tokensFile = tokens.file(
    tokens.entry('ann', { role: 'admin' }),
    tokens.entry('bob', { limits: { sessions: 1, connections: 2 } }),
    tokens.entry('eve', { role: 'watch' }),
    tokens.entry('late', { expires: '2001-01-01T00:00:00Z' }),
  );
  const lines: string[] = [];
  const config = makeConfig({
    port: 0,
    driver: 'noop',
    emulators: 4,
    journal: false,
    compatPort: 0,
    compatCount: 1,
    token: own,
    tokensFile,
    jwtKey,
    logLevel: 'debug',
  });
  const log = createLog({ level: 'debug', format: 'json', write: (line) => lines.push(line) });
  const gateway = await createGateway(config, { log });
  const { port, compatPorts } = await gateway.listen();
  const sign = (claims: Record<string, unknown>, seconds = 3600) =>
    new SignJWT({ sub: 'carol', joywire_role: 'play', ...claims })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
      .sign(key);
  return { gateway, port, compatPort: compatPorts[0], tokens, tokensFile, own, key, sign, lines };
}

it('no token, right or wrong, no hash and no secret is in the log, whatever is refused', async () => {
  const { gateway, port, compatPort, tokens, tokensFile, own, key, sign, lines } = await start();
  const url = `ws://127.0.0.1:${port}`;
  const wrong = newToken();
  const presented = new Set<string>();
  const codes: (string | number | undefined)[] = [];

  const hello = async (token: string, more: Hello = {}) => {
    presented.add(token);
    const client = await RawClient.open(url, 'json');
    client.send({ type: 'hello', hello: { token, ...more } });
    await client.until(() => client.received.length > 0 || client.closed !== undefined, 'an answer', true);
    codes.push(client.all('error')[0]?.error.code ?? 'welcome');
    return client;
  };
  const http = async (at: number | undefined, path: string, token: string, method = 'GET') => {
    presented.add(token);
    const headers = { authorization: `Bearer ${token}` };
    codes.push((await fetch(`http://127.0.0.1:${at}${path}`, { headers, method })).status);
  };
  const upgrade = async (token: string) => {
    presented.add(token);
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(`${url}/v1?token=${token}`, { headers });
    codes.push(await new Promise<string>((resolve) => socket.on('error', ({ message }) => resolve(message))));
  };

  // Hello: unknown, expired, of another role, too many.
  for (const token of [wrong, tokens.of('late'), tokens.of('eve')]) await hello(token);
  const player = await hello(tokens.of('bob'));
  await hello(tokens.of('bob'));
  const watcher = await hello(tokens.of('bob'), { role: 'watch' });
  await hello(tokens.of('bob'), { role: 'watch' });
  expect(codes.splice(0)).toEqual([
    'unauthorized',
    'unauthorized',
    'forbidden',
    'welcome',
    'too_many',
    'welcome',
    'too_many',
  ]);

  // Signed tokens: of another key, expired, of no role, of another algorithm, unreadable.
  const signed = await sign({});
  const jwts = [
    `${signed.slice(0, signed.lastIndexOf('.'))}.${createHmac('sha256', 'x').digest('base64url')}`,
    await sign({}, -60),
    await sign({ joywire_role: 'king' }),
    'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.x',
    'a.b.c',
  ];
  for (const token of jwts) await hello(token);
  expect(codes.splice(0)).toEqual(jwts.map(() => 'unauthorized'));

  // HTTP, upgrades, the compatibility port.
  for (const token of [wrong, tokens.of('late'), ...jwts]) {
    await http(port, '/metrics', token);
    await http(compatPort, '/health', token);
    await upgrade(token);
  }
  const answers = new Set(codes.splice(0));
  expect([...answers]).toEqual([401, 'Unexpected server response: 401']);
  await http(port, '/sessions', tokens.of('bob'));
  await http(port, `/sessions/${player.welcome.session}`, tokens.of('bob'), 'DELETE');
  await http(compatPort, '/health', tokens.of('eve'));
  expect(codes.splice(0)).toEqual([403, 403, 403]);

  // Calls: another token that is wrong, and what only admins may.
  for (const [index, token] of [wrong, own, ...jwts].entries()) {
    presented.add(token);
    player.send({ type: 'call', id: index + 1, method: 'authenticate', params: { token } });
    await player.next('error', index);
  }
  for (const method of ['sessions', 'kick', 'release']) {
    watcher.send({ type: 'call', id: 9, method, params: { session: player.welcome.session } });
  }
  await watcher.next('error', 2);
  expect(player.all('error').map(({ error }) => error.code)).toEqual(Array(7).fill('unauthorized'));
  expect(watcher.all('error').map(({ error }) => error.code)).toEqual(Array(3).fill('forbidden'));

  // A secret that is wrong for its session, and a token file that somebody has spoilt with a token.
  const stolen = randomBytes(16).toString('base64url');
  const resume = { session: player.welcome.session, secret: stolen, received: 0 };
  await hello(own, { resume });
  expect(codes.splice(0)).toEqual(['resume_refused']);
  writeFileSync(tokensFile, wrong);
  const log = () => lines.join('');
  await expect
    .poll(() => http(port, '/metrics', wrong).then(log), { timeout: 10_000, interval: 200 })
    .toContain('the token file cannot be read');

  await gateway.close();
  const logged = log();
  expect(lines.length).toBeGreaterThan(30);
  const secrets = [
    ...presented,
    stolen,
    player.welcome.secret,
    key.toString('utf8'),
    key.toString('base64url'),
  ];
  for (const secret of secrets) {
    if (secret === 'a.b.c') continue;
    expect(logged).not.toContain(secret);
    expect(logged).not.toContain(hashToken(secret).toString('hex'));
  }
});
