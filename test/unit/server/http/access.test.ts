import { describe, expect, it } from 'vitest';
import {
  type AccessRequest,
  type AccessSettings,
  accessPolicy,
  checkAccess,
} from '../../../../server/http/access.ts';
import { authenticator } from '../../../support/guarded.ts';

const LOCAL: AccessSettings = { host: '127.0.0.1', allowedHosts: [], allowedOrigins: [] };

/** `ok`, or the code of the refusal. */
async function verdict(
  request: Partial<AccessRequest>,
  settings: Partial<AccessSettings> = {},
): Promise<string> {
  const policy = accessPolicy({ ...LOCAL, ...settings }, authenticator());
  const access = await checkAccess({ host: 'localhost:8080', origin: undefined, ...request }, policy);
  return access.ok ? 'ok' : `${access.problem.status} ${access.problem.code}`;
}

const BAD_HOST = '400 invalid_host';
const NO_HOST = '403 host_not_allowed';
const NO_ORIGIN = '403 origin_not_allowed';

describe('the Host header', () => {
  it.each<[host: string | undefined, settings: Partial<AccessSettings>, expected: string]>([
    ['localhost:8080', {}, 'ok'],
    ['localhost', {}, 'ok'],
    ['LOCALHOST:8080', {}, 'ok'],
    ['localhost.:8080', {}, 'ok'],
    ['127.0.0.1:8080', {}, 'ok'],
    ['127.8.8.8', {}, 'ok'],
    ['[::1]:8080', {}, 'ok'],
    // A name that was rebound to 127.0.0.1, in all its disguises.
    ['evil.example:8080', {}, NO_HOST],
    ['evil.example.', {}, NO_HOST],
    ['localhost.evil.example', {}, NO_HOST],
    ['127.0.0.1.evil.example', {}, NO_HOST],
    ['127.0.0.1.nip.io:8080', {}, NO_HOST],
    ['0.0.0.0:8080', {}, NO_HOST],
    ['192.168.1.5', {}, NO_HOST],
    [undefined, {}, BAD_HOST],
    ['', {}, BAD_HOST],
    ['localhost@evil.example', {}, BAD_HOST],
    ['localhost, evil.example', {}, BAD_HOST],
    ['localhost/evil', {}, BAD_HOST],
    // The address it listens on.
    ['192.168.1.5:8080', { host: '192.168.1.5' }, 'ok'],
    ['192.168.1.6:8080', { host: '192.168.1.5' }, NO_HOST],
    ['games.example:80', { host: 'Games.Example' }, 'ok'],
    ['[2001:DB8::0:1]:80', { host: '2001:db8::1' }, 'ok'],
    // Bound to every address: any address of the machine, but no unknown name.
    ['10.0.0.7:8080', { host: '0.0.0.0' }, 'ok'],
    ['[2001:db8::1]', { host: '::' }, 'ok'],
    ['evil.example', { host: '0.0.0.0' }, NO_HOST],
    // Names that the operator allows.
    ['play.example', { allowedHosts: ['play.example'] }, 'ok'],
    ['PLAY.example.:9', { allowedHosts: ['play.example'] }, 'ok'],
    ['play.example:8443', { allowedHosts: ['play.example:8443'] }, 'ok'],
    ['play.example:8444', { allowedHosts: ['play.example:8443'] }, NO_HOST],
    ['play.example', { allowedHosts: ['play.example:8443'] }, NO_HOST],
    ['sub.play.example', { allowedHosts: ['play.example'] }, NO_HOST],
  ])('%s with %j: %s', async (host, settings, expected) => {
    expect(await verdict({ host }, settings)).toBe(expected);
  });
});

