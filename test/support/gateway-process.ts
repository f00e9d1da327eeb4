/** A gateway as users start it, in a process of its own that can be killed, with its journals in a folder. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class GatewayProcess {
  readonly url: string;
  readonly #kill: (signal: NodeJS.Signals) => Promise<number | null>;

  private constructor(url: string, kill: (signal: NodeJS.Signals) => Promise<number | null>) {
    this.url = url;
    this.#kill = kill;
  }

  static async start(data: string, port = 0): Promise<GatewayProcess> {
    const main = new URL('../../dist/server/main.js', import.meta.url).pathname;
    const args = [main, 'serve', '--port', String(port), '--data', data, '--snapshot-ms', '200'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const ready = (async () => {
      for await (const line of createInterface({ input: child.stdout })) {
        const url = /http:\/\/\S+/.exec(line)?.[0];
        if (url !== undefined) return url;
      }
      throw new Error('the gateway did not start');
    })();
    return new GatewayProcess((await ready).replace('http', 'ws'), async (signal) => {
      child.kill(signal);
      return await exited;
    });
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    return this.#kill(signal);
  }
}
