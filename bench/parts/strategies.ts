/** The batching strategies beside each other: on a virtual clock over a grid of arrivals and emulators, and on the gateway itself. */
import { STRATEGIES } from '../../shared/protocol.ts';
import type { Bench } from '../bench.ts';
import type { GeneratorApi } from '../processes/generator.ts';
import { percentile, short, spread } from '../report/figures.ts';
import type { PartReport } from '../report/report.ts';
import { type Column, Table } from '../report/table.ts';
import { type Target, verdictOf } from '../report/target.ts';
import { type Cell, grid } from '../simulator/grid.ts';
import { summary, summaryText } from '../simulator/report.ts';
import { Load } from './loads.ts';
import { openFleets, startRows } from './rows.ts';

const ROWS = ['gateway', 'gateway_threshold', 'gateway_eager'] as const;
const SESSIONS = 10;
const TO_THRESHOLD: Column = {
  name: 'mean',
  title: "mean time, of threshold's",
  better: 'less',
  ratio: 'none',
};
const REGRET: Column = { name: 'regret', title: 'above the best possible, %', better: 'less', ratio: 'none' };
const REQUESTS: Column = { name: 'requests', title: 'requests', better: 'less', ratio: 'none' };
const TARGET: Target = {
  ratio: 'adaptive_worst_vs_threshold',
  claim: "adaptive's mean time in the worst cell of the simulator, of threshold's",
  atMost: 1.02,
};

export async function strategies(bench: Bench): Promise<PartReport> {
  const cells: Cell[] = [];
  const size = bench.quick ? { length: 60, runs: 1 } : { length: 200, runs: 8 };
  for await (const cell of grid({ ...size, firstSeed: 1 })) cells.push(cell);
  const found = summary(cells);
  const loads = (bench.quick ? (['burst'] as const) : (['burst', 'ping_pong', 'paced'] as const)).map(
    (kind) => new Load(kind, SESSIONS, ROWS[0], 'strategy'),
  );
  const generator = bench.start<GeneratorApi>('generator');
  const rows = await startRows(bench, ROWS);
  await openFleets(generator, rows, SESSIONS);
  await bench.inRounds(
    'strategies',
    async ({ measured, add }) => {
      for (const load of loads) {
        for (const row of rows)
          add(load.table, row.name, await load.figures(bench, generator, row, measured));
      }
    },
    { aside: true },
  );
  const worst = found.worst.toThreshold;
  const ratios = {
    adaptive_mean_vs_threshold: spread([found.overall]),
    adaptive_worst_vs_threshold: spread([worst]),
  };
  return {
    name: 'strategies',
    title: 'Batching strategies',
    tables: [gridTable(cells), ...loads.map(({ table }) => table)],
    ratios,
    headlines: [
      {
        what: 'the default strategy, `adaptive`, over 8 kinds of presses on all kinds of emulators (simulated)',
        figure: `${short(found.overall)} times the mean time of \`threshold\`; ${worst.toFixed(3)} times in the worst case`,
      },
    ],
    // A short simulation hangs on luck in single cells.
    verdicts: bench.quick ? [] : verdictOf(TARGET, ratios),
    notes: [
      `${cells.length} cells of the simulator: ${summaryText(found)}. \`npm run simulate\` prints all of them.`,
    ],
    faults: bench.faults.splice(0),
  };
}

/** Over all cells: geometric means of the means, the median of the regrets, all requests. */
function gridTable(cells: readonly Cell[]): Table {
  const labels = Object.fromEntries(STRATEGIES.map((name) => [name, name]));
  const table = new Table({
    name: 'strategies_simulated',
    title: 'simulated',
    columns: [TO_THRESHOLD, REGRET, REQUESTS],
    labels,
  });
  for (const name of STRATEGIES) {
    const figures = cells.map((cell) => cell.strategies[name]);
    const logs = figures.reduce((sum, { toThreshold }) => sum + Math.log(toThreshold), 0);
    const regrets = Float64Array.from(figures, ({ regret }) => 100 * regret).sort();
    table.add(name, {
      mean: Math.exp(logs / figures.length),
      regret: percentile(regrets, 0.5),
      requests: figures.reduce((sum, { requests }) => sum + requests, 0),
    });
  }
  return table;
}
