/** The port that a server which was asked for any has got. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { WebSocketServer } from 'ws';

export async function portOf(server: Server | WebSocketServer): Promise<number> {
  if (server.address() === null) await once(server, 'listening');
  const address = server.address();
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('the server has no port');
}
