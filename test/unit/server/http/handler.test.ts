import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { accessPolicy } from '../../../../server/http/access.ts';
import { authenticator } from '../../../support/guarded.ts';
import { Crowd } from '../../../../server/http/crowd.ts';
import { createHttpHandler, type HttpDeps } from '../../../../server/http/handler.ts';
import { PAGE_POLICY, type PageFiles } from '../../../../server/http/page.ts';

const PAGE: PageFiles = new Map([
  ['/', { type: 'text/html; charset=utf-8', body: Buffer.from('<!doctype html>'), immutable: false }],
  ['/assets/a-1.js', { type: 'text/javascript; charset=utf-8', body: Buffer.from('go()'), immutable: true }],
]);

const settings = { host: '127.0.0.1', allowedHosts: [], allowedOrigins: [] };

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

/** A server with the handler, on a port of its own. */
async function serve(deps: Partial<HttpDeps> = {}) {
  const errors: unknown[] = [];
  const handler = createHttpHandler({
    policy: accessPolicy(settings, authenticator()),
    crowd: new Crowd(100),
    ready: () => true,
    metrics: () => Promise.resolve('joywire_inputs_total 3\n'),
    emulators: () => [{ id: 'embedded-1', state: 'free' }],
    sessions: () => [],
    endSession: () => false,
    roms: () => Promise.resolve([{ name: 'a.gb', hash: 'ff', title: 'A' }]),
    page: PAGE,
    mcp: undefined,
    onError: (error) => errors.push(error),
    ...deps,
  });
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const get = (path: string, { method = 'GET', headers = {} }: Asked = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const sent = request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (response) => {
        text(response).then(
          (body) => resolve({ status: response.statusCode, headers: response.headers, body }),
          reject,
        );
      });
      sent.on('error', reject);
      sent.end();
    });
  return { port, get, errors };
}

function errorOf({ body }: Answer): unknown {
  const parsed: unknown = JSON.parse(body);
  return parsed;
}

describe('the AsyncAPI document', () => {
  it.each([
    ['127.0.0.1:4321', {}, { host: '127.0.0.1:4321', protocol: 'ws' }],
    ['localhost', {}, { host: 'localhost', protocol: 'ws' }],
    ['[::1]:9', {}, { host: '[::1]:9', protocol: 'ws' }],
    ['localhost', { 'x-forwarded-proto': 'https, http' }, { host: 'localhost', protocol: 'wss' }],
    ['localhost', { 'x-forwarded-proto': 'http' }, { host: 'localhost', protocol: 'ws' }],
  ])('names the address that it was asked at: %s with %j', async (host, headers, gateway) => {
    const { get } = await serve();
    const answer = await get('/asyncapi.json', { headers: { host, ...headers } });
    expect(errorOf(answer)).toMatchObject({ servers: { gateway } });
  });
});

