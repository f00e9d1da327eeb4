/** The servers that one key press is sent to in several parts, and how a job is measured on one of them. */
import type { Hello } from '../../shared/protocol.ts';
import type { Bench, Server } from '../bench.ts';
import type { Target } from '../generator/connection.ts';
import type { PressShape } from '../generator/frames.ts';
import type { Seen } from '../generator/jobs.ts';
import type { ServerSetup } from '../processes/server.ts';

export type RowName =
  | 'ws_echo'
  | 'ws_msgpack'
  | 'gateway_threshold'
  | 'gateway_eager'
  | 'gateway_adaptive'
  | 'game_eager'
  | 'journal_process'
  | 'journal_power';

export const LABELS: Readonly<Record<RowName, string>> = {
  ws_echo: 'ws echo',
  ws_msgpack: 'ws + msgpack, one ack each',
  gateway_threshold: 'gateway, noop, threshold',
  gateway_eager: 'gateway, noop, eager',
  gateway_adaptive: 'gateway, noop, adaptive',
  game_eager: 'gateway, embedded game, eager',
  journal_process: 'gateway, noop, eager, journal',
  journal_power: 'gateway, noop, eager, journal synced',
};

const NOOP: ServerSetup = { kind: 'gateway', driver: 'noop' };
const SETUPS: Readonly<Record<RowName, ServerSetup>> = {
  ws_echo: { kind: 'echo' },
  ws_msgpack: { kind: 'ack-each' },
  gateway_threshold: NOOP,
  gateway_eager: NOOP,
  gateway_adaptive: NOOP,
  game_eager: { kind: 'gateway', driver: 'embedded' },
  journal_process: { kind: 'gateway', driver: 'noop', durability: 'process' },
  journal_power: { kind: 'gateway', driver: 'noop', durability: 'power' },
};
const HELLOS: Readonly<Record<RowName, Hello | undefined>> = {
  ws_echo: undefined,
  ws_msgpack: undefined,
  gateway_threshold: { batching: { strategy: 'threshold' } },
  gateway_eager: { batching: { strategy: 'eager' } },
  gateway_adaptive: { batching: { strategy: 'adaptive' } },
  game_eager: { batching: { strategy: 'eager' } },
  journal_process: { batching: { strategy: 'eager' } },
  journal_power: { batching: { strategy: 'eager' } },
};

/** B for one frame: the shortest press there is, and one that moves nothing in the game. */
export const SHORT_PRESS: PressShape = { buttons: 2, hold: 1, gap: 0 };

export interface Row {
  readonly name: RowName;
  readonly server: Server;
  readonly target: Target;
}

export async function startRows(bench: Bench, names: readonly RowName[]): Promise<Row[]> {
  return await Promise.all(
    names.map(async (name) => {
      const server = await bench.startServer(SETUPS[name]);
      const answers = name === 'ws_echo' ? 'echo' : 'acks';
      return {
        name,
        server,
        target: { port: server.port, answers, hello: HELLOS[name], press: SHORT_PRESS },
      };
    }),
  );
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
