/** What it costs to have every press on record before its ack leaves, in bursts and one at a time. */
import type { Bench } from '../bench.ts';
import type { GeneratorApi } from '../processes/generator.ts';
import { percentile, short, withSpread } from '../report/figures.ts';
import type { PartReport } from '../report/report.ts';
import { type Column, Table } from '../report/table.ts';
import { measure, type RowName, startRows } from './rows.ts';

const ROWS: readonly RowName[] = ['gateway', 'gateway_journal', 'journal_power'];
const LABELS = {
  gateway: 'no journal',
  gateway_journal: 'durability process',
  journal_power: 'durability power',
};
const RATE: Column = { name: 'rate', title: 'presses/s', better: 'more', ratio: 'to-base' };
const CPU: Column = { name: 'cpu', title: 'server CPU µs/press', better: 'less', ratio: 'to-base' };
const P50: Column = { name: 'p50', title: 'p50 µs', better: 'less', ratio: 'to-base' };
const P99: Column = { name: 'p99', title: 'p99 µs', better: 'less', ratio: 'none' };
const WARM_UP_MS = 500;

export async function journal(bench: Bench): Promise<PartReport> {
  const generator = bench.start<GeneratorApi>('generator');
  const rows = await startRows(bench, ROWS);
  const base = 'gateway';
  const burst = new Table({
    name: 'journal_burst',
    title: '10 connections x window 64',
    base,
    columns: [RATE, CPU],
    labels: LABELS,
  });
  const lone = new Table({
    name: 'journal_lone',
    title: 'one connection, the next press at once',
    base,
    columns: [P50, P99, CPU],
    labels: LABELS,
  });
  await bench.inRounds(
    'journal',
    async ({ measured, add }) => {
      const durationMs = measured ? bench.ms(1000) : WARM_UP_MS;
      for (const row of rows) {
        const { target } = row;
        const many = await measure(bench, row, () =>
          generator.call('closedLoop', { target, connections: 10, window: 64, durationMs }),
        );
        const single = await measure(bench, row, () =>
          generator.call('closedLoop', { target, connections: 1, window: 1, durationMs }),
        );
        add(burst, row.name, { rate: (many.answered / many.elapsedMs) * 1000, cpu: many.cpuUs });
        const { roundTripsUs } = single;
        const p50 = percentile(roundTripsUs, 0.5);
        add(lone, row.name, { p50, p99: percentile(roundTripsUs, 0.99), cpu: single.cpuUs });
      }
    },
    { aside: true },
  );
  const cpu = burst.quotient('gateway_journal', base, 'cpu');
  return {
    name: 'journal',
    title: 'The journal (noop)',
    tables: [burst, lone],
    ratios: {
      journal_power_burst_rate: burst.quotient('journal_power', base, 'rate'),
      journal_power_burst_cpu: burst.quotient('journal_power', base, 'cpu'),
      journal_lone_p50: lone.quotient('gateway_journal', base, 'p50'),
    },
    headlines: [
      {
        what: 'one press at a time (p50): without the journal, with it, and safe from power loss',
        figure: `${ROWS.map((row) => short(lone.spread(row, 'p50').median)).join(', ')} µs`,
      },
      {
        what: 'the same in bursts, presses a second',
        figure: ROWS.map((row) => short(burst.spread(row, 'rate').median)).join(', '),
      },
    ],
    verdicts: [
      {
        name: 'journal_cpu',
        claim: 'with the journal a press in a burst costs at most twice the CPU',
        holds: cpu.median <= 2,
        measured: `x${withSpread(cpu)}`,
      },
    ],
    notes: [],
    faults: bench.faults.splice(0),
  };
}