describe('the Origin header', () => {
  it.each<[origin: string | undefined, host: string, allowedOrigins: string[], expected: string]>([
    [undefined, 'localhost:8080', [], 'ok'],
    ['http://localhost:8080', 'localhost:8080', [], 'ok'],
    ['HTTP://LOCALHOST:8080', 'localhost:8080', [], 'ok'],
    ['http://localhost', 'localhost', [], 'ok'],
    ['http://localhost', 'localhost:80', [], 'ok'],
    ['http://localhost:80', 'localhost', [], 'ok'],
    ['http://[::1]:8080', '[::1]:8080', [], 'ok'],
    // Behind a proxy that ends TLS.
    ['https://localhost', 'localhost', [], 'ok'],
    ['https://localhost', 'localhost:443', [], 'ok'],
    ['null', 'localhost:8080', [], NO_ORIGIN],
    ['null', 'localhost:8080', ['null'], NO_ORIGIN],
    ['', 'localhost:8080', [], NO_ORIGIN],
    ['http://evil.example', 'localhost:8080', [], NO_ORIGIN],
    ['https://evil.example:8080', 'localhost:8080', [], NO_ORIGIN],
    ['http://localhost:3000', 'localhost:8080', [], NO_ORIGIN],
    ['http://localhost', 'localhost:8080', [], NO_ORIGIN],
    ['http://127.0.0.1:8080', 'localhost:8080', [], NO_ORIGIN],
    ['http://localhost:8080@evil.example', 'localhost:8080', [], NO_ORIGIN],
    ['http://user@localhost:8080', 'localhost:8080', [], NO_ORIGIN],
    ['http://localhost:8080/', 'localhost:8080', [], NO_ORIGIN],
    ['http://localhost:8080.evil.example', 'localhost:8080', [], NO_ORIGIN],
    ['http://localhost:8080 http://evil.example', 'localhost:8080', [], NO_ORIGIN],
    ['http://evil.example://localhost:8080', 'localhost:8080', [], NO_ORIGIN],
    ['file://', 'localhost:8080', [], NO_ORIGIN],
    ['ftp://localhost:8080', 'localhost:8080', [], NO_ORIGIN],
    ['localhost:8080', 'localhost:8080', [], NO_ORIGIN],
    ['https://play.example', 'localhost:8080', ['https://play.example'], 'ok'],
    ['https://play.example', 'localhost:8080', ['HTTPS://Play.Example:443'], 'ok'],
    ['https://play.example:8443', 'localhost:8080', ['https://play.example'], NO_ORIGIN],
    ['http://play.example', 'localhost:8080', ['https://play.example'], NO_ORIGIN],
    ['https://play.example.evil.example', 'localhost:8080', ['https://play.example'], NO_ORIGIN],
    ['http://localhost:5173', 'localhost:8080', ['https://a', 'http://localhost:5173'], 'ok'],
    ['chrome-extension://abcdef', 'localhost:8080', ['chrome-extension://abcdef'], 'ok'],
    ['chrome-extension://other', 'localhost:8080', ['chrome-extension://abcdef'], NO_ORIGIN],
  ])('%s at %s with %j: %s', async (origin, host, allowedOrigins, expected) => {
    expect(await verdict({ origin, host }, { allowedOrigins })).toBe(expected);
  });

  it('does not help a name that is not ours: a rebound page is same-origin with itself', async () => {
    expect(await verdict({ host: 'evil.example:8080', origin: 'http://evil.example:8080' })).toBe(NO_HOST);
  });
});

describe('the token', () => {
  const authorized = async (authorization: string | undefined, token?: string) => {
    const policy = accessPolicy(LOCAL, authenticator(token));
    const access = await checkAccess({ host: 'localhost', origin: undefined, authorization }, policy);
    return access.ok ? access.identity?.name : access.problem.code;
  };

  it.each<[authorization: string | undefined, expected: string | undefined]>([
    [undefined, undefined],
    ['Bearer s3cret', 'token'],
    ['bearer  s3cret ', 'token'],
    ['Bearer S3cret', 'unauthorized'],
    ['Bearer s3cre', 'unauthorized'],
    ['Bearer s3crets', 'unauthorized'],
    ['Bearer s3cret x', 'unauthorized'],
    ['Bearer ', 'unauthorized'],
    ['s3cret', 'unauthorized'],
    ['Basic s3cret', 'unauthorized'],
    ['', 'unauthorized'],
  ])('%j gives %s', async (authorization, expected) => {
    expect(await authorized(authorization, 's3cret')).toBe(expected);
  });

  it.each([undefined, 'Bearer x', 'nonsense'])('is not asked for where none is set: %s', async (header) => {
    expect(await authorized(header)).toBe('local');
  });
});
