/** One run of the benchmark: its rounds, the processes it has started, and what else the machine did meanwhile. */
import { type RoundLoad, watchForeignLoad } from './machine.ts';
import { type Api, Child } from './processes/rpc.ts';
import type { ServerApi, ServerSetup } from './processes/server.ts';

export interface BenchOptions {
  readonly rounds: number;
  /** Times by which the usual durations are multiplied. */
  readonly scale: number;
  /** Told what is going on. */
  readonly progress: (line: string) => void;
}

export interface Server {
  readonly port: number;
  readonly process: Child<ServerApi>;
}

export class Bench {
  readonly rounds: readonly RoundLoad[];
  readonly faults: string[] = [];
  readonly #options: BenchOptions;
  readonly #loads: RoundLoad[] = [];
  #children: Child<Api>[] = [];

  constructor(options: BenchOptions) {
    this.#options = options;
    this.rounds = this.#loads;
  }

  /** A duration of the usual run, as long as it is to be in this one. */
  ms(usualMs: number): number {
    return usualMs * this.#options.scale;
  }

  /** Starts a process that ends with the part. */
  start<A extends { [M in keyof A]: (argument: never) => unknown }>(module: string): Child<A> {
    const child = new Child<A>(module);
    this.#children.push(child);
    return child;
  }

  async startServer(setup: ServerSetup): Promise<Server> {
    const process = this.start<ServerApi>('server');
    return { process, port: await process.call('start', setup) };
  }

  /** Runs all rows of a part once unmeasured and then round after round, A B C A B C, so that a disturbance meets all alike. */
  async inRounds(part: string, round: (measured: boolean) => Promise<void>): Promise<void> {
    this.#options.progress(`${part}: warming up`);
    await round(false);
    for (let number = 1; number <= this.#options.rounds; number++) {
      this.#options.progress(`${part}: round ${number} of ${this.#options.rounds}`);
      const foreignShare = watchForeignLoad(() => [process.pid, ...this.#children.map(({ pid }) => pid)]);
      await round(true);
      this.#loads.push({ part, round: number, foreignShare: foreignShare() });
    }
  }

  /** Ends every process that was started. */
  async stopAll(): Promise<void> {
    const children = this.#children;
    this.#children = [];
    await Promise.all(children.map((child) => child.stop()));
  }
}
