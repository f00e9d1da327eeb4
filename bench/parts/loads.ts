/** The ways in which presses are put on a server, and the figures of each. */
import type { Bench } from '../bench.ts';
import type { OpenFleet, Seen } from '../generator/jobs.ts';
import type { GeneratorApi } from '../processes/generator.ts';
import type { Child } from '../processes/rpc.ts';
import { percentile } from '../report/figures.ts';
import { type Column, Table } from '../report/table.ts';
import { LABELS, measure, type Row } from './rows.ts';

export type LoadKind = 'burst' | 'ping_pong' | 'paced' | 'steady';

/** Presses outstanding on each connection in a burst. */
const WINDOW = 64;
/** A player's rate, and that of a crowd. */
const PACED_PER_SECOND = 60;
const STEADY_PER_SECOND = 20;

export const RATE: Column = { name: 'rate', title: 'presses/s', better: 'more', ratio: 'to-base' };
export const P50: Column = { name: 'p50', title: 'p50 µs', better: 'less', ratio: 'to-base' };
const P99: Column = { name: 'p99', title: 'p99 µs', better: 'less', ratio: 'none' };
export const CPU: Column = { name: 'cpu', title: 'server CPU µs/press', better: 'less', ratio: 'to-base' };

const COLUMNS: Readonly<Record<LoadKind, readonly Column[]>> = {
  burst: [RATE, CPU],
  ping_pong: [RATE, { ...P50, ratio: 'none' }, P99, CPU],
  paced: [P50, P99, CPU],
  steady: [CPU, { ...P50, ratio: 'none' }, P99],
};
/** How long a job takes in the usual run, in ms: short ones where much happens in little time. */
const DURATION_MS: Readonly<Record<LoadKind, number>> = {
  burst: 600,
  ping_pong: 600,
  paced: 1200,
  steady: 1500,
};

/** The same in a quick run. */
const QUICK_MS: Readonly<Record<LoadKind, number>> = { burst: 110, ping_pong: 150, paced: 160, steady: 200 };

/** One load at one number of sessions, with its table. */
export class Load {
  readonly kind: LoadKind;
  readonly sessions: number;
  readonly table: Table;

  /**
   * @param base the row that the others are compared with
   * @param of begins the table's name, where the same load is measured in several parts
   */
  constructor(kind: LoadKind, sessions: number, base: string, of?: string) {
    this.kind = kind;
    this.sessions = sessions;
    this.table = new Table({
      name: [...(of === undefined ? [] : [of]), kind, sessions].join('_'),
      title: titleOf(kind, sessions),
      base,
      columns: COLUMNS[kind],
      labels: LABELS,
    });
  }

  /** Puts it on a row whose fleet (of the row's name) is open, and returns the row's figures. */
  async figures(bench: Bench, generator: Child<GeneratorApi>, row: Row, measured: boolean) {
    // What is rare needs more time for a figure.
    const usualMs = bench.quick ? QUICK_MS[this.kind] : bench.ms(DURATION_MS[this.kind]);
    const rare = this.sessions <= 10 && this.kind !== 'burst';
    const ms = usualMs * (measured ? 1 : 0.4) * (rare ? 1.5 : 1);
    const seen = await measure(bench, row, () => this.#run(generator, { fleet: row.name }, ms));
    return {
      rate: (seen.answered / seen.elapsedMs) * 1000,
      ...(seen.roundTripsUs.length > 0 && {
        p50: percentile(seen.roundTripsUs, 0.5),
        p99: percentile(seen.roundTripsUs, 0.99),
      }),
      cpu: seen.cpuUs,
    };
  }

  #run(generator: Child<GeneratorApi>, target: OpenFleet, durationMs: number): Promise<Seen> {
    const job = { target, connections: this.sessions, durationMs };
    switch (this.kind) {
      case 'burst':
        return generator.call('closedLoop', { ...job, window: WINDOW });
      case 'ping_pong':
        return generator.call('closedLoop', { ...job, window: 1 });
      case 'paced':
        return generator.call('paced', { ...job, perSecond: PACED_PER_SECOND });
      case 'steady':
        return generator.call('paced', { ...job, perSecond: STEADY_PER_SECOND });
    }
  }
}

function titleOf(kind: LoadKind, sessions: number): string {
  const on = `${sessions} ${sessions === 1 ? 'session' : 'sessions'}`;
  switch (kind) {
    case 'burst':
      return `bursts: ${on}, ${WINDOW} presses outstanding on each`;
    case 'ping_pong':
      return `ping-pong: ${on}, one press outstanding on each`;
    case 'paced':
      return `paced: ${on}, ${PACED_PER_SECOND} presses a second on each`;
    case 'steady':
      return `steady: ${on}, ${STEADY_PER_SECOND} presses a second on each`;
  }
}
