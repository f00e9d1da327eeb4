/** One connection that presses: the handshake, presses as bytes, and a count of what was answered. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { Socket } from 'node:net';
import { decodeServerMessage, encodeClientMessage } from '../../shared/codec.ts';
import { type ClientMessage, ENDPOINT, type Hello, SUBPROTOCOLS } from '../../shared/protocol.ts';
import { type Answers, AnswerReader } from './acks.ts';
import { clientFrame, PressFrames, type PressShape, ServerFrames } from './frames.ts';

export interface Target {
  readonly port: number;
  readonly answers: Answers;
  /** Said first, where a gateway answers. */
  readonly hello: Hello | undefined;
  readonly press: PressShape;
}

/** After so many answers a gateway is told that they have arrived, as the SDK does: it keeps them until then. */
const RECEIVED_EVERY = 256;

export class PressConnection {
  readonly #socket: Socket;
  /** Whether a gateway answers, which keeps outcomes until it is told that they have arrived. */
  readonly #keeps: boolean;
  #toldThrough = 0;
  readonly #frames: PressFrames;
  readonly #incoming = new ServerFrames();
  readonly #reader: AnswerReader;
  sent = 0;
  answered = 0;
  fault: string | undefined;
  /** Called once for each chunk from the server, with how many presses it answered. */
  onAnswers: (count: number) => void = () => {};

  private constructor(socket: Socket, target: Target) {
    this.#socket = socket;
    this.#keeps = target.hello !== undefined;
    this.#frames = new PressFrames(target.press);
    this.#reader = new AnswerReader(target.answers);
    socket.setNoDelay(true);
    socket.on('error', (error) => this.#fail(error.message));
    socket.on('close', () => this.#fail('the server ended the connection'));
  }

  /** @throws Error when the gateway refuses */
  static async open(target: Target): Promise<PressConnection> {
    const connection = new PressConnection(await upgrade(target.port), target);
    if (target.hello !== undefined) await connection.#greet(target.hello);
    connection.#socket.on('data', (chunk: Buffer) => connection.#receive(chunk));
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

  async #greet(hello: Hello): Promise<void> {
    // It hangs up without a bye: its emulator is to be free then.
    this.#send({ type: 'hello', hello: { resumeMs: 0, ...hello } });
    await new Promise<void>((resolve, reject) => {
      const welcome = (chunk: Buffer) => {
        this.#incoming.read(chunk, (bytes, start, end) => {
          const decoded = decodeServerMessage(bytes.subarray(start, end), 'msgpack');
          // In line for the emulator of a connection that has just gone.
          if (decoded.ok && decoded.message.type === 'event') return;
          this.#socket.off('data', welcome);
          if (decoded.ok && decoded.message.type === 'welcome') resolve();
          else reject(new Error(`no welcome: ${JSON.stringify(decoded)}`));
        });
      };
      this.#socket.on('data', welcome);
    });
  }

  #send(message: ClientMessage): void {
    const bytes = encodeClientMessage(message, 'msgpack');
    if (typeof bytes === 'string') throw new Error('msgpack is bytes');
    this.#socket.write(clientFrame(bytes));
  }

  #receive(chunk: Buffer): void {
    let count = 0;
    try {
      this.#incoming.read(chunk, (bytes, start, end) => {
        count += this.#reader.read(bytes, start, end);
      });
    } catch (error) {
      return this.#fail(error instanceof Error ? error.message : String(error));
    }
    this.answered += count;
    if (this.#keeps && this.answered - this.#toldThrough >= RECEIVED_EVERY) {
      this.#toldThrough = this.answered;
      this.#send({ type: 'received', throughSeq: this.answered });
    }
    if (count > 0) this.onAnswers(count);
  }

  #fail(why: string): void {
    this.fault ??= why;
  }
}

function upgrade(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      'sec-websocket-protocol': SUBPROTOCOLS.msgpack,
    };
    const handshake = request({ host: '127.0.0.1', port, path: ENDPOINT, headers });
    handshake.on('upgrade', (_response, socket) => {
      if (socket instanceof Socket) resolve(socket);
      else reject(new Error('the connection is no TCP socket'));
    });
    handshake.on('response', (response) => reject(new Error(`upgrade: ${response.statusCode}`)));
    handshake.on('error', reject);
    handshake.end();
  });
}
