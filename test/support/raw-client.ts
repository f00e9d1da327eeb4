/** A WebSocket that speaks the protocol without the SDK: what it is told to send, it sends. */
import { WebSocket } from 'ws';
import { decodeServerMessage, encodeClientMessage, type FrameData } from '../../shared/codec.ts';
import {
  type ClientMessage,
  ENDPOINT,
  type Encoding,
  type Hello,
  type Outcome,
  type Press,
  type ServerMessage,
  SUBPROTOCOLS,
  type Welcome,
} from '../../shared/protocol.ts';

type Of<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

export interface SeqOutcome {
  readonly seq: number;
  readonly outcome: Outcome;
}

export class RawClient implements AsyncDisposable {
  readonly encoding: Encoding;
  /** Every message received so far. */
  readonly received: ServerMessage[] = [];
  readonly #socket: WebSocket;
  #waiting: (() => void)[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;

  private constructor(socket: WebSocket, encoding: Encoding) {
    this.#socket = socket;
    this.encoding = encoding;
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#wake();
    });
    socket.on('error', () => {});
  }

  /** @param autoPong whether WebSocket pings are answered, as any living client does */
  static async open(url: string, encoding: Encoding = 'msgpack', autoPong = true): Promise<RawClient> {
    const socket = new WebSocket(`${url}${ENDPOINT}`, SUBPROTOCOLS[encoding], { autoPong });
    const client = new RawClient(socket, encoding);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** Opens, says hello and waits for welcome. */
  static async hello(url: string, hello: Hello = {}, encoding: Encoding = 'msgpack'): Promise<RawClient> {
    const client = await RawClient.open(url, encoding);
    client.send({ type: 'hello', hello });
    await client.next('welcome');
    return client;
  }

  get welcome(): Welcome {
    return this.#first('welcome').welcome;
  }

  send(message: ClientMessage): void {
    this.sendFrame(encodeClientMessage(message, this.encoding));
  }

  sendFrame(frame: FrameData): void {
    this.#socket.send(frame);
  }

  press(seq: number, press: Partial<Press> = {}): void {
    this.send({
      type: 'input',
      seq,
      press: { buttons: 1, hold: 1, gap: 1, options: undefined, ...press },
    });
  }

  group(firstSeq: number, presses: readonly Partial<Press>[]): void {
    const members = presses.map((press) => ({ buttons: 1, hold: 1, gap: 1, options: undefined, ...press }));
    this.send({ type: 'inputs', firstSeq, presses: members, options: undefined });
  }

  /** Reads nothing more. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads again. */
  resumeReading(): void {
    this.#socket.resume();
  }

  /** Cuts the connection without a closing handshake. */
  cut(): void {
    this.#socket.terminate();
  }

  close(code = 1000): void {
    this.#socket.close(code);
  }

  /** All messages of a type so far. */
  all<T extends ServerMessage['type']>(type: T): Of<T>[] {
    return this.received.filter((message): message is Of<T> => message.type === type);
  }

  /** The message of a type that comes next, counting from `after` of them. */
  async next<T extends ServerMessage['type']>(type: T, after = 0): Promise<Of<T>> {
    await this.until(() => this.all(type).length > after, type);
    const message = this.all(type)[after];
    if (message === undefined) throw new Error(`no ${type}`);
    return message;
  }

  get outcomes(): SeqOutcome[] {
    return this.all('ack').flatMap((ack) =>
      ack.outcomes.map((outcome, index) => ({ seq: ack.firstSeq + index, outcome })),
    );
  }

  /** Waits until every seq up to this one is acked. */
  async acked(throughSeq: number): Promise<SeqOutcome[]> {
    await this.until(() => (this.outcomes.at(-1)?.seq ?? 0) >= throughSeq, `ack of ${throughSeq}`);
    return this.outcomes;
  }

  async end(): Promise<{ code: number; reason: string }> {
    await this.until(() => this.closed !== undefined, 'close', true);
    if (this.closed === undefined) throw new Error('not closed');
    return this.closed;
  }

  /** Waits for a condition on what has been received; fails when the connection ends first. */
  async until(holds: () => boolean, what: string, closing = false): Promise<void> {
    while (!holds()) {
      if (this.closed !== undefined && !closing) {
        throw new Error(`closed with ${this.closed.code} ${this.closed.reason} before ${what}`);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.closed !== undefined) return;
    this.#socket.terminate();
    await this.end();
  }

  #first<T extends ServerMessage['type']>(type: T): Of<T> {
    const [message] = this.all(type);
    if (message === undefined) throw new Error(`no ${type} yet`);
    return message;
  }

  #receive(data: unknown, isBinary: boolean): void {
    if (!Buffer.isBuffer(data)) throw new Error('a frame is a buffer');
    const decoded = decodeServerMessage(isBinary ? data : data.toString(), this.encoding);
    if (!decoded.ok) throw new Error(decoded.fault.message);
    this.received.push(decoded.message);
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
