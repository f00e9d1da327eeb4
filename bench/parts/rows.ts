/** The servers that one key press is sent to in several parts, and how a job is measured on one of them. */
import type { Hello } from '../../shared/protocol.ts';
import type { Bench, Server } from '../bench.ts';
import type { Target } from '../generator/connection.ts';
import type { Speech } from '../generator/dialects/dialects.ts';
import type { PressShape } from '../generator/frames.ts';
import type { Seen } from '../generator/jobs.ts';
import type { GeneratorApi } from '../processes/generator.ts';
import type { Child } from '../processes/rpc.ts';
import type { ServerSetup } from '../processes/server.ts';

interface RowKind {
  readonly label: string;
  readonly setup: ServerSetup;
  readonly speech: Speech;
}

const NOOP: ServerSetup = { kind: 'gateway', driver: 'noop' };

export const ROWS = {
  ws_echo: { label: 'ws echo', setup: { kind: 'echo' }, speech: { speaks: 'echo' } },
  ws_msgpack: {
    label: 'ws + msgpack, one ack each',
    setup: { kind: 'ack-each' },
    speech: { speaks: 'acks' },
  },
  socketio: {
    label: 'Socket.IO 4',
    setup: { kind: 'peer', peer: 'socketio', parser: 'default' },
    speech: { speaks: 'socketio' },
  },
  socketio_msgpack: {
    label: 'Socket.IO 4, msgpack parser',
    setup: { kind: 'peer', peer: 'socketio', parser: 'msgpack' },
    speech: { speaks: 'socketio_msgpack' },
  },
  colyseus: {
    label: 'Colyseus 0.18',
    setup: { kind: 'peer', peer: 'colyseus' },
    speech: { speaks: 'colyseus' },
  },
  gateway: { label: 'gateway, noop', setup: NOOP, speech: gateway({}) },
  gateway_journal: {
    label: 'gateway, noop, journal',
    setup: { ...NOOP, durability: 'process' },
    speech: gateway({}),
  },
  gateway_threshold: {
    label: 'gateway, noop, threshold',
    setup: NOOP,
    speech: gateway({ batching: { strategy: 'threshold' } }),
  },
  gateway_eager: {
    label: 'gateway, noop, eager',
    setup: NOOP,
    speech: gateway({ batching: { strategy: 'eager' } }),
  },
  gateway_few: {
    label: 'gateway, noop, eager, few emulators',
    setup: { ...NOOP, emulators: 4 },
    speech: gateway({ batching: { strategy: 'eager' } }),
  },
  game_eager: {
    label: 'gateway, embedded game, eager',
    setup: { kind: 'gateway', driver: 'embedded' },
    speech: gateway({ batching: { strategy: 'eager' } }),
  },
  journal_power: {
    label: 'gateway, noop, journal synced',
    setup: { ...NOOP, durability: 'power' },
    speech: gateway({}),
  },
} as const satisfies Record<string, RowKind>;

export type RowName = keyof typeof ROWS;

export const LABELS: Readonly<Record<RowName, string>> = Object.fromEntries(
  Object.entries(ROWS).map(([name, { label }]) => [name, label]),
) as Record<RowName, string>;

/** B for one frame: the shortest press there is, and one that moves nothing in the game. */
const SHORT_PRESS: PressShape = { buttons: 2, hold: 1, gap: 0 };

export interface Row {
  readonly name: RowName;
  readonly server: Server;
  readonly target: Target;
}

export async function startRows(bench: Bench, names: readonly RowName[]): Promise<Row[]> {
  return await Promise.all(
    names.map(async (name) => {
      const { setup, speech } = ROWS[name];
      const server = await bench.startServer(setup);
      return { name, server, target: { port: server.port, speech, press: SHORT_PRESS } };
    }),
  );
}

/** Opens as many connections on every row's server as there are to be; each row's fleet has its name. */
export async function openFleets(
  generator: Child<GeneratorApi>,
  rows: readonly Row[],
  connections: number,
): Promise<void> {
  for (const { name, target } of rows) {
    await generator.call('growFleet', { fleet: name, target, connections });
  }
}

/** A job done to a row's server; its faults are the run's. `cpuUs` is what one press cost the server's process. */
export async function measure(
  bench: Bench,
  { name, server }: Row,
  job: () => Promise<Seen>,
): Promise<Seen & { readonly cpuUs: number }> {
  const before = await server.process.call('cpuUs');
  const seen = await job();
  const cpuUs = (await server.process.call('cpuUs')) - before;
  const errors = await server.process.call('errors');
  for (const fault of [...seen.faults, ...errors]) bench.faults.push(`${name}: ${fault}`);
  return { ...seen, cpuUs: cpuUs / Math.max(1, seen.sent) };
}

function gateway(hello: Hello): Speech {
  return { speaks: 'gateway', hello };
}
