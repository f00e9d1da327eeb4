/**
 * An emulator server that fails when it is told to, in the dialects of pokemon-gym, of `/input` and of mGBA-http, and keeps a log of what it really
 * ran. Like the real ones it does one thing at a time. For what a healthy server cannot be made to show.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export const FAULTS = [
  /** The listener is gone for a while. */
  'refused',
  /** The connection is cut before the request is looked at. */
  'reset_before',
  /** The request runs, and the connection is cut before the answer. */
  'reset_after',
  /** Nothing runs and nothing is answered. */
  'silent',
  /** It runs, and is answered when nobody waits any more. */
  'slow',
  /** A 500 with a 400 in its text: nothing has run. */
  'error_in_500',
  /** It runs, and the answer is a 500 that says nothing. */
  'error_after',
  /** 200 with SESSION_TIMEOUT: the game is over. */
  'session_timeout',
  /** It runs, and a proxy answers with HTML. */
  'html_after',
  /** Nothing runs, and a proxy answers with HTML. */
  'html_before',
  /** It runs, and the answer's body never ends. */
  'endless',
  /** The server has been started anew: no game. */
  'restart',
  /** Another client starts the game anew just before. */
  'other_client',
] as const;
export type Fault = (typeof FAULTS)[number];

/** How long `slow` takes, and how long the listener is gone, in ms. */
const SLOW_MS = 60;
const AWAY_MS = 15;

export class FaultServer {
  /** What ran, in order: keys and waits of every game, however it was started. */
  readonly log: string[] = [];
  /** How many requests with inputs came in. */
  requests = 0;
  readonly #next: () => Fault | undefined;
  readonly #counts: boolean;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #tail: Promise<void> = Promise.resolve();
  /** Actions of the game that runs; undefined without one. */
  #steps: number | undefined;
  #keys = 0;
  #frame = 0;
  #port = 0;

  /**
   * @param next the fault of the next request with inputs, if it is to have one
   * @param counts whether servers with `/input` tell how many inputs have run
   */
  constructor(next: () => Fault | undefined, counts = true) {
    this.#next = next;
    this.#counts = counts;
    this.#server = createServer((request, response) => {
      this.#tail = this.#tail.then(() => this.#serve(request, response)).catch(() => undefined);
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    const address = this.#server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const body = await bodyOf(request);
    if (!isInput(path)) return this.#look(path, response);
    this.requests += 1;
    await this.#input(path, body, response, this.#next());
  }

  async #input(
    path: string,
    body: string,
    response: ServerResponse,
    fault: Fault | undefined,
  ): Promise<void> {
    switch (fault) {
      case 'refused':
        return this.#away();
      case 'reset_before':
        response.destroy();
        return;
      case 'silent':
        return;
      case 'error_in_500':
        return send(response, 500, { detail: 'Failed to take action: 400: Invalid key' });
      case 'html_before':
        return html(response);
      case 'session_timeout':
        this.#steps = undefined;
        return send(response, 200, { location: 'SESSION_TIMEOUT', step_number: 0, screenshot_base64: '' });
      case 'restart':
        this.#steps = undefined;
        break;
      case 'other_client':
        this.#steps = 0;
        this.#keys = 0;
        break;
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
        break;
      default:
    }
    const answer = this.#run(path, body);
    switch (fault) {
      case 'reset_after':
        response.destroy();
        return;
      case 'error_after':
        return send(response, 500, { detail: 'Internal Server Error' });
      case 'html_after':
        return html(response);
      case 'endless':
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.write('{"step_number":');
        return;
      default:
        return send(response, answer.status, answer.body);
    }
  }

  /** Runs a request with inputs, as far as there is a game. */
  #run(path: string, body: string): { status: number; body: unknown } {
    if (path.startsWith('/core/setkeys')) {
      this.log.push(path.split('=')[1] ?? '');
      return { status: 200, body: '' };
    }
    if (path === '/input') {
      const { inputs } = JSON.parse(body) as { inputs: string };
      const names = inputs.split(' ');
      this.log.push(...names);
      this.#keys += names.length;
      return { status: 200, body: this.#inputState() };
    }
    if (this.#steps === undefined) {
      return { status: 400, body: { detail: 'Environment not initialized. Call /initialize first.' } };
    }
    const action = JSON.parse(body) as { keys?: string[]; frames?: number };
    this.log.push(...(action.keys?.map((key) => key.toUpperCase()) ?? [`W${action.frames}`]));
    this.#steps += 1;
    return { status: 200, body: gymState(this.#steps) };
  }

  /** Everything that runs no input. */
  #look(path: string, response: ServerResponse): void {
    switch (path.split('?')[0]) {
      case '/initialize':
        this.#steps = 0;
        return send(response, 200, gymState(0));
      case '/stop':
        this.#steps = undefined;
        return send(response, 200, { status: 'stopped' });
      case '/status':
        if (this.#steps === undefined) return send(response, 200, { status: 'not_initialized' });
        return send(response, 200, { status: 'running', steps_taken: this.#steps });
      case '/reset':
      case '/state':
        if (path === '/reset') this.#keys = 0;
        return send(response, 200, this.#inputState());
      case '/core/currentFrame':
        // A game that runs: each look is a frame later.
        this.#frame += 1;
        return send(response, 200, String(this.#frame));
      default:
        return send(response, 200, { status: 'healthy' });
    }
  }

  #inputState() {
    return { status: 'success', ...(this.#counts && { step_number: this.#keys }) };
  }

  /** Cuts everything and refuses connections for a while. */
  async #away(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    await this.listen();
  }
}

function isInput(path: string): boolean {
  return path === '/action' || path === '/input' || path.startsWith('/core/setkeys');
}

function gymState(stepNumber: number) {
  return { location: 'PALLET TOWN', step_number: stepNumber, screenshot_base64: '' };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

function html(response: ServerResponse): void {
  send(response, 502, '<html><body>502 Bad Gateway</body></html>');
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
