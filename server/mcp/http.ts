/** MCP over HTTP (streamable HTTP): finds the session of a request, opens one for a newcomer, and ends what nobody uses. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Identity } from '../access/identity.ts';
import { mayDo } from '../access/identity.ts';
import type { Clock, Timer } from '../clock.ts';
import type { HttpProblem } from '../http/problem.ts';
import { errorFields, type Log } from '../log.ts';
import type { HttpSession } from './http-session.ts';
import type { LocalDoor } from './local-door.ts';
import { type SentBody, readBody, sendResponse, webRequest } from './web.ts';

export interface McpSettings {
  /** Sessions at once; 0 for none at all. */
  readonly maxMcpSessions: number;
  /** After so long without a request or an open stream a session ends, in ms. */
  readonly mcpIdleMs: number;
  readonly maxMessageBytes: number;
}

/** How much of an id the log shows: enough to tell sessions apart, too little to use one. */
const SHOWN = 8;
/** Shortest time between two looks at who is still there, in ms. */
const MIN_SWEEP_MS = 100;

export interface McpHttpDeps {
  readonly clock: Clock;
  /** The way into the gateway for connections of this identity. */
  readonly door: (identity: Identity) => LocalDoor;
  readonly log: Log;
}

export class McpHttp {
  readonly #settings: McpSettings;
  readonly #deps: McpHttpDeps;
  readonly #sessions = new Map<string, HttpSession>();
  /** Answers that are being given. */
  readonly #answering = new Set<Promise<void>>();
  #sweep: Timer | undefined;
  /** Of clients that have not been let in yet. */
  readonly #fresh = new Set<HttpSession>();
  #closing = false;

  constructor(settings: McpSettings, deps: McpHttpDeps) {
    this.#settings = settings;
    this.#deps = deps;
  }

  /** Answers a request whose host, origin and token were found right. Undefined once it has; else why it is refused. */
  async serve(
    request: IncomingMessage,
    response: ServerResponse,
    identity: Identity,
    headers: Readonly<Record<string, string>>,
  ): Promise<HttpProblem | undefined> {
    const found = await this.#find(request, identity);
    if ('status' in found) return found;
    const done = found.use();
    const body = await readBody(request, this.#settings.maxMessageBytes);
    if (!body.ok) {
      this.#fresh.delete(found);
      done(this.#deps.clock.now());
      return body.problem;
    }
    const answering = this.#answer(found, request, body, response, identity, headers).finally(() => {
      this.#answering.delete(answering);
      done(this.#deps.clock.now());
      this.#sweepLater();
    });
    // A stream that stands open for what may come is no answer to wait for.
    if (request.method !== 'GET') this.#answering.add(answering);
    await answering;
    return undefined;
  }

  /** Takes no more requests; resolves once those under way are answered and every session has ended. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#sweep?.cancel();
    await Promise.all([...this.#sessions.values()].map((session) => session.leave()));
    await Promise.allSettled(this.#answering);
    await Promise.all([...this.#sessions.keys()].map((id) => this.#end(id)));
  }

  async #answer(
    session: HttpSession,
    request: IncomingMessage,
    { text }: SentBody,
    response: ServerResponse,
    identity: Identity,
    headers: Readonly<Record<string, string>>,
  ): Promise<void> {
    const answer = await session.answer(webRequest(request, text), identity);
    // Whoever did not say initialize has no session, and nothing of it is kept.
    if (this.#fresh.delete(session) && session.id === undefined) await session.end();
    await sendResponse(answer, response, headers);
  }

  async #find(request: IncomingMessage, identity: Identity): Promise<HttpSession | HttpProblem> {
    const id = request.headers['mcp-session-id'];
    // Loaded when it is called for: most gateways never speak MCP, and its library takes a tenth of a second.
    if (id === undefined) return this.#open(identity, await import('./http-session.ts'));
    if (this.#closing) return unavailable('the gateway is stopping');
    const session = typeof id === 'string' ? this.#sessions.get(id) : undefined;
    // That another's session is there is told to nobody.
    if (session === undefined || session.owner !== identity.name) return NO_SESSION;
    if (session.mayPlay && !mayDo(identity, 'play')) return NO_LONGER;
    return session;
  }

  #open(
    identity: Identity,
    { HttpSession: Opened }: typeof import('./http-session.ts'),
  ): HttpSession | HttpProblem {
    const { maxMcpSessions } = this.#settings;
    if (this.#closing) return unavailable('the gateway is stopping');
    if (this.#sessions.size + this.#fresh.size >= maxMcpSessions && !this.#makeRoom()) {
      return unavailable(`all ${maxMcpSessions} MCP sessions are taken (maxMcpSessions)`);
    }
    const { clock, door, log } = this.#deps;
    const session: HttpSession = new Opened(identity, door(identity), clock.now(), {
      opened: (id) => {
        this.#fresh.delete(session);
        this.#sessions.set(id, session);
        log.info('MCP session opened', { mcp: id.slice(0, SHOWN), owner: session.owner });
        this.#sweepLater();
      },
      ended: (id) => void this.#end(id),
    });
    this.#fresh.add(session);
    return session;
  }

  /** Clients often leave without a word. Whoever has neither a game nor an open stream loses nothing but the id. */
  #makeRoom(): boolean {
    const now = this.#deps.clock.now();
    let longest: string | undefined;
    let longestMs = 0;
    for (const [id, session] of this.#sessions) {
      const idleMs = session.plays ? 0 : session.idleMs(now);
      if (idleMs > longestMs) [longest, longestMs] = [id, idleMs];
    }
    if (longest !== undefined) void this.#end(longest);
    return longest !== undefined;
  }

  /** One timer for all: nothing is looked at while there is no session. */
  #sweepLater(): void {
    if (this.#sweep !== undefined || this.#closing || this.#sessions.size === 0) return;
    const { mcpIdleMs } = this.#settings;
    this.#sweep = this.#deps.clock.after(Math.max(MIN_SWEEP_MS, mcpIdleMs / 4), () => {
      this.#sweep = undefined;
      const now = this.#deps.clock.now();
      for (const [id, session] of this.#sessions) {
        if (session.idleMs(now) >= mcpIdleMs) void this.#end(id);
      }
      this.#sweepLater();
    });
  }

  async #end(id: string): Promise<void> {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    if (session === undefined) return;
    const { log } = this.#deps;
    await session.end().catch((error: unknown) => log.error('a fault of the gateway', errorFields(error)));
    log.info('MCP session ended', { mcp: id.slice(0, SHOWN), owner: session.owner });
  }
}

const NO_SESSION: HttpProblem = {
  status: 404,
  code: 'unknown_session',
  message: 'there is no such MCP session: it has ended, or was not used for too long',
  allowed: 'a new one, by initialize without Mcp-Session-Id',
};

const NO_LONGER: HttpProblem = {
  status: 403,
  code: 'forbidden',
  message: 'the session plays, and the token allows to watch only by now',
  allowed: 'a token with the role play',
};

function unavailable(message: string): HttpProblem {
  return { status: 503, code: 'unavailable', message, headers: { 'Retry-After': '5' } };
}
