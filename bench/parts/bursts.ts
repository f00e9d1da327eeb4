/** How many presses a second go through, with a window of presses outstanding on each connection. */
import type { Bench } from '../bench.ts';
import type { GeneratorApi } from '../processes/generator.ts';
import { short } from '../report/figures.ts';
import type { PartReport } from '../report/report.ts';
import { Table } from '../report/table.ts';
import { LABELS, measure, startRows } from './rows.ts';

const CONNECTIONS = 10;
const WINDOW = 64;
const WARM_UP_MS = 500;
const RATE = { name: 'rate', title: 'presses/s', better: 'more', ratio: 'to-base' } as const;
const CPU = { name: 'cpu', title: 'server CPU µs/press', better: 'less', ratio: 'none' } as const;

export async function bursts(bench: Bench): Promise<PartReport> {
  const generator = bench.start<GeneratorApi>('generator');
  const rows = await startRows(bench, [
    'ws_msgpack',
    'ws_echo',
    'gateway_threshold',
    'gateway_eager',
    'gateway_adaptive',
  ]);
  const table = new Table({
    name: 'burst',
    title: `${CONNECTIONS} connections x window ${WINDOW}`,
    base: 'ws_msgpack',
    columns: [RATE, CPU],
    labels: LABELS,
  });
  await bench.inRounds('bursts', async (measured) => {
    const durationMs = measured ? bench.ms(1000) : WARM_UP_MS;
    for (const row of rows) {
      const job = { target: row.target, connections: CONNECTIONS, window: WINDOW, durationMs };
      const seen = await measure(bench, row, () => generator.call('closedLoop', job));
      if (measured) table.add(row.name, { rate: (seen.answered / seen.elapsedMs) * 1000, cpu: seen.cpuUs });
    }
  });
  const ratio = table.ratio('gateway_eager', RATE);
  return {
    name: 'bursts',
    title: 'Bursts',
    tables: [table],
    verdicts: [
      {
        name: 'burst_rate',
        claim:
          'with noop and eager, bursts run at no less than half the rate of a bare one-ack-per-message server',
        holds: ratio.median >= 0.5,
        measured: `x${short(ratio.median)} (${short(ratio.min)}–${short(ratio.max)})`,
      },
    ],
    notes: [],
    faults: bench.faults.splice(0),
  };
}
