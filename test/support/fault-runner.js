// In place of the thread of rollouts: it runs nothing, and one script makes it hang, another exit, as no ROM can be made to.
import { parentPort } from 'node:worker_threads';

parentPort.on('message', ({ kind, id, order }) => {
  if (kind !== 'run') return;
  if (order.script === 'SELECT') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (order.script === 'START') process.exit(3);
  parentPort.postMessage({ kind: 'ended', id, end: { status: 'done', frames: 16 } });
});
parentPort.postMessage({ kind: 'ready', threadId: undefined, unfair: 'it is a test' });
