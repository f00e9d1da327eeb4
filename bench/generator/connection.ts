/** One connection that presses: the handshake, presses as bytes, and a count of what was answered. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { Socket } from 'node:net';
import type { Dialect } from './dialects/dialect.ts';
import { dialectOf, type Speech } from './dialects/dialects.ts';
import { saying } from './dialects/gateway.ts';
import { clientFrame, PressFrames, type PressShape, type Saying, ServerFrames } from './frames.ts';

export interface Target {
  readonly port: number;
  readonly speech: Speech;
  readonly press: PressShape;
}

/** After so many answers a gateway is told that they have arrived, as the SDK does: it keeps them until then. */
const RECEIVED_EVERY = 256;

export class PressConnection {
  readonly #socket: Socket;
  readonly #dialect: Dialect;
  #toldThrough = 0;
  readonly #frames: PressFrames;
  readonly #incoming = new ServerFrames();
  sent = 0;
  answered = 0;
  fault: string | undefined;
  /** Called once for each chunk from the server, with how many presses it answered. */
  onAnswers: (count: number) => void = ignore;

  private constructor(socket: Socket, dialect: Dialect) {
    this.#socket = socket;
    this.#dialect = dialect;
    this.#frames = new PressFrames(dialect.press);
    socket.setNoDelay(true);
    socket.on('error', (error) => this.#fail(error.message));
    socket.on('close', () => this.#fail('the server ended the connection'));
  }

  /** @throws Error when the server refuses */
  static async open({ port, speech, press }: Target): Promise<PressConnection> {
    const dialect = dialectOf(speech, press);
    const { socket, head } = await upgrade(port, await dialect.path(port), dialect.subprotocol);
    const connection = new PressConnection(socket, dialect);
    await connection.#greet(head);
    socket.on('data', (chunk: Buffer) => connection.#receive(chunk));
    return connection;
  }

  /** Sends presses in one write, one message each. */
  press(count: number): void {
    if (this.fault !== undefined) return;
    this.#socket.write(this.#frames.build(this.sent + 1, count));
    this.sent += count;
  }

  async close(): Promise<void> {
    this.#socket.removeAllListeners('close');
    const closed = once(this.#socket, 'close');
    this.#socket.destroy();
    await closed;
  }

  /** @param head what came with the answer to the handshake */
  async #greet(head: Buffer): Promise<void> {
    if (this.#greeted(undefined)) return;
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        try {
          let ready = false;
          this.#incoming.read(chunk, (bytes, start, end) => {
            ready ||= this.#greeted(bytes.subarray(start, end));
          });
          if (!ready) return;
          this.#socket.off('data', hear);
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      this.#socket.on('data', hear);
      if (head.length > 0) hear(head);
    });
  }

  #greeted(payload: Buffer | undefined): boolean {
    const greeting = this.#dialect.greet(payload);
    if (greeting.kind !== 'wait' && greeting.saying !== undefined) this.#say(greeting.saying);
    return greeting.kind === 'ready';
  }

  #say(what: Saying): void {
    this.#socket.write(clientFrame(what));
  }

  #receive(chunk: Buffer): void {
    let count = 0;
    try {
      this.#incoming.read(chunk, (bytes, start, end) => {
        count += this.#dialect.read(bytes, start, end);
      });
    } catch (error) {
      return this.#fail(error instanceof Error ? error.message : String(error));
    }
    this.answered += count;
    if (this.#dialect.keepsOutcomes && this.answered - this.#toldThrough >= RECEIVED_EVERY) {
      this.#toldThrough = this.answered;
      this.#say(saying({ type: 'received', throughSeq: this.answered }));
    }
    if (count > 0) this.onAnswers(count);
  }

  #fail(why: string): void {
    this.fault ??= why;
  }
}

export function ignore(): void {}

function upgrade(
  port: number,
  path: string,
  subprotocol: string | undefined,
): Promise<{ socket: Socket; head: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      ...(subprotocol !== undefined && { 'sec-websocket-protocol': subprotocol }),
    };
    const handshake = request({ host: '127.0.0.1', port, path, headers });
    handshake.on('upgrade', (_response, socket, head) => {
      if (socket instanceof Socket) resolve({ socket, head });
      else reject(new Error('the connection is no TCP socket'));
    });
    handshake.on('response', (response) => reject(new Error(`upgrade: ${response.statusCode}`)));
    handshake.on('error', reject);
    handshake.end();
  });
}