describe('health', () => {
  it('/livez is ok while the process lives', async () => {
    const { get } = await serve({ ready: () => false });
    expect(await get('/livez')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('/readyz says whether new sessions are taken, and lets the connection go when not', async () => {
    let ready = true;
    const { get } = await serve({ ready: () => ready });
    expect(await get('/readyz')).toMatchObject({ status: 200, body: 'ok\n' });
    ready = false;
    expect(await get('/readyz')).toMatchObject({ status: 503, headers: { connection: 'close' } });
  });
});

describe('/metrics', () => {
  it('is Prometheus text', async () => {
    const { get } = await serve();
    const { headers, body } = await get('/metrics?x=1');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toBe('joywire_inputs_total 3\n');
  });

  it('answers 500 and reports it when the figures cannot be had', async () => {
    const { get, errors } = await serve({ metrics: () => Promise.reject(new Error('secret inside')) });
    const answer = await get('/metrics');
    expect(answer.status).toBe(500);
    expect(errorOf(answer)).toEqual({
      error: { code: 'internal', message: 'a fault of the gateway itself' },
    });
    expect(errors).toHaveLength(1);
  });

  it('wants the token where there is one; health and the page do not', async () => {
    const { get } = await serve({ policy: accessPolicy(settings, authenticator('s3cret')) });
    const bare = await get('/metrics');
    expect(bare).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="joywire"' } });
    expect((await get('/metrics', { headers: { authorization: 'Bearer no' } })).status).toBe(401);
    expect((await get('/metrics', { headers: { authorization: 'Bearer s3cret' } })).status).toBe(200);
    for (const path of ['/livez', '/readyz', '/']) {
      expect((await get(path)).status).toBe(200);
      expect((await get(path, { headers: { authorization: 'Bearer no' } })).status).toBe(200);
    }
  });
});

describe('the page', () => {
  it('is served as it was built, under a policy without anything unsafe', async () => {
    const { get } = await serve();
    const { headers, body } = await get('/');
    expect(body).toBe('<!doctype html>');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toBe(PAGE_POLICY);
    expect(PAGE_POLICY).not.toContain('unsafe');
  });

  it('may be kept by browsers where its names change with its content, and nowhere else', async () => {
    const { get } = await serve();
    expect((await get('/assets/a-1.js')).headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
    });
    expect((await get('/')).headers['cache-control']).toBe('no-store');
  });

  it('is not found where it was not built', async () => {
    const { get } = await serve({ page: new Map() });
    expect((await get('/')).status).toBe(404);
  });
});

describe('every answer', () => {
  it.each(['/', '/livez', '/metrics', '/nothing'])('%s has the security headers', async (path) => {
    const { get } = await serve();
    expect((await get(path)).headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  });

  it('to HEAD is that to GET without the body', async () => {
    const { get } = await serve();
    for (const path of ['/', '/metrics', '/livez', '/nothing']) {
      const got = await get(path);
      const head = await get(path, { method: 'HEAD' });
      expect(head).toMatchObject({ status: got.status, body: '' });
      expect(head.headers['content-length']).toBe(got.headers['content-length']);
    }
  });
});

describe('a wrong request', () => {
  it.each<[path: string, asked: Asked, status: number, code: string, allowed: string]>([
    ['/nothing', {}, 404, 'not_found', '/livez'],
    ['/livez/', {}, 404, 'not_found', '/livez'],
    ['/..%2f', {}, 404, 'not_found', '/livez'],
    ['/livez', { method: 'POST' }, 405, 'method_not_allowed', 'GET, HEAD'],
    ['/', { method: 'DELETE' }, 405, 'method_not_allowed', 'GET, HEAD'],
    ['/v1', {}, 426, 'upgrade_required', 'a WebSocket handshake'],
  ])('%s %j gets %i %s', async (path, asked, status, code, allowed) => {
    const { get } = await serve();
    const answer = await get(path, asked);
    expect(answer.status).toBe(status);
    expect(errorOf(answer)).toEqual({
      error: { code, message: expect.any(String), allowed: expect.stringContaining(allowed) },
    });
  });

  it('names the methods in Allow', async () => {
    const { get } = await serve();
    expect((await get('/', { method: 'PUT' })).headers.allow).toBe('GET, HEAD');
  });

  it.each<[headers: Record<string, string>, status: number, code: string]>([
    [{ host: 'evil.example' }, 403, 'host_not_allowed'],
    [{ origin: 'https://evil.example' }, 403, 'origin_not_allowed'],
    [{ origin: 'null' }, 403, 'origin_not_allowed'],
  ])('with %j is refused on every route, health too', async (headers, status, code) => {
    const { get } = await serve();
    for (const path of ['/', '/livez', '/metrics', '/nothing', '/v1']) {
      const answer = await get(path, { headers });
      expect(answer.status).toBe(status);
      expect(errorOf(answer)).toMatchObject({ error: { code } });
    }
  });

  it('in absolute form, whose host would be another than the header’s, is not found', async () => {
    const { port } = await serve();
    const socket = connect(port, '127.0.0.1');
    socket.end('GET http://evil.example/livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 404 /);
  });
});
