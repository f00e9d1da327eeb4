/** Socket.IO: an event with an acknowledgement for every press, over WebSocket from the start, with its own or the msgpack parser. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import msgpackParser from 'socket.io-msgpack-parser';

const EXECUTED = 0;
/** No probes while we measure; the gateway's are as far away. */
const PING_MS = 3_600_000;

/**
 * @param {{ parser: 'default' | 'msgpack' }} options
 * @returns {Promise<number>} the port
 */
export async function start({ parser }) {
  const http = createServer();
  const io = new Server(http, {
    transports: ['websocket'],
    perMessageDeflate: false,
    serveClient: false,
    pingInterval: PING_MS,
    ...(parser === 'msgpack' && { parser: msgpackParser }),
  });
  io.on('connection', (socket) => {
    let frame = 0;
    socket.on('press', (_buttons, hold, gap, ack) => {
      const frames = hold + gap;
      ack(EXECUTED, frame, frames);
      frame += frames;
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return http.address().port;
}
