/** Which WebSocket upgrades are accepted, and the plain HTTP answer to those that are not. */
import { type IncomingHttpHeaders, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ENDPOINT, type Encoding, SUBPROTOCOLS } from '../../shared/protocol.ts';
import type { Identity } from '../access/identity.ts';
import { type AccessPolicy, checkAccess } from './access.ts';
import { type HttpProblem, problemBody } from './problem.ts';

export interface UpgradeRequest {
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

export type Negotiation =
  | {
      readonly ok: true;
      readonly encoding: Encoding;
      /** Who it is, if the token came in a header or none is wanted: `hello` need not bring it. */
      readonly identity: Identity | undefined;
    }
  | { readonly ok: false; readonly problem: HttpProblem };

/**
 * Decides about an upgrade. A missing token is no reason to refuse it: browsers cannot set headers on a WebSocket, so
 * `hello` may bring it; a wrong one is.
 */
export async function negotiate(request: UpgradeRequest, policy: AccessPolicy): Promise<Negotiation> {
  const { host, origin, authorization } = request.headers;
  const access = await checkAccess({ host, origin, authorization }, policy);
  if (!access.ok) return access;
  if (pathOf(request.url) !== ENDPOINT) return { ok: false, problem: NOT_FOUND };
  const encoding = chooseEncoding(request.headers['sec-websocket-protocol']);
  if (encoding === undefined) return { ok: false, problem: NO_SUBPROTOCOL };
  return { ok: true, encoding, identity: access.identity };
}

/** The path of a request target; undefined for the absolute form, whose host would be another than the `Host` header's. */
export function pathOf(url: string | undefined): string | undefined {
  return url?.startsWith('/') === true ? url.split('?', 1)[0] : undefined;
}

/** msgpack where nothing is offered or both are. Undefined when only others are offered. */
function chooseEncoding(offer: string | undefined): Encoding | undefined {
  const offered = (offer ?? '').split(',').map((name) => name.trim());
  if (offer === undefined || offered.includes(SUBPROTOCOLS.msgpack)) return 'msgpack';
  return offered.includes(SUBPROTOCOLS.json) ? 'json' : undefined;
}

const NOT_FOUND: HttpProblem = {
  status: 404,
  code: 'not_found',
  message: 'there is no WebSocket here',
  allowed: ENDPOINT,
};
const NO_SUBPROTOCOL: HttpProblem = {
  status: 400,
  code: 'unknown_subprotocol',
  message: 'none of the subprotocols offered is spoken here',
  allowed: `${Object.values(SUBPROTOCOLS).join(', ')}, or none`,
};

/** The gateway is stopping, or has as many connections as it may have. */
export function unavailable(message: string): HttpProblem {
  return { status: 503, code: 'unavailable', message, headers: { 'Retry-After': '1' } };
}

/** Answers an upgrade with a refusal and closes the socket. */
export function refuseUpgrade(stream: Duplex, problem: HttpProblem): void {
  const body = problemBody(problem);
  const headers = {
    ...problem.headers,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // The other side may be gone already, and nobody else listens on this socket any more.
  stream.once('error', () => stream.destroy());
  stream.once('finish', () => stream.destroy());
  stream.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n${lines.join('')}\r\n${body}`,
  );
}
