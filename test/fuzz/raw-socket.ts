/** A TCP socket that speaks as much or as little of HTTP and WebSocket as it is told to. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** A frame of RFC 6455 section 5.2, each part of which may be wrong. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
  /** @default true */
  readonly fin?: boolean;
  /** The three reserved bits; 4 says that the message is compressed. @default 0 */
  readonly rsv?: number;
  /** @default true, as a client must */
  readonly masked?: boolean;
  /** What the header says, whatever follows. @default that of the payload */
  readonly length?: bigint;
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export function rawFrame({ opcode, payload, fin = true, rsv = 0, masked = true, length }: RawFrame): Buffer {
  const declared = length ?? BigInt(payload.length);
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const bit = masked ? 0x80 : 0;
  // A mask of zeros leaves the payload as it is.
  const mask = Buffer.alloc(masked ? 4 : 0);
  return Buffer.concat([Buffer.from([first]), lengthBytes(declared, bit), mask, payload]);
}

function lengthBytes(length: bigint, bit: number): Buffer {
  if (length < 126n) return Buffer.from([bit | Number(length)]);
  const long = length > 0xffffn;
  const bytes = Buffer.alloc(long ? 9 : 3);
  bytes[0] = bit | (long ? 127 : 126);
  if (long) bytes.writeBigUInt64BE(length, 1);
  else bytes.writeUInt16BE(Number(length), 1);
  return bytes;
}

export class RawSocket {
  readonly socket: Socket;
  /** Resolves when the socket is closed, by whichever side. */
  readonly closed: Promise<void>;
  #gone = false;
  #heard = 0;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#gone = true;
        this.#wake();
        resolve();
      });
    });
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      this.#heard += data.length;
      this.#wake();
    });
  }

  static open(port: number): Promise<RawSocket> {
    return new Promise((resolve) => {
      const raw = new RawSocket(connect(port, '127.0.0.1'));
      raw.socket.once('connect', () => resolve(raw));
      raw.socket.once('close', () => resolve(raw));
    });
  }

  /** Opens a WebSocket. @param offer further header lines */
  static async upgraded(port: number, subprotocol: string, offer = ''): Promise<RawSocket> {
    const raw = await RawSocket.open(port);
    raw.write(upgradeRequest(subprotocol, offer));
    await raw.heard();
    return raw;
  }

  get gone(): boolean {
    return this.#gone;
  }

  write(data: Uint8Array | string): void {
    if (!this.#gone && this.socket.writable) this.socket.write(data);
  }

  frame(frame: RawFrame): void {
    this.write(rawFrame(frame));
  }

  /** Resolves when something comes that had not come before, or the socket is closed. */
  async heard(): Promise<void> {
    const before = this.#heard;
    while (this.#heard === before && !this.#gone) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends it without a word. */
  cut(): void {
    this.socket.destroy();
  }
}

export function upgradeRequest(subprotocol: string, offer = ''): string {
  return [
    'GET /v1 HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    `Sec-WebSocket-Protocol: ${subprotocol}`,
    `${offer}\r\n`,
  ].join('\r\n');
}
