/** Both ends of a WebSocket in this process, which deflate as the gateway and a client with default settings do. */
import type { Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { DEFLATE } from '../../server/connection/acceptor.ts';
import type { FrameData } from '../../shared/codec.ts';

/** From the client to the gateway, or from the gateway to the client. */
export type Direction = 'up' | 'down';

/** What it took to carry frames. */
export interface Carried {
  /** On the line, with the headers and masks of the frames. */
  readonly bytes: number;
  /** Of this process: both ends, and the threads that deflate. */
  readonly cpuUs: number;
}

interface End {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
}

/** Frames under way at once. */
const WINDOW = 8;

export class WsLine implements Disposable {
  readonly #server: WebSocketServer;
  readonly #ends: Readonly<Record<'gateway' | 'client', End>>;

  private constructor(server: WebSocketServer, gateway: End, client: End) {
    this.#server = server;
    this.#ends = { gateway, client };
  }

  static async open(): Promise<WsLine> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: DEFLATE });
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    if (typeof address === 'string' || address === null) throw new Error('the server has no port');
    const accepted = new Promise<End>((resolve) =>
      server.once('connection', (webSocket, request) => resolve({ webSocket, socket: request.socket })),
    );
    const webSocket = new WebSocket(`ws://127.0.0.1:${address.port}`, {
      perMessageDeflate: { threshold: 0 },
    });
    const upgraded = new Promise<Socket>((resolve) =>
      webSocket.once('upgrade', (response) => resolve(response.socket)),
    );
    const opened = new Promise((resolve) => webSocket.once('open', resolve));
    const [gateway, socket] = await Promise.all([accepted, upgraded, opened]);
    return new WsLine(server, gateway, { webSocket, socket });
  }

  /** Sends frames in order, each as a message; all have arrived when it resolves. */
  async carry(direction: Direction, frames: readonly FrameData[], deflate: boolean): Promise<Carried> {
    const { gateway, client } = this.#ends;
    const [from, to] = direction === 'up' ? [client, gateway] : [gateway, client];
    const before = to.socket.bytesRead;
    const cpu = process.cpuUsage();
    await passed(from.webSocket, to.webSocket, frames, deflate);
    const { user, system } = process.cpuUsage(cpu);
    return { bytes: to.socket.bytesRead - before, cpuUs: user + system };
  }

  [Symbol.dispose](): void {
    this.#ends.client.webSocket.terminate();
    this.#ends.gateway.webSocket.terminate();
    this.#server.close();
  }
}

function passed(
  from: WebSocket,
  to: WebSocket,
  frames: readonly FrameData[],
  deflate: boolean,
): Promise<void> {
  return new Promise((resolve) => {
    let arrived = 0;
    let sent = 0;
    const send = () => {
      const frame = frames[sent];
      if (frame === undefined) return;
      sent += 1;
      from.send(frame, { compress: deflate });
    };
    const onMessage = () => {
      arrived += 1;
      send();
      if (arrived < frames.length) return;
      to.off('message', onMessage);
      resolve();
    };
    to.on('message', onMessage);
    for (let i = 0; i < WINDOW; i++) send();
  });
}
