import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { accessPolicy } from '../../../../server/http/access.ts';
import { authenticator } from '../../../support/guarded.ts';
import { negotiate, refuseUpgrade, unavailable } from '../../../../server/http/upgrade.ts';

const settings = { host: '127.0.0.1', allowedHosts: [], allowedOrigins: [] };
const open = accessPolicy(settings, authenticator());
const guarded = accessPolicy(settings, authenticator('s3cret'));

/** The encoding, or status and code of the refusal. */
async function outcome(
  url: string | undefined,
  headers: Record<string, string> = {},
  policy = open,
): Promise<string> {
  const result = await negotiate({ url, headers: { host: 'localhost:8080', ...headers } }, policy);
  return result.ok ? result.encoding : `${result.problem.status} ${result.problem.code}`;
}

describe('the path', () => {
  it.each([
    ['/v1', 'msgpack'],
    ['/v1?token=x', 'msgpack'],
    ['/v1/', '404 not_found'],
    ['/', '404 not_found'],
    ['/v2', '404 not_found'],
    ['/V1', '404 not_found'],
    ['//v1', '404 not_found'],
    ['http://localhost:8080/v1', '404 not_found'],
    ['', '404 not_found'],
    [undefined, '404 not_found'],
  ])('%s: %s', async (url, expected) => {
    expect(await outcome(url)).toBe(expected);
  });
});

describe('the subprotocol', () => {
  it.each([
    [undefined, 'msgpack'],
    ['joywire.v1.msgpack', 'msgpack'],
    ['joywire.v1.json', 'json'],
    ['joywire.v1.json, joywire.v1.msgpack', 'msgpack'],
    ['mqtt,joywire.v1.json', 'json'],
    ['joywire.v9.json', '400 unknown_subprotocol'],
    ['JOYWIRE.V1.JSON', '400 unknown_subprotocol'],
    ['', '400 unknown_subprotocol'],
  ])('%s: %s', async (offer, expected) => {
    expect(await outcome('/v1', offer === undefined ? {} : { 'sec-websocket-protocol': offer })).toBe(
      expected,
    );
  });

  it('is named where it would have been right', async () => {
    const headers = { host: 'localhost', 'sec-websocket-protocol': 'mqtt' };
    expect(await negotiate({ url: '/v1', headers }, open)).toMatchObject({
      problem: { allowed: 'joywire.v1.msgpack, joywire.v1.json, or none' },
    });
  });
});

describe('the door', () => {
  it.each([
    ['a page elsewhere', { origin: 'https://evil.example' }, '403 origin_not_allowed'],
    ['a rebound name', { host: 'evil.example' }, '403 host_not_allowed'],
    ['a wrong token', { authorization: 'Bearer no' }, '401 unauthorized'],
  ])('%s is refused', async (_what, headers, expected) => {
    expect(await outcome('/v1', headers, guarded)).toBe(expected);
    expect(await outcome('/nothing', headers, guarded)).toBe(expected);
  });

  it.each([
    ['no token yet: hello may bring it', {}, guarded, undefined],
    ['the token in a header', { authorization: 'Bearer s3cret' }, guarded, 'token'],
    ['no token wanted', {}, open, 'local'],
  ])('%s', async (_what, headers, policy, name) => {
    const result = await negotiate({ url: '/v1', headers: { host: 'localhost', ...headers } }, policy);
    expect(result).toMatchObject({ ok: true, encoding: 'msgpack' });
    expect(result.ok && result.identity?.name).toBe(name);
  });
});

describe('a refusal', () => {
  it('is a whole HTTP response, after which the socket is closed', async () => {
    const stream = new PassThrough();
    refuseUpgrade(stream, unavailable('the gateway is stopping'));
    const [head = '', body = ''] = (await text(stream)).split('\r\n\r\n');
    expect(head.split('\r\n')).toEqual([
      'HTTP/1.1 503 Service Unavailable',
      'Retry-After: 1',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ]);
    expect(JSON.parse(body)).toEqual({ error: { code: 'unavailable', message: 'the gateway is stopping' } });
    expect(stream.destroyed).toBe(true);
  });

  it('does not mind that the client is gone', () => {
    const stream = new PassThrough();
    refuseUpgrade(stream, unavailable('full'));
    expect(() => stream.emit('error', new Error('ECONNRESET'))).not.toThrow();
    expect(stream.destroyed).toBe(true);
  });
});
