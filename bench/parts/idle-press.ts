/** How soon a press on an idle game is answered, beside a bare server and the core's own time for the frame. */
import type { Bench } from '../bench.ts';
import type { CoreApi } from '../processes/core.ts';
import type { GeneratorApi } from '../processes/generator.ts';
import { percentile, short } from '../report/figures.ts';
import type { PartReport, Verdict } from '../report/report.ts';
import { type Column, Table } from '../report/table.ts';
import { LABELS, measure, startRows } from './rows.ts';

const PER_SECOND = 60;
const CORE = 'core_frame';
const P50: Column = { name: 'p50', title: 'p50 µs', better: 'less', ratio: 'to-base' };
const P99: Column = { name: 'p99', title: 'p99 µs', better: 'less', ratio: 'none' };

export async function idlePress(bench: Bench): Promise<PartReport> {
  const generator = bench.start<GeneratorApi>('generator');
  const core = bench.start<CoreApi>('core');
  const rows = await startRows(bench, ['ws_msgpack', 'gateway_eager', 'game_eager']);
  const steady = tableOf('idle_press_paced', `${PER_SECOND} presses/s`);
  const quick = tableOf('idle_press_ping_pong', 'the next press at once');
  await bench.inRounds(
    'idle press',
    async ({ measured, add }) => {
      const durationMs = bench.ms(measured ? 1200 : 400);
      for (const perSecond of [PER_SECOND, 0]) {
        const table = perSecond === 0 ? quick : steady;
        for (const row of rows) {
          const job = { target: row.target, connections: 1, durationMs };
          const seen = await measure(bench, row, () =>
            perSecond === 0
              ? generator.call('closedLoop', { ...job, window: 1 })
              : generator.call('paced', { ...job, perSecond }),
          );
          add(table, row.name, figures(seen.roundTripsUs));
        }
        // At a player's rate the core is as cold as the game's; its frames are timed in the same rhythm.
        const frames = Math.ceil((durationMs / 1000) * (perSecond === 0 ? 500 : perSecond));
        const durationsUs = await core.call('singleFrames', { frames, perSecond });
        add(table, CORE, figures(durationsUs));
      }
    },
    { aside: true },
  );
  return {
    name: 'idle-press',
    title: 'A press on an idle game (hold 1, gap 0, turbo, eager)',
    tables: [steady, quick],
    headlines: [
      {
        what: 'a press on an idle embedded game, the next at once (`eager`, p50)',
        figure: `${short(quick.spread('game_eager', 'p50').median)} µs, of which the core's frame is ${short(quick.spread(CORE, 'p50').median)}`,
      },
    ],
    verdicts: [verdict(steady), verdict(quick)],
    notes: [],
    faults: bench.faults.splice(0),
  };
}

function figures(sortedUs: Float64Array) {
  return { p50: percentile(sortedUs, 0.5), p99: percentile(sortedUs, 0.99) };
}

function tableOf(name: string, title: string): Table {
  const labels = { ...LABELS, [CORE]: 'the core alone, its frame only' };
  return new Table({ name, title, base: 'ws_msgpack', columns: [P50, P99], labels });
}

function verdict(table: Table): Verdict {
  const p50 = (row: string) => table.spread(row, 'p50').median;
  const limit = 2 * p50('ws_msgpack') + p50(CORE);
  return {
    name: table.head.name,
    claim: `a press on an idle game is answered within twice the bare round trip plus the core's frame (${table.head.title})`,
    holds: p50('game_eager') <= limit,
    measured: `p50 ${short(p50('game_eager'))} µs; allowed 2 x ${short(p50('ws_msgpack'))} + ${short(p50(CORE))} = ${short(limit)} µs`,
  };
}
