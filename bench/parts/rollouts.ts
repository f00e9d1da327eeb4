/** Rollouts beside as many bare cores on the same frames, and what they leave to somebody who plays at real time. */
import { availableParallelism } from 'node:os';
import { type Client, connect, recordProfile } from '../../client/index.ts';
import { formatButtons } from '../../shared/buttons.ts';
import type { Bench } from '../bench.ts';
import type { BareCoresApi } from '../processes/bare-cores.ts';
import type { Child } from '../processes/rpc.ts';
import { short, withSpread } from '../report/figures.ts';
import type { PartReport, Verdict } from '../report/report.ts';
import { type Column, Table } from '../report/table.ts';
import { type Target, verdictOf } from '../report/target.ts';
import { presses } from './presses.ts';

const RUNS = 64;
const HOLD = 8;
const GAP = 7;
/** Presses of one run: 600 frames. */
const PRESSES = 40;
const FRAMES = PRESSES * (HOLD + GAP);
const FRAME_MS = 1000 * (70_224 / 4_194_304);
/** A frame is late when it begins so much after its time. */
const LATE_MS = FRAME_MS / 2;
/** Most entries of one group of the live session, a frame each. */
const GROUP = 256;
/** Share of late frames that is allowed, in percent. */
const MOST_LATE = 2;

const RATE: Column = { name: 'fps', title: 'frames/s', better: 'more', ratio: 'to-base' };
const LATE: Column = { name: 'late', title: 'late frames %', better: 'less', ratio: 'none' };
const WORST: Column = { name: 'worst', title: 'latest by ms', better: 'less', ratio: 'none' };
const TARGET: Target = {
  ratio: 'rollouts_vs_cores',
  claim: `frames a second of ${RUNS} runs of ${FRAMES} frames, loading their states included, of as many bare cores' own`,
  atLeast: 0.9,
};

export async function rollouts(bench: Bench): Promise<PartReport> {
  const threads = availableParallelism();
  const bare = bench.start<BareCoresApi>('bare-cores');
  await bare.call('start', threads);
  const server = await bench.startServer({ kind: 'gateway', driver: 'embedded' });
  const address = `127.0.0.1:${server.port}`;
  const pad = await connect(address, { pace: 'turbo' });
  await pad.send('W:60 START W:60');
  const buttons = presses(PRESSES);
  const script = buttons.map((mask) => `${formatButtons(mask)}:${HOLD}:${GAP}`).join(' ');
  const speed = speedTable(threads);
  const pace = paceTable();
  await bench.inRounds(
    'rollouts',
    async ({ measured, add }) => {
      const runs = measured ? Math.max(threads, Math.round(bench.ms(RUNS))) : threads;
      const fps = (ms: number) => ({ fps: (runs * FRAMES * 1000) / ms });
      add(speed, 'cores', fps(await bare.call('run', { runs, buttons, hold: HOLD, gap: GAP })));
      add(speed, 'rollouts', fps(await rolledOut(bench, pad, script, runs, {})));
      const all = { outcomes: true, hash: true, screen: 'png', keep: true } as const;
      add(speed, 'everything', fps(await rolledOut(bench, pad, script, runs, all)));
      const liveMs = bench.ms(measured ? 4000 : 1000);
      add(pace, 'alone', await lateFrames(address, liveMs));
      add(pace, 'cores', await besideCores(bare, buttons, () => lateFrames(address, liveMs)));
      add(pace, 'beside', await beside(pad, script, () => lateFrames(address, liveMs)));
    },
    { aside: true },
  );
  await pad.close();
  const ratios = { rollouts_vs_cores: speed.quotient('rollouts', 'cores', RATE.name) };
  return {
    name: 'rollouts',
    title: `Rollouts on ${threads} threads`,
    tables: [speed, pace],
    ratios,
    headlines: [
      {
        what: `${RUNS} rollouts of ${FRAMES} frames on ${threads} cores`,
        figure: `${withSpread(ratios.rollouts_vs_cores)} of ${threads} bare cores; ${short(pace.spread('beside', LATE.name).median)} % of the frames of a live game beside them late`,
      },
    ],
    verdicts: [...verdictOf(TARGET, ratios), paceVerdict(pace)],
    notes: ['The bare cores run at the same, lowest, priority as the threads of rollouts.'],
    faults: [...bench.faults.splice(0), ...(await server.process.call('errors'))],
  };
}

