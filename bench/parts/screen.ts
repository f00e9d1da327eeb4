/** The screen channel: bytes of what a game shows, and what watching costs the gateway. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, connect } from '../../client/index.ts';
import type { Bench, Server } from '../bench.ts';
import type { Child } from '../processes/rpc.ts';
import type { ViewersApi } from '../processes/viewers.ts';
import { short } from '../report/figures.ts';
import type { PartReport, Verdict } from '../report/report.ts';
import { type Column, Table } from '../report/table.ts';
import { measureScenes } from './scenes.ts';

const FPS = 60;
const MANY = 20;
const GAMES = 8;
const FRAMES_PER_SECOND = 4_194_304 / 70_224;
/** Frames of one leg of the walk: what is under way when it is to end runs out first. */
const LEG = 32;
/** What pictures are to take at most, in kB a second. */
const MOST_STILL = 3;
const MOST_WALKING = 40;

const PLAIN = { better: 'less', ratio: 'none' } as const;
const CPU: Column = { name: 'cpu', title: "gateway's CPU ms a second", better: 'less', ratio: 'to-base' };
const PICTURES: Column = { name: 'pictures', title: 'pictures/s each', better: 'more', ratio: 'none' };
const MISSED: Column = { ...PLAIN, name: 'missed', title: 'replaced' };
const PACE: Column = { name: 'pace', title: 'slowest game, frames/s', better: 'more', ratio: 'none' };

/** How a round is watched: how many games, how many viewers of each. */
const CASES = {
  nobody: { games: 1, viewers: 0 },
  one: { games: 1, viewers: 1 },
  many: { games: 1, viewers: MANY },
  games: { games: GAMES, viewers: 1 },
} as const;
type Case = keyof typeof CASES;

export async function screen(bench: Bench): Promise<PartReport> {
  const bytes = bytesTable();
  for (const scale of [1, 2] as const) {
    for (const { name, kBps, rawKBps, pngKBps, largestBytes, encodeUs } of measureScenes(
      scale,
      bench.quick ? 16 : 1,
    )) {
      bytes.add(`${name}_${scale}`, { kBps, rawKBps, pngKBps, largestBytes, encodeUs });
    }
  }
  const cost = costTable();
  const server = await bench.startServer({ kind: 'gateway', driver: 'embedded' });
  const viewers = bench.start<ViewersApi>('viewers');
  await bench.inRounds(
    'screen',
    async ({ add }) => {
      for (const name of ['nobody', 'one', 'many', 'games'] as const) {
        const figures = await watched(name, { bench, server, viewers });
        add(cost, name, figures);
      }
    },
    { aside: true },
  );
  return {
    name: 'screen',
    title: 'Pictures: bytes a second, and what watching costs',
    tables: [bytes, cost],
    headlines: [
      {
        what: 'pictures at 60 a second: standing still, walking, another screen each frame',
        figure: `${['kBps', 'pngKBps'].map((form) => (['still', 'walking', 'full_change'] as const).map((scene) => short(bytes.spread(`${scene}_1`, form).median)).join(', ')).join(' kB a second; as PNG ')}`,
      },
      {
        what: `${MANY} who watch one game`,
        figure: `${short(cost.quotient('many', 'one', 'cpu').median)} times the gateway's CPU of one`,
      },
    ],
    verdicts: [bytesVerdict(bytes), sharingVerdict(cost), paceVerdict(cost)],
    notes: [
      'Games at pace realtime whose player walks all the time; viewers decode every picture and draw none, in another process.',
    ],
    faults: [...bench.faults.splice(0), ...(await server.process.call('errors'))],
  };
}

interface Stage {
  readonly bench: Bench;
  readonly server: Server;
  readonly viewers: Child<ViewersApi>;
}

async function watched(name: Case, { bench, server, viewers }: Stage) {
  const { games, viewers: each } = CASES[name];
  const pads = await Promise.all(Array.from({ length: games }, () => walker(server.port)));
  const emulators = pads.flatMap(({ pad }) => Array.from({ length: each }, () => pad.emulator?.id ?? ''));
  await viewers.call('watch', { port: server.port, emulators, fps: FPS });
  await sleep(bench.ms(500));
  await viewers.call('take');
  const before = await cpuAndFrames(server, pads);
  const startMs = performance.now();
  await sleep(bench.ms(5000));
  const after = await cpuAndFrames(server, pads);
  const seconds = (performance.now() - startMs) / 1000;
  const { pictures, missed } = await viewers.call('take');
  await viewers.call('leave');
  await Promise.all(pads.map(({ stop }) => stop()));
  const frames = after.frames.map((count, game) => count - (before.frames[game] ?? 0));
  return {
    cpu: (after.cpuUs - before.cpuUs) / 1000 / seconds,
    pace: Math.min(...frames) / seconds,
    ...(each > 0 && {
      pictures: Math.min(...pictures) / seconds,
      missed: missed.reduce((sum, count) => sum + count, 0),
    }),
  };
}

