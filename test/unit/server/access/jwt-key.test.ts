import { createHmac, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jwtSource } from '../../../../server/access/jwt.ts';
import { type DataDirectory, dataDirectory } from '../../../support/data-directory.ts';

let folder: DataDirectory;
beforeAll(() => {
  folder = dataDirectory();
});
afterAll(() => folder.remove());

let files = 0;
function file(content: string | Buffer): string {
  files += 1;
  const path = join(folder.path, `key-${files}`);
  writeFileSync(path, content);
  return path;
}

const pem = (key: KeyObject) =>
  key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const ed = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
// One that begins like JSON is read as that.
const secret = Buffer.concat([Buffer.from('a'), randomBytes(32)]);

const claims = { sub: 'carol', joywire_role: 'play' };
const sign = (alg: string, key: KeyObject | Uint8Array) =>
  new SignJWT(claims).setProtectedHeader({ alg }).setExpirationTime('1h').sign(key);

/** What becomes of a token, with the keys of this file. */
async function identify(path: string, token: string) {
  const source = await jwtSource({ jwtKey: path });
  return await source?.identify(token);
}

describe('a key', () => {
  it.each([
    ['ES256', pem(ec.publicKey), ec.privateKey],
    ['ES384', pem(p384.publicKey), p384.privateKey],
    ['EdDSA', pem(ed.publicKey), ed.privateKey],
    ['RS256', pem(rsa.publicKey), rsa.privateKey],
    ['PS512', pem(rsa.publicKey), rsa.privateKey],
    ['ES256', JSON.stringify(ec.publicKey.export({ format: 'jwk' })), ec.privateKey],
    ['ES256', JSON.stringify({ keys: [ec.publicKey.export({ format: 'jwk' })] }), ec.privateKey],
    ['HS256', secret, secret],
  ])('checks %s', async (alg, content, key) => {
    const verdict = await identify(file(content), await sign(alg, key));
    expect(verdict).toMatchObject({ ok: true, identity: { name: 'carol' } });
  });

  it('that is public is no secret: a token that was signed with its text is refused', async () => {
    const text = pem(ec.publicKey);
    const body = [{ alg: 'HS256' }, { ...claims, exp: 4e9 }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const forged = `${body}.${createHmac('sha256', text).update(body).digest('base64url')}`;
    expect(await identify(file(text), forged)).toEqual({
      ok: false,
      message: "the token's algorithm is not allowed",
    });
  });

  it('fits only its own algorithms', async () => {
    const token = await sign('ES384', p384.privateKey);
    expect(await identify(file(pem(ec.publicKey)), token)).toEqual({
      ok: false,
      message: "the token's algorithm is not allowed",
    });
  });

  it.each([
    ['is no key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', /./],
    ['is private', pem(ec.privateKey), /private key; allowed: the public key/],
    [
      'is a private JWK',
      JSON.stringify(ec.privateKey.export({ format: 'jwk' })),
      /private key; allowed: the public/,
    ],
    ['is a JWK of a secret', JSON.stringify({ kty: 'oct', k: 'AAAA' }), /kty RSA, EC or OKP/],
    ['lacks its numbers', JSON.stringify({ keys: [{ kty: 'EC', crv: 'P-256' }] }), /./],
    ['is no JSON', '{', /JSON/],
    ['is a set of none', '{"keys":[]}', /no JWK or JWKS/],
    ['is a short secret', 'guess me', /at least 32 bytes, this has 8/],
    [
      'is a short RSA key',
      pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
      /at least 2048 bits, this has 1024/,
    ],
    [
      'is of another kind',
      pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey),
      /secp256k1; allowed: RSA, P-256/,
    ],
  ])('that %s is refused before anybody comes', async (_what, content, why) => {
    const path = file(content);
    await expect(jwtSource({ jwtKey: path })).rejects.toMatchObject({
      code: 'invalid_jwt_key',
      message: expect.stringMatching(why),
    });
    await expect(jwtSource({ jwtKey: path })).rejects.toThrow(path);
  });

  it('that is nowhere is refused before anybody comes', async () => {
    await expect(jwtSource({ jwtKey: '/nowhere/key.pem' })).rejects.toMatchObject({
      code: 'invalid_jwt_key',
    });
  });
});
