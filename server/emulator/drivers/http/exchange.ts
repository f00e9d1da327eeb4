/**
 * Requests to one emulator's server, over one connection and one at a time; each ends in an answer, or in how sure it is that the
 * server never saw it.
 */
import type { Socket } from 'node:net';
import { buildConnector, Client } from 'undici';
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
    const exchanged = this.#tail.then(() => this.#send(request));
    this.#tail = exchanged;
    return exchanged;
  }

  async close(): Promise<void> {
    await this.#client.destroy();
  }

  async #send({ method, path, json, timeoutMs }: HttpRequest): Promise<Exchanged> {
    const startedAtMs = this.#clock.now();
    const writtenBefore = this.#written();
    // The time-out covers the whole answer: a body that never ends is none.
    const timedOut = new AbortController();
    const { signal } = timedOut;
    const timer = this.#clock.after(timeoutMs, () => timedOut.abort());
    try {
      const { statusCode, body } = await this.#client.request({
        method,
        path: this.#base + path,
        signal,
        headersTimeout: 0,
        bodyTimeout: 0,
        ...(json !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(json),
        }),
      });
      const text = await readText(body);
      if (text === undefined)
        return { kind: 'lost', why: `the answer has more than ${MAX_ANSWER_BYTES} bytes` };
      return { kind: 'answer', status: statusCode, text, tookMs: this.#clock.now() - startedAtMs };
    } catch (error) {
      const why = signal.aborted ? `no answer within ${Math.ceil(timeoutMs)} ms` : reasonOf(error);
      return { kind: this.#written() === writtenBefore ? 'unsent' : 'lost', why };
    } finally {
      timer.cancel();
    }
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

/** The text of a body; undefined when it is too large. */
async function readText(body: AsyncIterable<unknown>): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return `${code}${error.message === '' ? error.name : error.message}`;
}
