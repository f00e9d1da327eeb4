/** An emulator behind HTTP as agents have them today, in pokemon-gym's dialect: every action takes 20 ms, however many keys are in it. */
import { createServer, type IncomingMessage } from 'node:http';
import { parseButtons } from '../../client/index.ts';
import { portOf } from './port.ts';

/** How long an action takes. */
const REQUEST_MS = 20;
/** Its keys are pressed before this much of it is over. */
const PRESSED_MS = 15;

export interface SlowHttp {
  readonly port: number;
  /** The keys it was given since it was last asked, in the order they came. */
  takeLog(): number[];
  close(): Promise<void>;
}

export async function startSlowHttp(): Promise<SlowHttp> {
  let log: number[] = [];
  let steps = 0;
  const state = () => JSON.stringify({ location: '', step_number: steps, screenshot_base64: '' });
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/status') === true) {
      response.end(JSON.stringify({ status: 'running', steps_taken: steps }));
      return;
    }
    void bodyOf(request).then(({ keys = [] }) => {
      if (request.url?.endsWith('/action') !== true) {
        steps = 0;
        response.end(state());
        return;
      }
      // When within its 20 ms an action presses its keys differs from one to the next.
      setTimeout(() => log.push(...keys.map((key) => parseButtons(key) ?? 0)), Math.random() * PRESSED_MS);
      setTimeout(() => {
        steps += 1;
        response.end(state());
      }, REQUEST_MS);
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
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

async function bodyOf(request: IncomingMessage): Promise<{ readonly keys?: readonly string[] }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : JSON.parse(text);
}
