/** One port of the compatibility API: an HTTP server before one game, which answers both dialects. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { JoywireError } from '../../../shared/errors.ts';
import { type Identity, mayDo } from '../../access/identity.ts';
import { type AccessPolicy, checkAccess, forbidden, UNAUTHORIZED } from '../access.ts';
import type { HttpProblem } from '../problem.ts';
import type { Certificate } from '../certificate.ts';
import { createWebServer } from '../web-server.ts';
import type { Crowd } from '../crowd.ts';
import { pathOf } from '../upgrade.ts';
import { type Answer, refuse } from './answer.ts';
import { Game, type GameDeps } from './game.ts';
import { gymRoutes } from './gym.ts';
import { inputRoutes } from './inputs.ts';
import type { Route } from './route.ts';

export interface CompatDeps extends GameDeps {
  readonly policy: AccessPolicy;
  readonly certificate: Certificate | undefined;
  readonly crowd: Crowd;
  readonly host: string;
  readonly maxBodyBytes: number;
  readonly warmupFrames: number;
  readonly onError: (error: unknown) => void;
}

/** Requests that may wait for the game; one runs at a time, in order of arrival. */
const MAX_WAITING = 64;
/** How long a request may take to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;

export class CompatPort {
  readonly #deps: CompatDeps;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #server: Server;
  readonly #game: Game;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #closing = false;

  /** @param label what the sessions of its game are called */
  constructor(label: string, deps: CompatDeps) {
    this.#deps = deps;
    this.#routes = new Map(Object.entries({ ...gymRoutes(deps.warmupFrames), ...inputRoutes }));
    this.#game = new Game(label, deps);
    this.#server = createWebServer(
      deps.certificate,
      { requestTimeout: REQUEST_TIMEOUT_MS },
      (request, response) => {
        void this.#serve(request, response);
      },
    );
    deps.crowd.watch(this.#server);
  }

  /** Resolves to the port that was really taken. Rejects when it is in use. */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, this.#deps.host, () => {
        this.#server.off('error', reject);
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Takes no more requests; what runs is answered. */
  stop(): Promise<void> {
    this.#closing = true;
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
    });
  }

  /** Cuts what is still open. */
  terminate(): void {
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#answer(request).catch((error: unknown) => this.#failure(error));
    const bytes = answer.body instanceof Uint8Array ? answer.body : Buffer.from(JSON.stringify(answer.body));
    response.writeHead(answer.status, {
      'Content-Type': 'application/json',
      'Content-Length': bytes.length,
      'X-Content-Type-Options': 'nosniff',
      ...answer.headers,
      // What was not read of a request must not be taken for the next one.
      ...((this.#closing || !request.complete) && { Connection: 'close' }),
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const refused = (await this.#refusal(request)) ?? this.#notFound(request);
    if (refused !== undefined) return refused;
    const bytes = await readBody(request, this.#deps.maxBodyBytes).catch(() => null);
    if (bytes === null) return refuse(400, 'the request broke off');
    if (bytes === undefined) return refuse(413, `the body has more than ${this.#deps.maxBodyBytes} bytes`);
    const route = this.#routes.get(`${request.method} ${pathOf(request.url)}`);
    if (route === undefined) throw new JoywireError('bug', 'the route was there');
    const contentType = request.headers['content-type'] ?? '';
    // That the server lives is told even while an action is under way; /status stands behind it, so that it tells whether the action ran.
    if (pathOf(request.url) === '/health') return route({ bytes, contentType }, this.#game);
    return this.#inTurn(() => route({ bytes, contentType }, this.#game));
  }

  async #refusal({ headers, socket }: IncomingMessage): Promise<Answer | undefined> {
    const crowded = this.#deps.crowd.problem(socket.remoteAddress);
    if (crowded !== undefined) return refuse(crowded.status, crowded.message, crowded.headers);
    if (this.#closing) return refuse(503, 'the gateway is stopping', { 'Retry-After': '1' });
    if (headers.origin !== undefined) return refuse(403, 'web pages may not use this API');
    const { host, authorization } = headers;
    const access = await checkAccess({ host, origin: undefined, authorization }, this.#deps.policy);
    const problem = access.ok ? roleProblem(access.identity) : access.problem;
    return problem === undefined ? undefined : refuse(problem.status, problem.message, problem.headers);
  }

  #notFound({ method, url }: IncomingMessage): Answer | undefined {
    const path = pathOf(url);
    if (this.#routes.has(`${method} ${path}`)) return undefined;
    const allowed = ['GET', 'POST'].filter((other) => this.#routes.has(`${other} ${path}`));
    if (allowed.length === 0) return refuse(404, 'Not Found');
    return refuse(405, 'Method Not Allowed', { Allow: allowed.join(', ') });
  }

  async #inTurn(run: () => Promise<Answer>): Promise<Answer> {
    if (this.#waiting >= MAX_WAITING)
      return refuse(503, `${MAX_WAITING} requests wait already`, { 'Retry-After': '1' });
    this.#waiting += 1;
    const answer = this.#tail.then(run).finally(() => {
      this.#waiting -= 1;
    });
    this.#tail = answer.catch(() => undefined);
    return answer;
  }

  #failure(error: unknown): Answer {
    if (!(error instanceof JoywireError)) {
      this.#deps.onError(error);
      return refuse(500, 'a fault of the gateway itself');
    }
    if (error.code === 'session_ended') return refuse(503, error.message, { 'Retry-After': '1' });
    return refuse(500, `${error.code}: ${error.message}`);
  }
}

/** The whole body; undefined when it is larger than allowed. Rejects when the client goes away while it sends. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function roleProblem(identity: Identity | undefined): HttpProblem | undefined {
  if (identity === undefined) return UNAUTHORIZED;
  return mayDo(identity, 'play') ? undefined : forbidden(identity, 'play');
}
