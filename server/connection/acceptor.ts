/** Turns WebSocket upgrades into connections: the only place that knows the `ws` library. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type PerMessageDeflateOptions, type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { FrameData } from '../../shared/codec.ts';
import { SUBPROTOCOLS, type Encoding } from '../../shared/protocol.ts';
import type { Connection } from './connection.ts';
import type { Socket } from './socket.ts';

/** Makes the connection for an accepted socket. */
export type Connect = (socket: Socket, encoding: Encoding) => Connection;

export interface AcceptorDeps {
  readonly maxMessageBytes: number;
  /** Messages from this size on are worth deflating, for clients that offer it; undefined: it is not spoken. */
  readonly compressFromBytes: number | undefined;
  readonly onError: (message: string, connection: number) => void;
}

export class Acceptor {
  readonly #server: WebSocketServer;
  readonly #deps: AcceptorDeps;

  constructor(deps: AcceptorDeps) {
    this.#deps = deps;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: deps.maxMessageBytes,
      perMessageDeflate: deps.compressFromBytes === undefined ? false : DEFLATE,
      handleProtocols: (offered) =>
        [SUBPROTOCOLS.msgpack, SUBPROTOCOLS.json].find((name) => offered.has(name)) ?? false,
    });
  }

  /** Completes the handshake of a request that the gateway's door has let in. */
  accept(request: IncomingMessage, stream: Duplex, head: Buffer, connect: Connect): void {
    this.#server.handleUpgrade(request, stream, head, (webSocket) => {
      const encoding = webSocket.protocol === SUBPROTOCOLS.json ? 'json' : 'msgpack';
      const counted = { bytes: 0 };
      // Before ws looks at them, so that a message's bytes are counted when it comes out. Asking the socket for each message
      // costs more than all else that is done with it here.
      stream.prependListener('data', (chunk: Uint8Array) => {
        counted.bytes += chunk.length;
      });
      const connection = connect(this.#adapt(webSocket, stream, counted), encoding);
      webSocket.on('message', (data, isBinary) => connection.receive(frameData(data, isBinary)));
      webSocket.on('pong', ({ length }) => connection.heard(length));
      webSocket.on('ping', ({ length }) => connection.heard(length));
      webSocket.on('close', (code) => connection.closed(code));
      // Broken frames and resets: ws closes the socket with the right code by itself (1002, 1007, 1009).
      webSocket.on('error', (error) => this.#deps.onError(error.message, connection.id));
    });
  }

  #adapt(webSocket: WebSocket, stream: Duplex, counted: { readonly bytes: number }): Socket {
    const offered = webSocket.extensions.includes('permessage-deflate');
    return {
      send: (data, deflate) => (offered ? webSocket.send(data, { compress: deflate }) : webSocket.send(data)),
      deflateFromBytes: offered ? (this.#deps.compressFromBytes ?? Infinity) : Infinity,
      cork: () => stream.cork(),
      uncork: () => stream.uncork(),
      get bufferedAmount() {
        return webSocket.bufferedAmount;
      },
      get bytesRead() {
        return counted.bytes;
      },
      ping: () => {
        if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
      },
      close: (code, reason) => webSocket.close(code, reason),
      terminate: () => webSocket.terminate(),
    };
  }
}

/**
 * Each message by itself, in both directions, so that a connection keeps no window of what went before. The largest message a
 * client may send is counted inflated.
 */
export const DEFLATE: PerMessageDeflateOptions = {
  // The outbox says of each message whether it is worth it.
  threshold: 0,
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: 13,
  zlibDeflateOptions: { level: 1, memLevel: 7 },
  // Of the whole process: who is not among them waits.
  concurrencyLimit: 4,
};

function frameData(data: RawData, isBinary: boolean): FrameData {
  const bytes = Array.isArray(data)
    ? Buffer.concat(data)
    : data instanceof ArrayBuffer
      ? new Uint8Array(data)
      : data;
  return isBinary ? bytes : new TextDecoder().decode(bytes);
}
