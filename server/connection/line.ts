/**
 * A WebSocket of the `ws` library as a connection's socket. It hears its own events instead of having listeners: of what an idle connection
 * took in memory, closures and listeners were the most.
 */
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { SUBPROTOCOLS } from '../../shared/protocol.ts';
import type { Connection } from './connection.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import { framed } from './frames.ts';
import { messageOf, type Outgoing, type Socket } from './socket.ts';

/** Told of broken frames and resets, and on which connection: ws closes the socket with the right code by itself (1002, 1007, 1009). */
export type OnLineError = (message: string, connection: number) => void;

const UTF8 = new TextDecoder();

/** Hears bytes that arrive; `this` is the stream. */
type Hear = (this: unknown, bytes: Buffer) => void;

export class Line extends WebSocket implements Socket, FrameSink {
  bytesRead = 0;
  #stream: Duplex | undefined;
  #reader: FrameReader | undefined;
  /** What listens for bytes in ws. */
  #wsHears: Hear | undefined;
  #connection: Connection | undefined;
  #onError: OnLineError | undefined;
  #deflateFromBytes = Infinity;

  /**
   * Counts what arrives, before ws looks at it, so that a message's bytes are counted when it comes out. Small binary messages are read here;
   * ws gets what else there is, and everything where messages may be deflated: it is ws then that knows their order.
   * @param maxBytes most bytes that a message may have
   */
  read(stream: Duplex, maxBytes: number): void {
    const plain = this.protocol === SUBPROTOCOLS.msgpack && this.extensions === '';
    const hears = stream.listeners('data').find(isHear);
    if (!plain || hears === undefined) {
      // Asking the socket for each message costs more than all else that is done with it here.
      stream.prependListener('data', (chunk: Uint8Array) => {
        this.bytesRead += chunk.length;
      });
      return;
    }
    const reader = new FrameReader(this, maxBytes);
    this.#reader = reader;
    this.#wsHears = hears;
    stream.on('data', (chunk: Buffer) => {
      this.bytesRead += chunk.length;
      reader.read(chunk);
    });
    // After ours was added: where the last listener of an event is taken off, Node makes the list of events one that takes 600 bytes more.
    stream.off('data', hears);
  }

  /** A small binary message. */
  message(payload: Buffer): void {
    if (this.#stream?.destroyed === false) this.#connection?.receive(payload);
  }

  /** Bytes of frames that are for ws. */
  others(bytes: Buffer): void {
    this.#wsHears?.call(this.#stream, bytes);
  }

  /** Messages from this size on are worth deflating, if the client has offered it. */
  deflate(fromBytes: number): void {
    if (this.extensions.includes('permessage-deflate')) this.#deflateFromBytes = fromBytes;
  }

  get deflateFromBytes(): number {
    return this.#deflateFromBytes;
  }

  /** From now on the connection gets what arrives, and may write to the stream. */
  join(stream: Duplex, connection: Connection, onError: OnLineError): void {
    this.#stream = stream;
    this.#connection = connection;
    this.#onError = onError;
  }

  write(messages: readonly Outgoing[]): void {
    if (this.#stream === undefined || this.readyState !== this.OPEN) return;
    if (this.#deflateFromBytes === Infinity) {
      this.#stream.write(framed(messages));
      return;
    }
    // ws deflates in threads and keeps the order: all of a line's messages go its way then.
    this.#stream.cork();
    for (const message of messages) {
      const plain = messageOf(message);
      this.send(plain, { compress: plain !== message });
    }
    this.#stream.uncork();
  }

  /** What ws has to tell; nobody else listens. */
  override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
    const connection = this.#connection;
    if (connection === undefined) return false;
    switch (event) {
      case 'message':
        // What ws read of a socket that is gone may begin in the middle of a frame.
        if (Buffer.isBuffer(first) && this.#stream?.destroyed === false) {
          connection.receive(second === true ? first : UTF8.decode(first));
        }
        return true;
      case 'ping':
      case 'pong':
        if (Buffer.isBuffer(first)) connection.heard(first.length);
        return true;
      case 'close':
        connection.closed(Number(first));
        return true;
      case 'error':
        this.#reader?.close();
        this.#onError?.(first instanceof Error ? first.message : String(first), connection.id);
        return true;
      default:
        return false;
    }
  }
}

function isHear(listener: unknown): listener is Hear {
  return typeof listener === 'function';
}
