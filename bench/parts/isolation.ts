/** What one session's burst does to another session's single presses. */
import type { Bench } from '../bench.ts';
import type { GeneratorApi } from '../processes/generator.ts';
import { percentile, short } from '../report/figures.ts';
import type { PartReport, Verdict } from '../report/report.ts';
import { Table } from '../report/table.ts';
import { measure, type Row, type RowName, startRows } from './rows.ts';

const BURST = 1000;
/** Bursts follow each other at this distance, so that several percent of the single presses meet one and the p99 shows it. */
const PAUSE_MS = 20;
const PER_SECOND = 200;
const P99 = { name: 'p99', title: 'p99 µs', better: 'less', ratio: 'to-base' } as const;
const P50 = { name: 'p50', title: 'p50 µs', better: 'less', ratio: 'to-base' } as const;
const BURST_MS = { name: 'burst_ms', title: 'a burst ms', better: 'less', ratio: 'none' } as const;

export async function isolation(bench: Bench): Promise<PartReport> {
  const player = bench.start<GeneratorApi>('generator');
  const burster = bench.start<GeneratorApi>('generator');
  const rows = await startRows(bench, ['ws_msgpack', 'gateway_eager', 'game_eager']);
  const measured = rows.map((row) => ({ row, table: tableOf(row.name) }));
  await bench.inRounds(
    'isolation',
    async (round) => {
      for (const { row, table } of measured) {
        for (const disturbed of [false, true]) {
          const target = row.target;
          if (disturbed) await burster.call('startBursts', { target, size: BURST, pauseMs: PAUSE_MS });
          const durationMs = bench.ms(round.measured ? 2000 : 500);
          const job = { target, connections: 1, perSecond: PER_SECOND, durationMs };
          const seen = await measure(bench, row, () => player.call('paced', job));
          const figures = {
            p99: percentile(seen.roundTripsUs, 0.99),
            p50: percentile(seen.roundTripsUs, 0.5),
          };
          const burst = disturbed ? await endBursts(bench, row, () => burster.call('stopBursts')) : {};
          round.add(table, disturbed ? 'disturbed' : 'undisturbed', { ...figures, ...burst });
        }
      }
    },
    { aside: true },
  );
  return {
    name: 'isolation',
    title: 'A burst beside single presses',
    tables: measured.map(({ table }) => table),
    verdicts: measured.flatMap(({ row, table }) =>
      row.name === 'ws_msgpack' ? [] : [verdict(row.name, table)],
    ),
    notes: [
      `One session presses ${PER_SECOND} times a second; another sends bursts of ${BURST}, ${PAUSE_MS} ms apart. The bare server shows what of it is the machine.`,
    ],
    faults: bench.faults.splice(0),
  };
}

async function endBursts(bench: Bench, row: Row, stop: () => ReturnType<Parameters<typeof measure>[2]>) {
  const { roundTripsUs } = await measure(bench, row, stop);
  return { burst_ms: percentile(roundTripsUs, 0.5) / 1000 };
}

const TITLES: Partial<Record<RowName, string>> = {
  ws_msgpack: 'ws + msgpack, one ack each',
  gateway_eager: 'gateway, noop',
  game_eager: 'gateway, two embedded games',
};

function tableOf(name: RowName): Table {
  return new Table({
    name: `isolation_${name}`,
    title: TITLES[name] ?? name,
    base: 'undisturbed',
    columns: [P99, P50, BURST_MS],
    labels: { undisturbed: 'alone', disturbed: `beside bursts of ${BURST}` },
  });
}

function verdict(name: RowName, table: Table): Verdict {
  const alone = table.spread('undisturbed', 'p99').median;
  const beside = table.spread('disturbed', 'p99').median;
  return {
    name: `isolation_${name}`,
    claim: `a burst of ${BURST} in one session leaves another's p99 within twice its undisturbed value (${TITLES[name]})`,
    holds: beside <= 2 * alone,
    measured: `p99 ${short(beside)} µs beside bursts, ${short(alone)} µs alone: x${short(beside / alone)}`,
  };
}
