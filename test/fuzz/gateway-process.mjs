// A gateway in a process of its own, which tells on demand what memory is left in use and what it logged as an error.
import { makeConfig } from '../../dist/server/config.js';
import { createGateway } from '../../dist/server/gateway.js';

const errors = [];
const log = {
  error: (message, fields) => errors.push(`${message} ${JSON.stringify(fields)}`),
  warn() {},
  info() {},
  debug() {},
};
const gateway = await createGateway(makeConfig(JSON.parse(process.argv[2])), { log });
const { port, compatPorts } = await gateway.listen();

process.on('message', async () => {
  // What one collection frees may be what kept something else alive.
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  process.send({ memory: process.memoryUsage(), errors });
});
process.on('disconnect', () => void gateway.close().finally(() => process.exit()));
process.send({ port, compatPorts });
