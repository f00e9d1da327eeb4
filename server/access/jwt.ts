/** Signed tokens (JWT, RFC 7519): who issued them is trusted, by a key from a file or from a JWKS. Everything about them is the library jose. */
import { createSecretKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  importSPKI,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { z } from 'zod';
import { JoywireError } from '../../shared/errors.ts';
import type { TokenSource, Verdict } from './authenticator.ts';
import { ROLES } from './identity.ts';

export interface JwtSettings {
  /** File with a public key (PEM), a JWKS, or, for HS256, a secret. */
  readonly jwtKey?: string | undefined;
  /** Where the issuer publishes its keys. */
  readonly jwksUrl?: string | undefined;
  readonly jwtIssuer?: string | undefined;
  readonly jwtAudience?: string | undefined;
}

/** Signatures that are taken with public keys. */
const PUBLIC_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];
/** A secret that is shorter can be tried out. */
const MIN_SECRET_BYTES = 32;
/** How far the clocks of issuer and gateway may be apart, in s. */
const CLOCK_TOLERANCE_S = 5;

const claims = z.object({
  sub: z.string().min(1).max(200),
  exp: z.number(),
  joywire_role: z.enum(ROLES),
  joywire_limits: z
    .object({ sessions: z.int().min(0).optional(), connections: z.int().min(0).optional() })
    .optional(),
});

interface Key {
  readonly get: JWTVerifyGetKey;
  readonly algorithms: string[];
}

/** Undefined when the settings ask for none. @throws JoywireError `invalid_jwt_key` */
export async function jwtSource(settings: JwtSettings): Promise<TokenSource | undefined> {
  const key = await keyOf(settings);
  if (key === undefined) return undefined;
  const { jwtIssuer: issuer, jwtAudience: audience } = settings;
  const options = {
    algorithms: key.algorithms,
    clockTolerance: CLOCK_TOLERANCE_S,
    requiredClaims: ['exp', 'sub'],
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  };
  return {
    async identify(token) {
      if (!looksLikeJwt(token)) return undefined;
      try {
        return verdict((await jwtVerify(token, key.get, options)).payload);
      } catch (error) {
        return { ok: false, message: why(error) };
      }
    },
  };
}

function verdict(payload: JWTPayload): Verdict {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const claim = issue?.path.join('.') ?? '';
    const allowed = claim === 'joywire_role' ? `; allowed: ${ROLES.join(', ')}` : '';
    return { ok: false, message: `the token's claim ${claim} is missing or wrong${allowed}` };
  }
  const { sub, exp, joywire_role: role, joywire_limits: limits } = parsed.data;
  return { ok: true, identity: { name: sub, role, limits, expiresAtMs: exp * 1000 } };
}

/** In words that say nothing of the token's content. */
function why(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `the token's claim ${error.claim} is missing or wrong`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "the token's algorithm is not allowed";
  if (error instanceof errors.JWKSNoMatchingKey) return 'the token is signed with an unknown key';
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the token's signature is wrong";
  if (error instanceof errors.JOSEError) return 'the token cannot be read';
  return 'the keys of the issuer cannot be had now';
}

function looksLikeJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}

async function keyOf({ jwtKey, jwksUrl }: JwtSettings): Promise<Key | undefined> {
  if (jwksUrl !== undefined) {
    return { get: createRemoteJWKSet(new URL(jwksUrl)), algorithms: PUBLIC_ALGORITHMS };
  }
  return jwtKey === undefined ? undefined : await keyOfFile(jwtKey);
}

async function keyOfFile(path: string): Promise<Key> {
  try {
    const content = await readFile(path);
    const text = content.toString('utf8').trim();
    if (text.startsWith('{')) return { get: localJwks(JSON.parse(text)), algorithms: PUBLIC_ALGORITHMS };
    if (text.startsWith('-----BEGIN')) return { get: pem(text), algorithms: PUBLIC_ALGORITHMS };
    if (content.length < MIN_SECRET_BYTES) {
      throw new Error(`a secret has at least ${MIN_SECRET_BYTES} bytes, this has ${content.length}`);
    }
    const secret = createSecretKey(content);
    return { get: async () => secret, algorithms: ['HS256'] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new JoywireError('invalid_jwt_key', `${path}: ${message}`, { cause: error });
  }
}

const jwks = z.union([
  z.object({ keys: z.array(z.looseObject({ kty: z.string() })) }),
  z.looseObject({ kty: z.string() }).transform((key) => ({ keys: [key] })),
]);

function localJwks(content: unknown): JWTVerifyGetKey {
  return createLocalJWKSet(jwks.parse(content));
}

/** The key fits one family of algorithms; which one the token's header says. */
function pem(text: string): JWTVerifyGetKey {
  return async ({ alg }) => await importSPKI(text, alg);
}
