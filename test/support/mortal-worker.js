/** The worker of an embedded game that ends when it is told to: `new BroadcastChannel('mortal').postMessage(chance)`. */
import { BroadcastChannel } from 'node:worker_threads';

const channel = new BroadcastChannel('mortal');
channel.onmessage = ({ data: chance }) => {
  if (Math.random() < chance) process.exit(9);
};
channel.unref();
await import('../../dist/server/emulator/drivers/embedded/worker.js');
