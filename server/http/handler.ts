/** Plain HTTP: health, metrics, lists, the end of a session, and the browser page. WebSockets come through `upgrade.ts`. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { ENDPOINT } from '../../shared/protocol.ts';
import { type Identity, mayDo, type Role } from '../access/identity.ts';
import { asyncApiDocument, type DocumentedServer } from '../documents/async-api.ts';
import { openApiDocument } from '../documents/open-api.ts';
import { type AccessPolicy, checkAccess, forbidden, UNAUTHORIZED } from './access.ts';
import type { Crowd } from './crowd.ts';
import { parseHostPort, urlHost } from './host.ts';
import { PAGE_POLICY, type PageFile, type PageFiles } from './page.ts';
import { type HttpProblem, problemBody } from './problem.ts';
import { pathOf } from './upgrade.ts';

export interface HttpDeps {
  readonly policy: AccessPolicy;
  readonly crowd: Crowd;
  /** Whether new sessions are taken: false before it listens and while it drains. */
  readonly ready: () => boolean;
  /** Prometheus text. */
  readonly metrics: () => Promise<string>;
  /** What `GET /emulators` lists. */
  readonly emulators: () => readonly unknown[];
  /** What `GET /sessions` lists, for admins. */
  readonly sessions: () => readonly unknown[];
  /** What `DELETE /sessions/ID` does. False when there is no such session. */
  readonly endSession: (id: string) => boolean;
  /** What `GET /roms` lists. */
  readonly roms: () => Promise<readonly unknown[]>;
  /** The browser page. */
  readonly page: PageFiles;
  /** MCP; undefined where it is turned off. */
  readonly mcp: Mcp | undefined;
  /** A fault of ours; the client has got a 500. */
  readonly onError: (error: unknown) => void;
}

/** What speaks MCP behind `/mcp`. */
export interface Mcp {
  /** Answers a request by itself, with these headers besides its own; or says why it does not. */
  readonly serve: (
    request: IncomingMessage,
    response: ServerResponse,
    identity: Identity,
    headers: Readonly<Record<string, string>>,
  ) => Promise<HttpProblem | undefined>;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Route {
  /** @default GET and HEAD */
  readonly methods?: readonly string[];
  /** What a token must allow; undefined where whoever can reach the gateway may look, token or not. */
  readonly role: Role | undefined;
  /** Undefined when it has answered by itself. */
  readonly answer: (deps: HttpDeps, asked: Asked) => Page | Promise<Page | undefined>;
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Whose token was presented; undefined where none is needed. */
  readonly identity: Identity | undefined;
}

/** Paths with one answer each. Besides them there are the page, one session, and MCP. */
export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/livez', { role: undefined, answer: () => text(200, 'ok\n') }],
  [
    '/readyz',
    { role: undefined, answer: ({ ready }) => (ready() ? text(200, 'ok\n') : text(503, 'not ready\n')) },
  ],
  ['/metrics', { role: 'watch', answer: async ({ metrics }) => prometheus(await metrics()) }],
  ['/sessions', { role: 'admin', answer: ({ sessions }) => json({ sessions: sessions() }) }],
  ['/emulators', { role: 'watch', answer: ({ emulators }) => json({ emulators: emulators() }) }],
  [
    '/asyncapi.json',
    { role: undefined, answer: (_, { request }) => json(asyncApiDocument(askedAt(request))) },
  ],
  ['/openapi.json', { role: undefined, answer: () => json(openApiDocument()) }],
  ['/roms', { role: 'watch', answer: async ({ roms }) => json({ roms: await roms() }) }],
]);

/** A listener for `http.Server`. Never throws and never leaves a request without an answer. */
export function createHttpHandler(
  deps: HttpDeps,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answer(request, response, deps).then(
      (result) => {
        if (result !== undefined) send(request, response, deps, result);
      },
      (error: unknown) => {
        deps.onError(error);
        if (response.headersSent) response.destroy();
        else send(request, response, deps, problemPage(INTERNAL));
      },
    );
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  deps: HttpDeps,
): Promise<Page | undefined> {
  const crowded = deps.crowd.problem(request.socket.remoteAddress);
  if (crowded !== undefined) return problemPage(crowded);
  const { host, origin, authorization } = request.headers;
  const path = pathOf(request.url);
  const route = path === undefined ? undefined : routeOf(path, deps);
  const access = await checkAccess({ host, origin, authorization }, deps.policy);
  // A probe that sends the wrong token is still told whether the gateway lives.
  const open = route !== undefined && route.role === undefined;
  if (!access.ok && !(open && ABOUT_TOKEN.includes(access.problem.code))) return problemPage(access.problem);
  if (path === ENDPOINT) return problemPage(UPGRADE_REQUIRED);
  if (route === undefined) return problemPage(NOT_FOUND);
  const { methods = READING } = route;
  if (!methods.includes(request.method ?? '')) return problemPage(notAllowed(methods));
  if (route.role !== undefined && access.ok) {
    const { identity } = access;
    if (identity === undefined) return problemPage(UNAUTHORIZED);
    if (!mayDo(identity, route.role)) return problemPage(forbidden(identity, route.role));
  }
  return route.answer(deps, { request, response, identity: access.ok ? access.identity : undefined });
}

