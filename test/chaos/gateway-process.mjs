// A gateway in a process of its own whose games die when it is told so. Its settings are the argument, as JSON.
import { BroadcastChannel } from 'node:worker_threads';
import { makeConfig } from '../../dist/server/config.js';
import { createGateway } from '../../dist/server/gateway.js';

const log = {
  error: (message, fields) => process.send({ error: `${message} ${JSON.stringify(fields ?? {})}` }),
  warn() {},
  info() {},
  debug() {},
};
const workerUrl = new URL('../support/mortal-worker.js', import.meta.url);
const gateway = await createGateway(makeConfig(JSON.parse(process.argv[2])), { log, workerUrl });
const channel = new BroadcastChannel('mortal');
process.on('message', (chance) => channel.postMessage(chance));
process.on('disconnect', () => void gateway.close().finally(() => process.exit()));
const { port } = await gateway.listen();
process.send({ port });
