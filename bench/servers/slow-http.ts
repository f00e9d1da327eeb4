/** An emulator behind HTTP as agents have them today: every POST takes 20 ms, however many keys are in it. */
import { createServer, type IncomingMessage } from 'node:http';
import { portOf } from './port.ts';

/** How long a request takes. */
const REQUEST_MS = 20;

export interface SlowHttp {
  readonly port: number;
  /** The keys it was given since it was last asked, in the order they came. */
  takeLog(): number[];
}

export async function startSlowHttp(): Promise<SlowHttp> {
  let log: number[] = [];
  const server = createServer((request, response) => {
    void readKeys(request).then((keys) => {
      log.push(...keys);
      setTimeout(() => response.end('{"ok":true}'), REQUEST_MS);
    });
  });
  server.listen(0, '127.0.0.1');
  return {
    port: await portOf(server),
    takeLog() {
      const taken = log;
      log = [];
      return taken;
    },
  };
}

async function readKeys(request: IncomingMessage): Promise<number[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body: { keys: number[] } = JSON.parse(Buffer.concat(chunks).toString());
  return body.keys;
}
