/**
 * Requests to one emulator's server, over one connection and one at a time; each ends in an answer, or in how sure it is that the
 * server never saw it.
 */
import type { Socket } from 'node:net';
import { buildConnector, Client, type Dispatcher } from 'undici';
import type { Clock } from '../../../clock.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Path with query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly timeoutMs: number;
}

export type Exchanged =
  /** The whole answer is there. */
  | { readonly kind: 'answer'; readonly status: number; readonly text: string; readonly tookMs: number }
  /** Not a byte of the request left: the server certainly did not see it. */
  | { readonly kind: 'unsent'; readonly why: string }
  /** The server may have seen it. */
  | { readonly kind: 'lost'; readonly why: string };

const CLOSED: Exchanged = { kind: 'unsent', why: 'the emulator is not in use any more' };
const CONNECT_TIMEOUT_MS = 3000;
/** A state with a large picture has 45 kB; whatever has more than this is no answer. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export class Exchange {
  readonly #client: Client;
  readonly #base: string;
  readonly #clock: Clock;
  #socket: Socket | undefined;
  /** Bytes written to connections that are gone. */
  #writtenBefore = 0;
  #tail: Promise<unknown> = Promise.resolve();
  #busySinceMs: number | undefined;
  #closed = false;

  /** @param url of the server; a path in it goes before the paths of requests*/
  constructor(url: string, clock: Clock) {
    const { origin, pathname } = new URL(url);
    this.#base = pathname.replace(/\/$/, '');
    this.#clock = clock;
    const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS });
    this.#client = new Client(origin, {
      pipelining: 1,
      connect: (options, done) =>
        connect(options, (...result) => {
          const [error, socket] = result;
          if (error === null && socket !== null) this.#connected(socket);
          done(...result);
        }),
    });
  }

  /** Sends a request when those before it are over. Never rejects. */
  send(request: HttpRequest): Promise<Exchanged> {
    const exchanged = this.#tail.then(() => (this.#closed ? CLOSED : this.#send(request)));
    this.#tail = exchanged;
    return exchanged;
  }

  /** How long the request under way has been; undefined when there is none. */
  busyForMs(): number | undefined {
    return this.#busySinceMs === undefined ? undefined : this.#clock.now() - this.#busySinceMs;
  }

  /** Nothing more is sent, and nothing more will be answered. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Breaks off the request under way, which is lost; those after it are not sent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.destroy();
  }

  #send({ method, path, json, timeoutMs }: HttpRequest): Promise<Exchanged> {
    const startedAtMs = this.#clock.now();
    const writtenBefore = this.#written();
    this.#busySinceMs = startedAtMs;
    return new Promise((resolve) => {
      const answer = new AnswerReader();
      const end = (why: string | undefined) => {
        timer.cancel();
        this.#busySinceMs = undefined;
        if (why === undefined)
          resolve({ kind: 'answer', ...answer.read(), tookMs: this.#clock.now() - startedAtMs });
        else resolve({ kind: this.#written() === writtenBefore ? 'unsent' : 'lost', why });
      };
      // The time-out covers the whole answer: a body that never ends is none.
      const timer = this.#clock.after(timeoutMs, () => {
        answer.abort();
        end(`no answer within ${Math.ceil(timeoutMs)} ms`);
      });
      answer.onEnd = end;
      const options = {
        method,
        path: this.#base + path,
        headersTimeout: 0,
        bodyTimeout: 0,
        ...(json !== undefined && { headers: JSON_HEADERS, body: JSON.stringify(json) }),
      };
      this.#client.dispatch(options, answer);
    });
  }

  #connected(socket: Socket): void {
    this.#writtenBefore = this.#written();
    this.#socket = socket;
  }

  /** Bytes given to sockets so far, written or waiting to be. */
  #written(): number {
    return this.#writtenBefore + (this.#socket?.bytesWritten ?? 0);
  }
}

const JSON_HEADERS = { 'content-type': 'application/json' };

/** Collects one answer. Below `Client.request` there are no streams to set up: that showed beside a 20 ms request. */
class AnswerReader implements Dispatcher.DispatchHandler {
  /** Called when the answer is whole, or with why it never will be. Whoever has given up hears nothing of use. */
  onEnd: (why: string | undefined) => void = () => undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #aborted = false;
  #status = 0;
  #bytes = 0;
  readonly #chunks: Buffer[] = [];

  read(): { status: number; text: string } {
    return { status: this.#status, text: Buffer.concat(this.#chunks).toString('utf8') };
  }

  /** Nobody waits any more; what has not been sent is not going to be. */
  abort(): void {
    this.#aborted = true;
    this.#controller?.abort(new Error('given up'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) controller.abort(new Error('given up'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= MAX_ANSWER_BYTES) this.#chunks.push(chunk);
    else controller.abort(new Error(`the answer has more than ${MAX_ANSWER_BYTES} bytes`));
  }

  onResponseEnd(): void {
    if (!this.#aborted) this.onEnd(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#aborted) this.onEnd(reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return `${code}${error.message === '' ? error.name : error.message}`;
}
