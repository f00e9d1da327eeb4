/** Those beside whom somebody plays: watchers who do nothing, and clients who ask and never read. */
import { WebSocket } from 'ws';
import { encodeClientMessage } from '../../shared/codec.ts';
import { type ClientMessage, ENDPOINT, SUBPROTOCOLS } from '../../shared/protocol.ts';
import { serve } from './rpc.ts';

export interface Crowd {
  readonly port: number;
  readonly count: number;
}

/** How many connections are opened at once. */
const AT_A_TIME = 50;
/** Calls that each of those who never read makes; the answers are more than their system takes for them. */
const CALLS = 2000;

let leaving = false;
const sockets = new Set<WebSocket>();

const api = {
  /** Resolves when all are welcome. They answer pings, and do nothing else. */
  async watch({ port, count }: Crowd): Promise<void> {
    await inTurns(count, async () => void (await join(port)));
  },
  /** Each subscribes, calls, and reads nothing from then on. Whoever is cut off comes back. */
  async neverRead({ port, count }: Crowd): Promise<void> {
    await inTurns(count, () => hoard(port));
  },
  /** How many are connected. */
  size(): number {
    return sockets.size;
  },
  leave(): void {
    leaving = true;
    for (const socket of sockets) socket.terminate();
  },
};
export type CrowdApi = typeof api;

async function inTurns(count: number, open: () => Promise<void>): Promise<void> {
  for (let opened = 0; opened < count; opened += AT_A_TIME) {
    await Promise.all(Array.from({ length: Math.min(AT_A_TIME, count - opened) }, open));
  }
}

/** A watcher, welcomed. @throws Error when it is refused */
function join(port: number): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${ENDPOINT}`, SUBPROTOCOLS.msgpack, {
      perMessageDeflate: false,
    });
    socket.once('open', () => say(socket, { type: 'hello', hello: { role: 'watch' } }));
    socket.once('message', () => resolve(socket));
    socket.once('error', reject);
    socket.once('close', (code) => {
      sockets.delete(socket);
      reject(new Error(`closed with ${code} before welcome`));
    });
    sockets.add(socket);
  });
}

async function hoard(port: number): Promise<void> {
  const socket = await join(port);
  socket.pause();
  socket.on('error', () => undefined);
  socket.once('close', () => {
    if (!leaving) hoard(port).catch(() => undefined);
  });
  say(socket, { type: 'subscribe', id: 1, channel: 'stats', options: { intervalMs: 1000 } });
  for (let id = 1; id <= CALLS; id++) say(socket, { type: 'call', id, method: 'emulators', params: {} });
}

function say(socket: WebSocket, message: ClientMessage): void {
  socket.send(encodeClientMessage(message, 'msgpack'));
}

serve(api, () => api.leave());