/** Time that the runs took, in ms. */
async function rolledOut(
  bench: Bench,
  pad: Client,
  script: string,
  runs: number,
  wants: NonNullable<Parameters<Client['rollout']>[1]>,
): Promise<number> {
  const scripts = Array.from({ length: runs }, () => script);
  const startMs = performance.now();
  const results = await pad.rollout(scripts, { memory: [[0xc011, 2]], ...wants }).all();
  const tookMs = performance.now() - startMs;
  const frames = results.reduce((sum, result) => sum + result.frames, 0);
  if (frames !== runs * FRAMES)
    bench.faults.push(`rollouts: ${frames} frames ran instead of ${runs * FRAMES}`);
  const places = new Set(results.map(({ memory = [] }) => memory.join()));
  if (places.size !== 1) bench.faults.push(`rollouts: equal runs ended at ${[...places].join(' and ')}`);
  await Promise.all(
    results.flatMap(({ checkpoint }) => (checkpoint === undefined ? [] : pad.deleteCheckpoint(checkpoint))),
  );
  return tookMs;
}

/** Does something while runs take all threads. */
async function beside<T>(pad: Client, script: string, work: () => Promise<T>): Promise<T> {
  const rollout = pad.rollout(Array.from({ length: 1000 }, () => script));
  try {
    return await work();
  } finally {
    rollout.cancel();
    await rollout.all();
  }
}

/** The same beside the bare cores: what the machine itself makes of threads that give way. */
async function besideCores<T>(
  bare: Child<BareCoresApi>,
  buttons: readonly number[],
  work: () => Promise<T>,
): Promise<T> {
  const running = bare.call('run', { runs: 100_000, buttons, hold: HOLD, gap: GAP });
  try {
    return await work();
  } finally {
    await bare.call('stop');
    await running;
  }
}

/** How many frames of a live game, at real time, began late, in percent; and by how much the latest, in ms. */
async function lateFrames(address: string, durationMs: number) {
  const live = await connect(address);
  await live.send('W:60 START W:60');
  await live.pace('realtime');
  const recording = recordProfile(live);
  const frames = Math.ceil(durationMs / FRAME_MS);
  const groups = Math.ceil(frames / GROUP);
  const each = Math.ceil(frames / groups);
  await Promise.all(Array.from({ length: groups }, () => live.send(`(RIGHT:1:0*${each})`)));
  const { inputs } = await recording.stop();
  await live.close();
  const beganMs = inputs.flatMap(({ firstFrame, at: { firstFrame: us } }) =>
    firstFrame === null || us === undefined ? [] : us / 1000 - firstFrame * FRAME_MS,
  );
  // The earliest is in time.
  const inTime = beganMs.reduce((earliest, ms) => Math.min(earliest, ms), Infinity);
  const lateByMs = beganMs.map((ms) => ms - inTime);
  return {
    late: (100 * lateByMs.filter((ms) => ms > LATE_MS).length) / lateByMs.length,
    worst: lateByMs.reduce((worst, ms) => Math.max(worst, ms), 0),
  };
}

function speedTable(threads: number): Table {
  return new Table({
    name: 'rollouts',
    title: `${RUNS} runs of ${FRAMES} frames`,
    base: 'cores',
    columns: [RATE],
    labels: {
      cores: `${threads} bare cores`,
      rollouts: 'rollouts: memory at the end',
      everything: 'outcomes, picture, its hash and the state besides',
    },
  });
}

function paceTable(): Table {
  return new Table({
    name: 'rollouts_live',
    title: 'a live game at real time, a frame late by more than half of one',
    columns: [LATE, WORST],
    labels: {
      alone: 'alone',
      cores: 'beside bare cores that give way, in another process',
      beside: 'beside rollouts on all cores',
    },
  });
}

function paceVerdict(table: Table): Verdict {
  const late = (row: string) => table.spread(row, LATE.name);
  return {
    name: 'rollouts_live',
    claim: `beside rollouts on all cores a live game at real time has at most ${MOST_LATE} % of its frames late`,
    holds: late('beside').median <= MOST_LATE,
    measured: `${withSpread(late('beside'))} % beside them, ${withSpread(late('cores'))} % beside bare cores, ${withSpread(late('alone'))} % alone`,
  };
}
