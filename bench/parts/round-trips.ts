/** How long one press takes there and back: as fast as the answers come, and at a player's rate. */
import type { Bench } from '../bench.ts';
import type { Target } from '../generator/connection.ts';
import type { Seen } from '../generator/jobs.ts';
import type { GeneratorApi } from '../processes/generator.ts';
import type { Child } from '../processes/rpc.ts';
import { percentile } from '../report/figures.ts';
import type { PartReport } from '../report/report.ts';
import { type Column, Table } from '../report/table.ts';
import { LABELS, measure, startRows } from './rows.ts';

type Generator = Child<GeneratorApi>;

interface Workload {
  readonly table: Table;
  readonly run: (generator: Generator, target: Target, durationMs: number) => Promise<Seen>;
  readonly durationMs: number;
}

const CPU: Column = { name: 'cpu', title: 'server CPU µs/press', better: 'less', ratio: 'none' };
const P50: Column = { name: 'p50', title: 'p50 µs', better: 'less', ratio: 'to-base' };
const P99: Column = { name: 'p99', title: 'p99 µs', better: 'less', ratio: 'none' };

export async function roundTrips(bench: Bench): Promise<PartReport> {
  const generator = bench.start<GeneratorApi>('generator');
  const rows = await startRows(bench, [
    'ws_msgpack',
    'ws_echo',
    'gateway_threshold',
    'gateway_eager',
    'gateway_adaptive',
  ]);
  const workloads = [pingPong(1), pingPong(10), paced(10, 60)];
  await bench.inRounds('round trips', async (measured) => {
    for (const { table, run, durationMs } of workloads) {
      for (const row of rows) {
        const ms = bench.ms(durationMs) * (measured ? 1 : 0.5);
        const seen = await measure(bench, row, () => run(generator, row.target, ms));
        if (measured) table.add(row.name, figures(seen));
      }
    }
  });
  return {
    name: 'round-trips',
    title: 'Round trips',
    tables: workloads.map(({ table }) => table),
    verdicts: [],
    notes: [
      'threshold waits up to 3 ms for company once presses come faster than 5 a second; eager never does.',
    ],
    faults: bench.faults.splice(0),
  };
}

function figures(seen: Seen & { cpuUs: number }) {
  return {
    rate: (seen.answered / seen.elapsedMs) * 1000,
    p50: percentile(seen.roundTripsUs, 0.5),
    p99: percentile(seen.roundTripsUs, 0.99),
    cpu: seen.cpuUs,
  };
}

function pingPong(connections: number): Workload {
  const rate: Column = { name: 'rate', title: 'round trips/s', better: 'more', ratio: 'to-base' };
  return {
    table: new Table({
      name: `ping_pong_${connections}`,
      title: `one press outstanding on ${connections}`,
      base: 'ws_msgpack',
      columns: [rate, { ...P50, ratio: 'none' }, P99, CPU],
      labels: LABELS,
    }),
    run: (generator, target, durationMs) =>
      generator.call('closedLoop', { target, connections, window: 1, durationMs }),
    durationMs: 500,
  };
}

function paced(connections: number, perSecond: number): Workload {
  return {
    table: new Table({
      name: `paced_${connections}x${perSecond}`,
      title: `${perSecond} presses/s on each of ${connections}`,
      base: 'ws_msgpack',
      columns: [P50, { ...P99, ratio: 'to-base' }, CPU],
      labels: LABELS,
    }),
    run: (generator, target, durationMs) =>
      generator.call('paced', { target, connections, perSecond, durationMs }),
    durationMs: 1500,
  };
}
