/** The least that a WebSocket server in Node can do: every message goes back as it came. */
import { WebSocketServer } from 'ws';
import { portOf } from './port.ts';

export async function startEcho(): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('message', (data) => socket.send(data));
  });
  return await portOf(server);
}
