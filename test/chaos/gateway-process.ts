/** The gateway that the chaos strikes, always on the same port and data directory. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import type { ConfigInput } from '../../server/config.ts';

const MESSAGE = z.union([z.object({ port: z.int() }), z.object({ error: z.string() })]);

export class GatewayProcess {
  /** Errors that reached the log of any of its lives. */
  readonly errors: string[] = [];
  readonly #settings: ConfigInput;
  #process: ChildProcess | undefined;
  #port = 0;

  constructor(settings: ConfigInput) {
    this.#settings = settings;
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const settings = { ...this.#settings, port: this.#port };
    const child = fork(new URL('gateway-process.mjs', import.meta.url), [JSON.stringify(settings)]);
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the gateway did not start')));
      child.on('message', (message) => {
        const told = MESSAGE.parse(message);
        if ('error' in told) this.errors.push(told.error);
        else {
          this.#port = told.port;
          resolve();
        }
      });
    });
  }

  /** `kill -9`, and the next one. */
  async restart(): Promise<void> {
    await this.#end('SIGKILL');
    await this.start();
  }

  /** Ends each of its games with this chance. */
  killWorkers(chance: number): void {
    this.#process?.send(chance);
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
}
