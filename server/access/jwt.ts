/** Signed tokens (JWT, RFC 7519): who issued them is trusted. What is done to them is the library jose. */
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import type { TokenSource, Verdict } from './authenticator.ts';
import { ROLES, tokenLimits } from './identity.ts';
import { keyOfFile, remoteKeys } from './jwt-key.ts';

export interface JwtSettings {
  /** File with a public key (PEM), a JWK or JWKS, or, for HS256, a secret. */
  readonly jwtKey?: string | undefined;
  /** Where the issuer publishes its keys. */
  readonly jwksUrl?: string | undefined;
  readonly jwtIssuer?: string | undefined;
  readonly jwtAudience?: string | undefined;
}

/** How far the clocks of issuer and gateway may be apart, in s. */
const CLOCK_TOLERANCE_S = 5;

const role = z.enum(ROLES);
const claims = z.object({
  sub: z.string().min(1).max(200),
  exp: z.number(),
  joywire_limits: tokenLimits.optional(),
});

/** Undefined when the settings ask for none. @throws JoywireError `invalid_jwt_key` */
export async function jwtSource(settings: JwtSettings): Promise<TokenSource | undefined> {
  const { jwtKey, jwksUrl, jwtIssuer: issuer, jwtAudience: audience } = settings;
  const key = jwksUrl === undefined ? jwtKey && (await keyOfFile(jwtKey)) : remoteKeys(jwksUrl);
  if (key === undefined || key === '') return undefined;
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
        return refusal(error);
      }
    },
  };
}

function verdict(payload: JWTPayload): Verdict {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) return wrongClaim(parsed.error.issues[0]?.path.join('.') ?? '');
  const claim =
    payload['joywire_role'] === undefined && payload['role'] !== undefined ? 'role' : 'joywire_role';
  const given = role.safeParse(payload[claim]);
  if (!given.success) return wrongClaim(claim, `; allowed: ${ROLES.join(', ')}`);
  const { sub: name, exp, joywire_limits: limits } = parsed.data;
  const expiresAtMs = (exp + CLOCK_TOLERANCE_S) * 1000;
  return { ok: true, identity: { name, role: given.data, limits, expiresAtMs } };
}

function wrongClaim(claim: string, allowed = ''): Verdict {
  return { ok: false, message: `the token's claim ${claim} is missing or wrong${allowed}` };
}

/** In words that say nothing of the token's content. */
function refusal(error: unknown): Verdict {
  if (error instanceof errors.JWTExpired) return { ok: false, message: 'the token has expired' };
  if (error instanceof errors.JWTClaimValidationFailed) return wrongClaim(error.claim);
  const message = MEANINGS.find(([kind]) => error instanceof kind)?.[1];
  if (message !== undefined) return { ok: false, message };
  // What is left are keys that could not be fetched, or are none.
  return { ok: false, message: 'the keys of the issuer cannot be had now', temporary: true };
}

const MEANINGS: readonly [kind: typeof errors.JOSEError, message: string][] = [
  [errors.JOSEAlgNotAllowed, "the token's algorithm is not allowed"],
  [errors.JWKSNoMatchingKey, 'the token is signed with an unknown key'],
  [errors.JWKSMultipleMatchingKeys, 'the token does not say which key it is signed with (kid)'],
  [errors.JWSSignatureVerificationFailed, "the token's signature is wrong"],
  [errors.JWSInvalid, 'the token cannot be read'],
  [errors.JWTInvalid, 'the token cannot be read'],
  [errors.JOSENotSupported, 'the token cannot be read'],
];

function looksLikeJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}
