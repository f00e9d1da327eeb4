/** One run of the benchmark: its rounds, the processes it has started, and what else the machine did meanwhile. */
import { watchForeignLoad } from './machine.ts';
import { installPeers } from './peers-install.ts';
import { type Api, Child } from './processes/rpc.ts';
import type { ServerApi, ServerSetup } from './processes/server.ts';
import type { Table } from './report/table.ts';
import { keptRounds, type RoundLoad, wantsAnother } from './rounds.ts';

export interface BenchOptions {
  readonly quick: boolean;
  /** Rounds that are to count. */
  readonly rounds: number;
  /** Times by which the usual durations are multiplied. */
  readonly scale: number;
  /** How long rounds that others disturbed may be run again, all parts together, in ms. */
  readonly retryMs: number;
  /** Told what is going on. */
  readonly progress: (line: string) => void;
}

export interface Server {
  readonly port: number;
  readonly process: Child<ServerApi>;
}

/** One pass over all rows of a part. */
export interface Round {
  /** False in the first, which warms up. */
  readonly measured: boolean;
  /** A row's figures. They count if the round does: if it is measured, and nobody else used the machine. */
  readonly add: (table: Table, row: string, values: Readonly<Record<string, number>>) => void;
}

type Figure = readonly [table: Table, row: string, values: Readonly<Record<string, number>>];

export class Bench {
  readonly rounds: readonly RoundLoad[];
  readonly faults: string[] = [];
  readonly #options: BenchOptions;
  readonly #loads: RoundLoad[] = [];
  #retryMsLeft: number;
  #peers: Promise<string | undefined> | undefined;
  #children: Child<Api>[] = [];

  constructor(options: BenchOptions) {
    this.#options = options;
    this.#retryMsLeft = options.retryMs;
    this.rounds = this.#loads;
  }

  /** Whether it is to be over within a minute: only what the summary needs is measured. */
  get quick(): boolean {
    return this.#options.quick;
  }

  /** A duration of the usual run, as long as it is to be in this one. */
  ms(usualMs: number): number {
    return usualMs * this.#options.scale;
  }

  /**
   * Starts a process that ends with the part.
   * @param flags for Node
   */
  start<A extends { [M in keyof A]: (argument: never) => unknown }>(
    module: string,
    flags: readonly string[] = [],
  ): Child<A> {
    const child = new Child<A>(module, flags);
    this.#children.push(child);
    return child;
  }

  /** Why the servers of others cannot be measured; undefined once they can. */
  peersProblem(): Promise<string | undefined> {
    this.#peers ??= installPeers(this.#options.progress);
    return this.#peers;
  }

  async startServer(setup: ServerSetup, flags: readonly string[] = []): Promise<Server> {
    const process = this.start<ServerApi>('server', flags);
    return { process, port: await process.call('start', setup) };
  }

  /**
   * Runs all rows of a part once unmeasured and then round after round, A B C A B C, so that a disturbance meets all alike. Rounds in which
   * others used the machine are run again, within bounds. When the run is quick, a part that is `aside` is run once and cold: no ratio
   * that is to be compared from run to run comes from it; and one that is `warm` has no unmeasured round.
   */
  async inRounds(
    part: string,
    run: (round: Round) => Promise<void>,
    { aside = false, warm = aside }: { readonly aside?: boolean; readonly warm?: boolean } = {},
  ): Promise<void> {
    const { progress } = this.#options;
    const wanted = aside && this.quick ? 1 : this.#options.rounds;
    if (!warm || !this.quick) {
      progress(`${part}: warming up`);
      await run({ measured: false, add: () => undefined });
    }
    const attempts: Figure[][] = [];
    const shares: (number | null)[] = [];
    while (wantsAnother(shares, wanted, this.#retryMsLeft)) {
      progress(`${part}: round ${attempts.length + 1}`);
      const startMs = performance.now();
      const figures: Figure[] = [];
      const foreignShare = watchForeignLoad(() => [process.pid, ...this.#children.map(({ pid }) => pid)]);
      await run({ measured: true, add: (...figure) => figures.push(figure) });
      shares.push(foreignShare());
      attempts.push(figures);
      if (attempts.length > wanted) this.#retryMsLeft -= performance.now() - startMs;
    }
    const kept = keptRounds(shares, wanted);
    for (const index of kept) for (const figure of attempts[index] ?? []) add(figure);
    for (const [index, foreignShare] of shares.entries()) {
      this.#loads.push({ part, round: index + 1, foreignShare, kept: kept.includes(index) });
    }
  }

  /** Ends every process that was started. */
  async stopAll(): Promise<void> {
    const children = this.#children;
    this.#children = [];
    await Promise.all(children.map((child) => child.stop()));
  }
}

function add([table, row, values]: Figure): void {
  table.add(row, values);
}
