import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys = async () =>
  JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }] });
const sign = (claims: Record<string, unknown> = {}, kid = 'k1') =>
  new SignJWT({ sub: 'carol', joywire_role: 'play', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setExpirationTime('1h')
    .sign(privateKey);

/** What the issuer does when it is asked for its keys. */
let onAsked: () => Promise<{ readonly status: number; readonly body: string }>;
let issuer: Server;
let jwksUrl: string;

beforeEach(async () => {
  onAsked = async () => ({ status: 200, body: await keys() });
  issuer = createServer((_request, response) => {
    void onAsked().then(({ status, body }) => response.writeHead(status).end(body));
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  const address = issuer.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  jwksUrl = `http://127.0.0.1:${address.port}/keys`;
});
afterEach(() => issuer.close());

async function refusal(url: string, token: string) {
  const client = await RawClient.open(url);
  client.send({ type: 'hello', hello: { token } });
  const { code } = await client.end();
  return { close: code, error: client.all('error')[0]?.error };
}

it('takes tokens that are signed with a key of the issuer', async () => {
  await using gateway = await startGateway({ driver: 'noop', jwksUrl });
  const client = await RawClient.hello(gateway.url, { token: await sign() });
  expect(client.welcome.emulator).not.toBeNull();
  // Some issuers have but one name for it.
  await RawClient.hello(gateway.url, { token: await sign({ joywire_role: undefined, role: 'play' }) });
  expect(await refusal(gateway.url, await sign({}, 'k2'))).toMatchObject({
    close: 4501,
    error: { code: 'unauthorized', message: 'the token is signed with an unknown key' },
  });
});

it('asks to come again when the issuer cannot be reached: the token may be right', async () => {
  onAsked = async () => ({ status: 500, body: 'out of order' });
  await using gateway = await startGateway({ driver: 'noop', jwksUrl });
  const token = await sign();
  expect(await refusal(gateway.url, token)).toMatchObject({
    close: 1013,
    error: { code: 'keys_unavailable', retryable: true },
  });
  const headers = { authorization: `Bearer ${token}` };
  const metrics = await fetch(`http://127.0.0.1:${gateway.port}/metrics`, { headers });
  expect([metrics.status, metrics.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await metrics.json()).toMatchObject({ error: { code: 'keys_unavailable' } });
  const alive = await fetch(`http://127.0.0.1:${gateway.port}/livez`, { headers });
  expect(alive.status).toBe(200);
});

it('outlives a client that breaks off while its token is looked at', async () => {
  let answer: (() => void) | undefined;
  const asked = new Promise<void>((resolve) => {
    onAsked = () =>
      new Promise((answered) => {
        answer = () => answered({ status: 200, body: '{"keys":[]}' });
        resolve();
      });
  });
  await using gateway = await startGateway({ driver: 'noop', jwksUrl });
  const broken: unknown[] = [];
  // As a process without a test runner would end by it.
  const note = (error: unknown) => broken.push(error);
  process.on('uncaughtExceptionMonitor', note);
  onTestFinished(() => void process.off('uncaughtExceptionMonitor', note));
  const socket = connectTcp(gateway.port, '127.0.0.1');
  const lines = [
    'GET /v1 HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Authorization: Bearer ${await sign()}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  await asked;
  socket.resetAndDestroy();
  // Whoever comes after it is answered after it.
  for (let n = 0; n < 3; n += 1) {
    expect((await fetch(`http://127.0.0.1:${gateway.port}/livez`)).status).toBe(200);
  }
  answer?.();
  expect((await fetch(`http://127.0.0.1:${gateway.port}/livez`)).status).toBe(200);
  expect(broken).toEqual([]);
});
