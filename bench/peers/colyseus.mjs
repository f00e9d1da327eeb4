/** Colyseus: a room for every player, without a state to synchronize, and a message back for every press. */
import { createServer } from 'node:http';
import { Room, Server } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';

const EXECUTED = 0;

class PressRoom extends Room {
  maxClients = 1;
  // There is no state: looking for changes of it twenty times a second in each room would cost time for nothing.
  patchRate = null;

  onCreate() {
    let frame = 0;
    this.onMessage('press', (client, [seq, , hold, gap]) => {
      const frames = hold + gap;
      client.send('ack', [seq, EXECUTED, frame, frames]);
      frame += frames;
    });
  }
}

/** @returns {Promise<number>} the port */
export async function start() {
  const http = createServer();
  const server = new Server({
    // No probes while we measure.
    transport: new WebSocketTransport({ server: http, pingInterval: 0 }),
    greet: false,
    gracefullyShutdown: false,
  });
  server.define('press', PressRoom);
  await server.listen(0, '127.0.0.1');
  return http.address().port;
}
