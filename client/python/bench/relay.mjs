// The least that a server can do for a press on a game that has a thread of its own: no seqs, no batches, no figures, nothing kept. Each
// connection has a game; its messages, [buttons, hold, gap] as msgpack, go to the game's thread, and go back as they came once their frames
// have run. Prints its port.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { unpack } from 'msgpackr';
import { WebSocketServer } from 'ws';
import { intoTheWorld, press } from './world.mjs';

if (isMainThread) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket) => {
    const game = new Worker(new URL(import.meta.url));
    game.on('message', () => socket.send(waiting.shift()));
    const waiting = [];
    socket.on('message', (data) => {
      waiting.push(data);
      game.postMessage(unpack(data));
    });
    socket.on('close', () => void game.terminate());
  });
  server.on('listening', () => process.stdout.write(`${server.address().port}\n`));
} else {
  const machine = intoTheWorld();
  parentPort.on('message', (asked) => {
    press(machine, asked);
    parentPort.postMessage(0);
  });
}
