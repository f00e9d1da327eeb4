import { execFile } from 'node:child_process';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type CertificateFiles, certificateFiles } from '../support/certificates.ts';
import { type DataDirectory, dataDirectory } from '../support/data-directory.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { TestTokens } from '../support/tokens.ts';

let folder: DataDirectory;
let files: CertificateFiles;
let tokens: TestTokens<'bob'>;
beforeAll(async () => {
  folder = dataDirectory();
  files = await certificateFiles(folder.path);
  tokens = new TestTokens(folder.path, ['bob']);
});
afterAll(() => folder.remove());

function start(settings: { handshakeTimeoutMs?: number } = {}): Promise<TestGateway> {
  const { tlsCert, tlsKey } = files;
  return startGateway({
    driver: 'noop',
    compatPort: 0,
    compatCount: 1,
    tokensFile: tokens.file(tokens.entry('bob')),
    tlsCert,
    tlsKey,
    ...settings,
  });
}

/** The status that a client gets which trusts this certificate only. */
function get(port: number | undefined, path: string, token?: string): Promise<number | undefined> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const options = { host: 'localhost', port, path, headers, ca: files.ca, agent: false };
    request(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

it('serves https on every port, with the same rules', async () => {
  await using gateway = await start();
  const [compat] = gateway.compatPorts;
  expect(await get(gateway.port, '/livez')).toBe(200);
  expect([
    await get(gateway.port, '/metrics'),
    await get(gateway.port, '/metrics', tokens.of('bob')),
  ]).toEqual([401, 200]);
  expect([await get(compat, '/health'), await get(compat, '/health', tokens.of('bob'))]).toEqual([401, 200]);
});

it('serves nothing without TLS', async () => {
  await using gateway = await start();
  await expect(fetch(`http://127.0.0.1:${gateway.port}/livez`)).rejects.toThrow();
  await expect(fetch(`http://127.0.0.1:${gateway.compatPorts[0]}/health`)).rejects.toThrow();
});

it('is spoken by the SDK and by the commands, which are told of the certificate by NODE_EXTRA_CA_CERTS', async () => {
  await using gateway = await start();
  const main = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));
  const send = (env: NodeJS.ProcessEnv) =>
    new Promise<string>((resolve) => {
      const args = [main, 'send', 'A B', '--url', `wss://localhost:${gateway.port}`];
      const given = { ...process.env, JOYWIRE_TOKEN: tokens.of('bob'), ...env };
      execFile(process.execPath, args, { env: given }, (_error, stdout, stderr) => resolve(stdout + stderr));
    });
  const [trusting, wary] = await Promise.all([send({ NODE_EXTRA_CA_CERTS: files.tlsCert }), send({})]);
  expect(trusting).toContain('executed');
  expect(wary).toMatch(/self-signed certificate/i);
});

it('refuses an upgrade as it does without TLS', async () => {
  await using gateway = await start();
  const headers = { authorization: 'Bearer wrong' };
  const socket = new WebSocket(`wss://localhost:${gateway.port}/v1`, { ca: files.ca, headers });
  const error = await new Promise<Error>((resolve) => socket.on('error', resolve));
  expect(error.message).toContain('401');
});

it('cuts who opens a connection and does not get on with the handshake', async () => {
  await using gateway = await start({ handshakeTimeoutMs: 100 });
  const socket = connectTcp(gateway.port, '127.0.0.1');
  await new Promise<void>((resolve) => socket.on('close', () => resolve()).on('error', () => undefined));
  expect(await get(gateway.port, '/livez')).toBe(200);
});
