/** Keys that signed tokens are checked with, from a file or from their issuer. A key that can check nothing is found at the start. */
import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { JoywireError } from '../../shared/errors.ts';

/** A key, and the signatures that are taken with it: never a public key as the secret of an HMAC. */
export interface JwtKey {
  readonly get: JWTVerifyGetKey;
  readonly algorithms: string[];
}

const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const PSS = RSA.slice(3);
const EDWARDS = ['EdDSA', 'Ed25519'];
/** By the name that OpenSSL has for the curve (RFC 7518 section 3.4). */
const CURVES = new Map([
  ['prime256v1', ['ES256']],
  ['secp384r1', ['ES384']],
  ['secp521r1', ['ES512']],
]);
const PUBLIC_ALGORITHMS = [...RSA, ...[...CURVES.values()].flat(), ...EDWARDS];

/** A secret that is shorter can be tried out; HS256 asks for as many (RFC 7518 section 3.2). */
const MIN_SECRET_BYTES = 32;
/** RFC 7518 section 3.3. */
const MIN_RSA_BITS = 2048;

/** The keys that the issuer publishes, fetched when they are first needed and again when there are new ones. */
export function remoteKeys(url: string): JwtKey {
  return { get: createRemoteJWKSet(new URL(url)), algorithms: PUBLIC_ALGORITHMS };
}

/** A public key (PEM), a JWK or JWKS, or a secret. @throws JoywireError `invalid_jwt_key` */
export async function keyOfFile(path: string): Promise<JwtKey> {
  try {
    return keyOf(await readFile(path));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new JoywireError('invalid_jwt_key', `${path}: ${message}`, { cause: error });
  }
}

function keyOf(content: Buffer): JwtKey {
  const text = content.toString('utf8').trim();
  if (text.startsWith('{')) return jwkSet(text);
  if (text.startsWith('-----BEGIN')) return pem(text);
  if (content.length < MIN_SECRET_BYTES) {
    throw new Error(`a secret has at least ${MIN_SECRET_BYTES} bytes, this has ${content.length}`);
  }
  const secret = createSecretKey(content);
  return { get: async () => secret, algorithms: ['HS256'] };
}

function pem(text: string): JwtKey {
  // Node would make the public key from it: but who can read this file could then sign tokens.
  if (/^-----BEGIN [A-Z ]*PRIVATE KEY-----/m.test(text)) throw new Error(IS_PRIVATE);
  const key = createPublicKey(text);
  return { get: async () => key, algorithms: algorithmsOf(key) };
}

const IS_PRIVATE = 'this is a private key; allowed: the public key that belongs to it';

const jwkSchema = z.looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']) });
const setSchema = z.union([
  z.object({ keys: z.array(jwkSchema).min(1) }),
  jwkSchema.transform((key) => ({ keys: [key] })),
]);

function jwkSet(text: string): JwtKey {
  const parsed = setSchema.safeParse(jsonOf(text));
  if (!parsed.success) throw new Error('no JWK or JWKS; allowed: public keys with kty RSA, EC or OKP');
  const { keys } = parsed.data;
  if (keys.some((key) => 'd' in key)) throw new Error(IS_PRIVATE);
  const algorithms = keys.flatMap((key: JsonWebKey) => algorithmsOf(createPublicKey({ key, format: 'jwk' })));
  return { get: createLocalJWKSet(parsed.data), algorithms: [...new Set(algorithms)] };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says quotes the file, and it may be a secret that begins like JSON.
    throw new Error('no JWK or JWKS: it is no JSON');
  }
}

function algorithmsOf({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): string[] {
  const { modulusLength = MIN_RSA_BITS, namedCurve = '' } = details;
  if (modulusLength < MIN_RSA_BITS) {
    throw new Error(`an RSA key has at least ${MIN_RSA_BITS} bits, this has ${modulusLength}`);
  }
  if (type === 'rsa') return RSA;
  if (type === 'rsa-pss') return PSS;
  if (type === 'ed25519') return EDWARDS;
  const known = CURVES.get(namedCurve);
  if (known !== undefined) return known;
  throw new Error(`a key of the kind ${namedCurve || type}; allowed: RSA, P-256, P-384, P-521, Ed25519`);
}
