/** What a session takes in memory while nothing happens, and a press while it waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hello } from '../../shared/protocol.ts';
import type { Bench, Server } from '../bench.ts';
import type { Speech } from '../generator/dialects/dialects.ts';
import type { ServerSetup } from '../processes/server.ts';
import type { GeneratorApi } from '../processes/generator.ts';
import type { Child } from '../processes/rpc.ts';
import { barPlot, barsOf } from '../report/bars.ts';
import { short } from '../report/figures.ts';
import type { PartReport } from '../report/report.ts';
import { type Column, Table } from '../report/table.ts';
import { type Target, verdictOf } from '../report/target.ts';

/** Connections that are open before one counts: what a server sets up once is there by then. */
const WARM_UP = 50;
const BYTES: Column = { name: 'bytes', title: 'bytes each', better: 'less', ratio: 'to-base' };
const EACH: Column = { ...BYTES, ratio: 'none' };
/** Sessions with presses outstanding, each on an emulator that never answers. */
const STUCK = 32;
/** Others that have done the same before, so that no code is compiled while one counts. */
const BEFORE = 4;
const SEQUENCES = [100, 1000, 4000] as const;
const QUICK_SEQUENCES = [100, 4000] as const;
/** A server that uses less CPU than this in a while has taken what was sent. */
const SETTLE_MS = 100;
const REST_US = 5000;
const PRESS = { buttons: 2, hold: 10, gap: 120 };

const IDLE = {
  ws: { label: 'a bare ws connection', setup: { kind: 'ack-each' }, speech: { speaks: 'acks' } },
  watcher: {
    label: 'a watcher',
    setup: { kind: 'gateway', driver: 'noop' },
    speech: gateway({ role: 'watch' }),
  },
  player: {
    label: 'a player who has not pressed',
    setup: { kind: 'gateway', driver: 'noop' },
    speech: gateway({}),
  },
} as const satisfies Record<string, { label: string; setup: ServerSetup; speech: Speech }>;

const TARGETS: readonly Target[] = [
  {
    ratio: 'idle_memory_vs_ws',
    claim: 'memory of an idle watcher, beside a bare ws connection',
    atMost: 1.5,
  },
  {
    ratio: 'bytes_per_outstanding_input',
    claim: 'bytes a press takes while it waits, the most of all lengths',
    atMost: 200,
  },
];

export async function memory(bench: Bench): Promise<PartReport> {
  const idle = new Table({
    name: 'idle_memory',
    title: 'an idle connection',
    base: 'ws',
    columns: [BYTES],
    labels: labels(IDLE),
  });
  const waiting = new Table({ name: 'waiting_memory', title: 'a press', columns: [EACH], labels: WAITING });
  const generator = bench.start<GeneratorApi>('generator');
  const count = bench.quick ? 500 : 1000;
  const idling = Object.entries(IDLE).map(async ([name, { setup, speech }]) => {
    for (let time = 1; time <= (bench.quick ? 1 : 3); time++) {
      idle.add(name, await idleBytes(bench, generator, `${name} ${time}`, { setup, speech, count }));
    }
  });
  const sequences = bench.quick ? QUICK_SEQUENCES : SEQUENCES;
  const holding = sequences.map(async (presses) => {
    waiting.add(`${presses}`, { bytes: await waitingBytes(bench, generator, presses) });
  });
  const keeping = keptBytes(bench, generator).then((bytes) => waiting.add('kept', { bytes }));
  // What is counted is bytes, not time: they need not wait for each other.
  await Promise.all([...idling, ...holding, keeping]);
  const most = Math.max(...sequences.map((presses) => waiting.spread(`${presses}`, 'bytes').median));
  const ratios = {
    idle_memory_vs_ws: idle.quotient('watcher', 'ws', 'bytes'),
    idle_player_memory_vs_ws: idle.quotient('player', 'ws', 'bytes'),
    bytes_per_outstanding_input: { median: most, min: most, max: most },
  };
  return {
    name: 'memory',
    title: 'Memory',
    tables: [idle, waiting],
    ratios,
    headlines: [
      {
        what: 'memory of an idle session, and of a press that waits',
        figure: `${short(ratios.idle_memory_vs_ws.median)} times a bare \`ws\` connection (a watcher; ${short(idle.spread('watcher', 'bytes').median)} bytes); ${waitingFigures(waiting, sequences)} bytes a press in sequences of ${sequences.join(', ')}`,
      },
    ],
    plots: [
      {
        name: 'memory',
        title: 'Memory of an idle connection',
        svg: barPlot(
          'Memory of an idle connection',
          'bytes, less is better',
          barsOf([idle], 'bytes', 'watcher'),
        ),
      },
    ],
    verdicts: TARGETS.flatMap((target) => verdictOf(target, ratios)),
    notes: [
      `What JavaScript holds after a full garbage collection, buffers included: ${count} connections, and ${STUCK} sessions with presses on emulators that never answer.`,
    ],
    faults: bench.faults.splice(0),
  };
}

