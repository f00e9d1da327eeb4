/** Turns WebSocket upgrades into connections. Only this and `line.ts` know the `ws` library. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type PerMessageDeflateOptions, type Server, WebSocketServer } from 'ws';
import { SUBPROTOCOLS, type Encoding } from '../../shared/protocol.ts';
import type { Connection } from './connection.ts';
import { Line, type OnLineError } from './line.ts';
import type { Socket } from './socket.ts';

/** Makes the connection for an accepted socket. */
export type Connect = (socket: Socket, encoding: Encoding) => Connection;

export interface AcceptorDeps {
  readonly maxMessageBytes: number;
  /** Messages from this size on are worth deflating, for clients that offer it; undefined: it is not spoken. */
  readonly compressFromBytes: number | undefined;
  readonly onError: OnLineError;
}

export class Acceptor {
  readonly #server: Server<typeof Line>;
  readonly #deps: AcceptorDeps;

  constructor(deps: AcceptorDeps) {
    this.#deps = deps;
    this.#server = new WebSocketServer({
      WebSocket: Line,
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
    this.#server.handleUpgrade(request, stream, head, (line) => {
      if (this.#deps.compressFromBytes !== undefined) line.deflate(this.#deps.compressFromBytes);
      const encoding = line.protocol === SUBPROTOCOLS.json ? 'json' : 'msgpack';
      line.join(stream, connect(line, encoding), this.#deps.onError);
      line.read(stream, this.#deps.maxMessageBytes);
    });
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