interface Walker {
  readonly pad: Client;
  readonly stop: () => Promise<void>;
}

/** Somebody who walks to and fro in the world of a game of their own. */
async function walker(port: number): Promise<Walker> {
  const pad = await connect(`127.0.0.1:${port}`);
  await pad.send('W:60 START W:60');
  await pad.pace('realtime');
  let walking = true;
  const walk = async () => {
    while (walking) await pad.send(`(RIGHT:${LEG}:0) (DOWN:${LEG}:0) (LEFT:${LEG}:0) (UP:${LEG}:0)`);
  };
  const walked = walk().catch(() => undefined);
  const stop = async () => {
    walking = false;
    await pad.bye({ discard: true });
    await walked;
  };
  return { pad, stop };
}

async function cpuAndFrames(server: Server, pads: readonly Walker[]) {
  const stats = await Promise.all(pads.map(({ pad }) => pad.readStats()));
  return {
    cpuUs: await server.process.call('cpuUs'),
    frames: stats.map(({ sinceStart }) => sinceStart.frames),
  };
}

function bytesTable(): Table {
  const labels: Record<string, string> = {};
  for (const [scale, size] of [
    [1, '160x144'],
    [2, '80x72'],
  ]) {
    labels[`still_${scale}`] = `${size}, standing still`;
    labels[`walking_${scale}`] = `${size}, walking`;
    labels[`menus_${scale}`] = `${size}, menus`;
    labels[`full_change_${scale}`] = `${size}, another screen each frame`;
  }
  return new Table({
    name: 'screen_bytes',
    title: 'the game that ships, every frame (59.7 a second)',
    columns: [
      { ...PLAIN, name: 'kBps', title: 'kB/s' },
      { ...PLAIN, name: 'pngKBps', title: 'as PNG, 160x144' },
      { ...PLAIN, name: 'rawKBps', title: 'raw, 160x144' },
      { ...PLAIN, name: 'largestBytes', title: 'largest picture, bytes' },
      { ...PLAIN, name: 'encodeUs', title: 'encoding µs a frame' },
    ],
    labels,
  });
}

function costTable(): Table {
  return new Table({
    name: 'screen_cost',
    title: `${FPS} pictures/s at 160x144, walking at pace realtime`,
    base: 'one',
    columns: [CPU, PICTURES, MISSED, PACE],
    labels: {
      nobody: 'one game, nobody watches',
      one: 'one game, one watches',
      many: `one game, ${MANY} watch`,
      games: `${GAMES} games, one watches each`,
    },
  });
}

function bytesVerdict(table: Table): Verdict {
  const still = table.spread('still_1', 'kBps').median;
  const walking = table.spread('walking_1', 'kBps').median;
  return {
    name: 'screen_bytes',
    claim: `standing still takes less than ${MOST_STILL} kB/s, walking less than ${MOST_WALKING}`,
    holds: still < MOST_STILL && walking < MOST_WALKING,
    measured: `${short(still)} and ${short(walking)} kB/s`,
  };
}

function sharingVerdict(table: Table): Verdict {
  const cpu = (row: Case) => table.spread(row, 'cpu').median;
  return {
    name: 'screen_sharing',
    claim: `${MANY} who watch one game cost the gateway less than twice the CPU of one`,
    holds: cpu('many') < 2 * cpu('one'),
    measured: `${short(cpu('many'))} ms a second and ${short(cpu('one'))}: x${short(cpu('many') / cpu('one'))}`,
  };
}

function paceVerdict(table: Table): Verdict {
  const slowest = table.spread('games', 'pace').median;
  return {
    name: 'screen_pace',
    claim: `${GAMES} games that are watched hold their pace`,
    holds: slowest >= 0.98 * FRAMES_PER_SECOND,
    measured: `the slowest ran ${short(slowest)} of ${short(FRAMES_PER_SECOND)} frames a second`,
  };
}