function waitingFigures(waiting: Table, sequences: readonly number[]): string {
  return sequences.map((presses) => short(waiting.spread(`${presses}`, 'bytes').median)).join(', ');
}

const WAITING = {
  ...Object.fromEntries(
    SEQUENCES.map((presses) => [`${presses}`, `outstanding, ${presses} in each session`]),
  ),
  kept: 'acked and kept for a repeat, 4000 in each session',
};

interface Idle {
  readonly setup: ServerSetup;
  readonly speech: Speech;
  readonly count: number;
}

async function idleBytes(
  bench: Bench,
  generator: Child<GeneratorApi>,
  fleet: string,
  { setup, speech, count }: Idle,
) {
  const server = await bench.startServer(setup, ['--expose-gc']);
  const target = { port: server.port, speech, press: PRESS };
  await generator.call('growFleet', { fleet, target, connections: WARM_UP });
  const before = await held(server);
  await generator.call('growFleet', { fleet, target, connections: WARM_UP + count });
  const after = await held(server);
  await server.process.stop();
  return { bytes: (after - before) / count };
}

async function waitingBytes(bench: Bench, generator: Child<GeneratorApi>, presses: number): Promise<number> {
  const stuck = await bench.startServer({ kind: 'stuck-http' });
  const setup: ServerSetup = { kind: 'gateway', driver: 'http', port: stuck.port, emulators: STUCK + BEFORE };
  return await pressBytes(bench, generator, `stuck ${presses}`, { setup, speech: gateway({}), presses });
}

/** Of a press that has run, whose outcome the client never said it has. */
async function keptBytes(bench: Bench, generator: Child<GeneratorApi>): Promise<number> {
  const speech: Speech = { ...gateway({}), confirms: false };
  const setup: ServerSetup = { kind: 'gateway', driver: 'noop' };
  return await pressBytes(bench, generator, 'kept', { setup, speech, presses: 4000 });
}

interface Pressed {
  readonly setup: ServerSetup;
  readonly speech: Speech;
  readonly presses: number;
}

async function pressBytes(
  bench: Bench,
  generator: Child<GeneratorApi>,
  fleet: string,
  { setup, speech, presses }: Pressed,
): Promise<number> {
  const server = await bench.startServer(setup, ['--expose-gc']);
  const target = { port: server.port, speech, press: PRESS };
  const first = `${fleet}, before`;
  await generator.call('growFleet', { fleet: first, target, connections: BEFORE });
  await generator.call('send', { fleet: first, presses: 1000 });
  await generator.call('growFleet', { fleet, target, connections: STUCK });
  // The first is on its way to the emulator, and what a session learns from its presses is there: that is not what a press takes.
  for (let press = 0; press < 3; press++) {
    await generator.call('send', { fleet, presses: 1 });
    await sleep(20);
  }
  const before = await held(server);
  await generator.call('send', { fleet, presses });
  const after = await held(server);
  // It would wait for emulators that never answer.
  await server.process.kill();
  return (after - before) / (STUCK * presses);
}

/** What it holds once it has nothing left to do. */
async function held({ process }: Server): Promise<number> {
  for (let before = -Infinity; ; ) {
    const now = await process.call('cpuUs');
    if (now - before < REST_US) break;
    before = now;
    await sleep(SETTLE_MS);
  }
  return await process.call('heapBytes');
}

function gateway(hello: Hello): Extract<Speech, { speaks: 'gateway' }> {
  return { speaks: 'gateway', hello };
}

function labels(kinds: Readonly<Record<string, { readonly label: string }>>): Record<string, string> {
  return Object.fromEntries(Object.entries(kinds).map(([name, { label }]) => [name, label]));
}
