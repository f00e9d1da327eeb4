/**
 * What one would write first: `ws`, msgpack, and one ack message for every message. It takes and answers the gateway's own
 * bytes, but has no sessions, no order to keep, no batches and no game.
 */
import { Packr } from 'msgpackr';
import { type RawData, WebSocketServer } from 'ws';
import { portOf } from './port.ts';

const ACK = 2;
const EXECUTED = 0;
const packr = new Packr({ useRecords: false });

export async function startAckEach(): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket) => {
    let frame = 0;
    socket.on('message', (data: RawData) => {
      if (!Buffer.isBuffer(data)) return;
      const [, seq, , hold, gap]: number[] = packr.unpack(data);
      const frames = (hold ?? 0) + (gap ?? 0);
      socket.send(packr.pack([ACK, seq, [[EXECUTED, frame, frames]]]));
      frame += frames;
    });
  });
  return await portOf(server);
}
