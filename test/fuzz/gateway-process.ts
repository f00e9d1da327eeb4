/** The gateway that is attacked, from outside: where it is, and how it feels. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import type { ConfigInput } from '../../server/config.ts';

const READY = z.object({ port: z.int(), compatPorts: z.array(z.int()) });
const STATE = z.object({
  memory: z.object({ rss: z.number(), heapUsed: z.number(), external: z.number(), arrayBuffers: z.number() }),
  errors: z.array(z.string()),
});

export type GatewayState = z.output<typeof STATE>;

export class GatewayProcess implements AsyncDisposable {
  readonly port: number;
  readonly compatPorts: readonly number[];
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, { port, compatPorts }: z.output<typeof READY>) {
    this.#process = process;
    this.port = port;
    this.compatPorts = compatPorts;
  }

  static async start(settings: ConfigInput): Promise<GatewayProcess> {
    const module = new URL('gateway-process.mjs', import.meta.url);
    const child = fork(module, [JSON.stringify(settings)], { execArgv: ['--expose-gc'] });
    const [ready]: unknown[] = await once(child, 'message');
    return new GatewayProcess(child, READY.parse(ready));
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Undefined while it lives, else how it ended. */
  get ended(): string | undefined {
    const { exitCode, signalCode } = this.#process;
    return exitCode === null && signalCode === null ? undefined : `${exitCode ?? signalCode}`;
  }

  /** What it holds after collecting garbage. */
  async state(): Promise<GatewayState> {
    const answer = once(this.#process, 'message');
    this.#process.send('state');
    const [state]: unknown[] = await answer;
    return STATE.parse(state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.ended !== undefined) return;
    const exit = once(this.#process, 'exit');
    this.#process.disconnect();
    await exit;
  }
}
