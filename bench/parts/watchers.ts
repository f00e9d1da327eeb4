/** What idle watchers and clients that never read cost: memory, and the time of somebody who plays beside them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import type { CrowdApi } from '../processes/crowd.ts';
import type { GeneratorApi } from '../processes/generator.ts';
import { percentile, short } from '../report/figures.ts';
import type { PartReport, Verdict } from '../report/report.ts';
import { type Column, Table } from '../report/table.ts';
import { measure, type Row, startRows } from './rows.ts';

/** How many there are, in the usual run and in a quick one. */
const USUAL = { watchers: 5000, neverRead: 200 } as const;
const QUICK = { watchers: 500, neverRead: 20 } as const;
type Size = typeof USUAL | typeof QUICK;
const PER_SECOND = 60;
/** What docs/operations.md says of them. */
const WATCHER_BYTES = 24 * 1024;
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
/** How long those who never read are given to fill what they can, in ms. */
const FILL_MS = 8000;

const MIB = 1024 * 1024;
const P50: Column = { name: 'p50', title: 'p50 µs', better: 'less', ratio: 'to-base' };
const P99: Column = { name: 'p99', title: 'p99 µs', better: 'less', ratio: 'to-base' };
const HELD: Column = { name: 'held', title: 'MiB more', better: 'less', ratio: 'none' };
const EACH: Column = { name: 'each', title: 'KiB each', better: 'less', ratio: 'none' };

export async function watchers(bench: Bench): Promise<PartReport> {
  const player = bench.start<GeneratorApi>('generator');
  const crowd = bench.start<CrowdApi>('crowd');
  // The same gateway twice: one is alone, the other has the crowd.
  const [alone, beside] = await startRows(bench, ['gateway_few', 'gateway_few']);
  if (alone === undefined || beside === undefined) throw new Error('two rows were started');
  const size = bench.quick ? QUICK : USUAL;
  const who = `${size.watchers} idle watchers and ${size.neverRead} clients that never read`;
  const memory = memoryTable(size);
  const { port } = beside.server;
  const before = await residentBytes(beside);
  await crowd.call('watch', { port, count: size.watchers });
  const watching = await residentBytes(beside);
  memory.add('watchers', growth(watching - before, size.watchers));
  await crowd.call('neverRead', { port, count: size.neverRead });
  await sleep(bench.ms(FILL_MS));
  memory.add('never_read', growth((await residentBytes(beside)) - watching, size.neverRead));
  const latency = latencyTable();
  await bench.inRounds(
    'watchers',
    async ({ measured, add }) => {
      const durationMs = bench.ms(measured ? 2000 : 500);
      for (const [name, row] of [['alone', alone] as const, ['beside', beside] as const]) {
        const job = { target: row.target, connections: 1, perSecond: PER_SECOND, durationMs };
        const { roundTripsUs } = await measure(bench, row, () => player.call('paced', job));
        const figures = { p50: percentile(roundTripsUs, 0.5), p99: percentile(roundTripsUs, 0.99) };
        add(latency, name, figures);
      }
    },
    { aside: true },
  );
  memory.add('all', growth((await residentBytes(beside)) - before, size.watchers + size.neverRead));
  const left = await crowd.call('size');
  if (left < size.watchers)
    bench.faults.push(`${left} of the crowd are left; expected ${size.watchers} at least`);
  await crowd.call('leave');
  return {
    name: 'watchers',
    title: who,
    tables: [latency, memory],
    headlines: [
      {
        what: who,
        figure: `${short(memory.spread('all', 'held').median)} MiB; a press beside them takes ${short(latency.quotient('beside', 'alone', 'p50').median)} times its time alone (p50)`,
      },
    ],
    verdicts: [latencyVerdict(latency, size), memoryVerdict(memory, size)],
    notes: [
      'Those who never read ask for far more than their systems take for them; whoever is cut off comes back.',
    ],
    faults: bench.faults.splice(0),
  };
}

function residentBytes(row: Row): Promise<number> {
  return row.server.process.call('residentBytes');
}

function growth(bytes: number, count: number) {
  return { held: bytes / MIB, each: bytes / count / 1024 };
}

function latencyTable(): Table {
  return new Table({
    name: 'watchers_latency',
    title: `${PER_SECOND} presses/s, noop, eager`,
    base: 'alone',
    columns: [P50, P99],
    labels: { alone: 'alone', beside: 'beside the crowd' },
  });
}

function memoryTable({ watchers, neverRead }: Size): Table {
  return new Table({
    name: 'watchers_memory',
    title: "the gateway's resident memory",
    columns: [HELD, EACH],
    labels: {
      watchers: `${watchers} watchers`,
      never_read: `${neverRead} that never read`,
      all: 'all, at the end',
    },
  });
}

function latencyVerdict(table: Table, { watchers, neverRead }: Size): Verdict {
  const p50 = (row: string) => table.spread(row, 'p50').median;
  return {
    name: 'watchers_latency',
    claim: `beside ${watchers} idle watchers and ${neverRead} that never read a press takes at most twice its undisturbed time`,
    holds: p50('beside') <= 2 * p50('alone'),
    measured: `p50 ${short(p50('beside'))} µs beside them, ${short(p50('alone'))} µs alone: x${short(p50('beside') / p50('alone'))}`,
  };
}

function memoryVerdict(table: Table, { watchers, neverRead }: Size): Verdict {
  const bound = (watchers * WATCHER_BYTES + neverRead * (WATCHER_BYTES + MAX_BUFFERED_BYTES)) / MIB;
  const held = table.spread('all', 'held').median;
  return {
    name: 'watchers_memory',
    claim: 'they cost no more memory than is said: 24 KiB each, and 4 MiB for one that never reads',
    holds: held <= bound,
    measured: `${short(held)} MiB; allowed ${short(bound)} MiB`,
  };
}
