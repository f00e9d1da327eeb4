/**
 * The door: which requests are let in, plain HTTP and WebSocket upgrades alike. Any page on the web can make a
 * browser connect to 127.0.0.1, and a DNS name can be rebound to it, so both `Host` and `Origin` are checked.
 */
import { isIP } from 'node:net';
import type { Authenticator } from '../access/authenticator.ts';
import type { Identity, Role } from '../access/identity.ts';
import { type HostPort, hostName, isLoopback, isWildcard, parseHostPort } from './host.ts';
import type { HttpProblem } from './problem.ts';

/** What decides who gets in; a part of `Config`. */
export interface AccessSettings {
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

/** The settings in the form that requests are compared with. */
export interface AccessPolicy {
  readonly boundTo: string;
  readonly hosts: readonly HostPort[];
  readonly origins: ReadonlySet<string>;
  readonly authenticator: Authenticator;
}

/** What the door looks at: header values as they came. */
export interface AccessRequest {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly authorization?: string | undefined;
}

export type Access =
  /** `identity`: whose token was presented, or the local user where none is wanted; undefined when one is still to come. */
  | { readonly ok: true; readonly identity: Identity | undefined }
  | { readonly ok: false; readonly problem: HttpProblem };

export function accessPolicy(
  { host, allowedHosts, allowedOrigins }: AccessSettings,
  authenticator: Authenticator,
): AccessPolicy {
  return {
    boundTo: hostName(host),
    hosts: allowedHosts.map(parseHostPort).filter((allowed) => allowed !== undefined),
    origins: new Set(allowedOrigins.map((origin) => parseOrigin(origin)?.text ?? origin.toLowerCase())),
    authenticator,
  };
}

/** Checks `Host`, `Origin` and, where one is presented, the token. Whether a token is needed is the caller's to say. */
export async function checkAccess(request: AccessRequest, policy: AccessPolicy): Promise<Access> {
  const host = request.host === undefined ? undefined : parseHostPort(request.host);
  if (host === undefined) return refused(400, 'invalid_host', 'the Host header is missing or no host');
  if (!isOurs(host, policy)) {
    const message = `this gateway is not known as ${host.name}; the operator can allow it (allowedHosts)`;
    return refused(403, 'host_not_allowed', message);
  }
  if (request.origin !== undefined && !originAllowed(request.origin, host, policy)) {
    const message = 'pages of this origin may not connect; the operator can allow it (allowedOrigins)';
    return refused(403, 'origin_not_allowed', message);
  }
  return await checkToken(request.authorization, policy.authenticator);
}

/** The refusal of a request that needs a token and has none that is right (RFC 6750 section 3). */
export const UNAUTHORIZED: HttpProblem = {
  status: 401,
  code: 'unauthorized',
  message: 'the token is missing or wrong',
  allowed: 'Authorization: Bearer <token>',
  headers: { 'WWW-Authenticate': 'Bearer realm="joywire"' },
};

function keysUnavailable(message: string): HttpProblem {
  return { status: 503, code: 'keys_unavailable', message, headers: { 'Retry-After': '5' } };
}

/** A role that is not allowed what is asked for. */
export function forbidden(identity: Identity, needed: Role): HttpProblem {
  const allowed = `a token with the role ${needed}`;
  return { status: 403, code: 'forbidden', message: `the token allows to ${identity.role} only`, allowed };
}

async function checkToken(authorization: string | undefined, authenticator: Authenticator): Promise<Access> {
  if (authorization === undefined && authenticator.needed) return { ok: true, identity: undefined };
  const token = /^Bearer +(?<token>\S+) *$/i.exec(authorization ?? '')?.groups?.['token'];
  const verdict = await authenticator.identify(token);
  if (verdict.ok) return { ok: true, identity: verdict.identity };
  const { message, temporary } = verdict;
  return { ok: false, problem: temporary === true ? keysUnavailable(message) : { ...UNAUTHORIZED, message } };
}

/**
 * Loopback, the address it listens on, or a name the operator allowed. Bound to every address it is reached by addresses that it
 * cannot know; an address, other than a name, cannot be rebound.
 */
function isOurs(host: HostPort, policy: AccessPolicy): boolean {
  if (isLoopback(host.name) || host.name === policy.boundTo) return true;
  if (isWildcard(policy.boundTo) && isIP(host.name) !== 0) return true;
  return policy.hosts.some(
    ({ name, port }) => name === host.name && (port === undefined || port === host.port),
  );
}

function originAllowed(origin: string, host: HostPort, policy: AccessPolicy): boolean {
  const parsed = parseOrigin(origin);
  // `null` is what sandboxed frames, local files and redirects send: anybody, that is.
  if (parsed === undefined) return origin !== 'null' && policy.origins.has(origin.toLowerCase());
  const sameOrigin = parsed.name === host.name && parsed.port === (host.port ?? parsed.defaultPort);
  return sameOrigin || policy.origins.has(parsed.text);
}

interface Origin {
  readonly name: string;
  readonly port: number;
  readonly defaultPort: number;
  /** `scheme://name:port`, the port always there. */
  readonly text: string;
}

const DEFAULT_PORTS = new Map([
  ['http', 80],
  ['https', 443],
]);

/** An origin of the web, as RFC 6454 section 6.2 serializes it. Undefined for any other, and for what has more than host and port. */
function parseOrigin(origin: string): Origin | undefined {
  const [scheme = '', rest = '', ...more] = origin.toLowerCase().split('://');
  const defaultPort = DEFAULT_PORTS.get(scheme);
  const host = parseHostPort(rest);
  if (defaultPort === undefined || host === undefined || more.length > 0) return undefined;
  const port = host.port ?? defaultPort;
  return { name: host.name, port, defaultPort, text: `${scheme}://${host.name}:${port}` };
}

function refused(status: number, code: string, message: string): Access {
  return { ok: false, problem: { status, code, message } };
}