/** Where a request came in, by its Host header, which has been checked. A proxy that ends TLS says so in `X-Forwarded-Proto`. */
function askedAt({ headers, socket }: IncomingMessage): DocumentedServer | undefined {
  const host = headers.host === undefined ? undefined : parseHostPort(headers.host);
  if (host === undefined) return undefined;
  const forwarded = String(headers['x-forwarded-proto'] ?? '')
    .split(',', 1)[0]
    ?.trim()
    .toLowerCase();
  const secure = socket instanceof TLSSocket || forwarded === 'https' || forwarded === 'wss';
  const port = host.port === undefined ? '' : `:${host.port}`;
  return { host: `${urlHost(host.name)}${port}`, protocol: secure ? 'wss' : 'ws' };
}

function routeOf(path: string, { page, mcp }: HttpDeps): Route | undefined {
  if (path === MCP_PATH) return mcp && MCP_ROUTE;
  const ended = SESSION.exec(path)?.groups?.['id'];
  return ended === undefined ? (ROUTES.get(path) ?? pageRoute(page.get(path))) : deletion(ended);
}

/** Whoever can reach the gateway gets the page; it asks for the token where one is wanted. */
function pageRoute(file: PageFile | undefined): Route | undefined {
  if (file === undefined) return undefined;
  const { type, body, immutable } = file;
  const headers = {
    'Content-Security-Policy': PAGE_POLICY,
    ...(immutable && { 'Cache-Control': 'public, max-age=31536000, immutable' }),
  };
  return { role: undefined, answer: () => ({ status: 200, type, body, headers }) };
}

function send(request: IncomingMessage, response: ServerResponse, deps: HttpDeps, result: Page): void {
  const headers: OutgoingHttpHeaders = {
    ...SECURITY_HEADERS,
    ...result.headers,
    'Content-Type': result.type,
    'Content-Length': Buffer.byteLength(result.body),
  };
  // A body that nobody reads, or an idle connection, must not outlive the answer when the gateway stops.
  if (!deps.ready() || result.status >= 400) headers['Connection'] = 'close';
  response.writeHead(result.status, headers);
  response.end(request.method === 'HEAD' ? undefined : result.body);
}

/** What is no page runs nothing and loads nothing, whatever it says. */
const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const;

const MCP_PATH = '/mcp';

const MCP_ROUTE: Route = {
  methods: ['GET', 'POST', 'DELETE'],
  role: 'watch',
  answer: async ({ mcp, ready }, { request, response, identity }) => {
    if (mcp === undefined || identity === undefined) return problemPage(NOT_FOUND);
    const headers = { ...SECURITY_HEADERS, ...(!ready() && { Connection: 'close' }) };
    const problem = await mcp.serve(request, response, identity, headers);
    return problem && problemPage(problem);
  },
};

/** One session. */
const SESSION = /^\/sessions\/(?<id>[\w-]+)$/;

function deletion(id: string): Route {
  return {
    methods: ['DELETE'],
    role: 'admin',
    answer: ({ endSession }) => (endSession(id) ? json({ session: id }) : problemPage(NO_SESSION)),
  };
}

const NO_SESSION: HttpProblem = {
  status: 404,
  code: 'unknown_session',
  message: 'there is no such session',
  allowed: 'one that GET /sessions lists',
};

/** Problems that are the token's, and not of where the request comes from. */
const ABOUT_TOKEN: readonly string[] = [UNAUTHORIZED.code, 'keys_unavailable'];

const PATHS = ['/', ...ROUTES.keys()].join(', ');

const NOT_FOUND: HttpProblem = {
  status: 404,
  code: 'not_found',
  message: 'there is nothing here',
  allowed: `${PATHS}, ${MCP_PATH} for MCP, and ${ENDPOINT} for WebSockets`,
};
const READING: readonly string[] = ['GET', 'HEAD'];

function notAllowed(methods: readonly string[]): HttpProblem {
  const allowed = methods.join(', ');
  const message = methods === READING ? 'this can only be read' : `this takes ${allowed}`;
  return { status: 405, code: 'method_not_allowed', message, allowed, headers: { Allow: allowed } };
}
const UPGRADE_REQUIRED: HttpProblem = {
  status: 426,
  code: 'upgrade_required',
  message: 'this is the WebSocket endpoint',
  allowed: 'a WebSocket handshake',
  headers: { Upgrade: 'websocket' },
};
const INTERNAL: HttpProblem = { status: 500, code: 'internal', message: 'a fault of the gateway itself' };

function text(status: number, body: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body };
}

function json(value: unknown): Page {
  return { status: 200, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` };
}

function prometheus(body: string): Page {
  return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body };
}

function problemPage(problem: HttpProblem): Page {
  const { status, headers } = problem;
  return {
    status,
    type: 'application/json; charset=utf-8',
    body: problemBody(problem),
    ...(headers && { headers }),
  };
}
