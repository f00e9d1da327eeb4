/** Frames per second of the game through the gateway, beside the core alone on the same presses. */
import { connect } from '../../client/index.ts';
import type { Bench } from '../bench.ts';
import type { CoreApi } from '../processes/core.ts';
import { short } from '../report/figures.ts';
import type { PartReport } from '../report/report.ts';
import { Table } from '../report/table.ts';
import { type Target, verdictOf } from '../report/target.ts';
import { presses } from './presses.ts';

const HOLD = 8;
const GAP = 8;
/** Presses of one group. */
const GROUP = 128;
const RATE = { name: 'fps', title: 'frames/s', better: 'more', ratio: 'to-base' } as const;
const TARGET: Target = {
  ratio: 'frames_vs_core',
  claim: "frames a second of the game through the gateway in long groups, of the core's own",
  atLeast: 0.95,
};

export async function frames(bench: Bench): Promise<PartReport> {
  const core = bench.start<CoreApi>('core');
  const server = await bench.startServer({ kind: 'gateway', driver: 'embedded' });
  const table = new Table({
    name: 'frames',
    title: `groups of ${GROUP} presses, ${GROUP * (HOLD + GAP)} frames each`,
    base: 'core_alone',
    columns: [RATE],
    labels: { core_alone: 'the core alone, in a worker', gateway: 'the same through the gateway' },
  });
  const pad = await connect(`127.0.0.1:${server.port}`, { pace: 'turbo' });
  const buttons = presses(GROUP);
  const group = buttons.map((mask) => ({ buttons: mask, hold: HOLD, gap: GAP }));
  await bench.inRounds('frames', async ({ measured, add }) => {
    const groups = measured ? Math.max(1, Math.round(bench.ms(3))) : 1;
    let coreMs = 0;
    for (let i = 0; i < groups; i++) coreMs += await core.call('presses', { buttons, hold: HOLD, gap: GAP });
    const startMs = performance.now();
    const outcomes = (await Promise.all(Array.from({ length: groups }, () => pad.sequence(group)))).flat();
    const gatewayMs = performance.now() - startMs;
    const count = outcomes.reduce((sum, outcome) => sum + outcome.frames, 0);
    const due = groups * GROUP * (HOLD + GAP);
    if (count !== due) bench.faults.push(`frames: ${count} frames ran instead of ${due}`);
    add(table, 'core_alone', { fps: (due / coreMs) * 1000 });
    add(table, 'gateway', { fps: (count / gatewayMs) * 1000 });
  });
  await pad.close();
  const ratios = { frames_vs_core: table.quotient('gateway', 'core_alone', RATE.name) };
  return {
    name: 'frames',
    title: 'Frames per second of the game that ships',
    tables: [table],
    ratios,
    headlines: [
      {
        what: 'frames through the gateway, in long groups',
        figure: `${short(ratios.frames_vs_core.median)} of the bare core: ${short(table.spread('gateway', RATE.name).median)} a second`,
      },
    ],
    verdicts: verdictOf(TARGET, ratios),
    notes: [],
    faults: [...bench.faults.splice(0), ...(await server.process.call('errors'))],
  };
}
