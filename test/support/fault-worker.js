// In place of an embedded game's worker: one that fails outside of the core, as no ROM can be made to.
import { parentPort } from 'node:worker_threads';

parentPort.on('message', (message) => {
  if (Array.isArray(message)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (message.request?.kind === 'battery') process.exit(3);
  if (message.request?.kind === 'reset') throw new Error('a fault in the worker');
});
parentPort.postMessage({ kind: 'ready' });
