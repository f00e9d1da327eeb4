/** A process of its own for each server that is measured. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigInput } from '../../server/config.ts';
import type { Gateway } from '../../server/gateway.ts';
import { LIMITS } from '../../shared/protocol.ts';
import type { Durability } from '../../server/journal/journal.ts';
import type { LogFields } from '../../server/log.ts';
import { PEERS_FOLDER } from '../peers-install.ts';
import type { SlowHttp } from '../servers/slow-http.ts';
import { serve } from './rpc.ts';

export type ServerSetup =
  | { readonly kind: 'echo' | 'ack-each' | 'slow-http' | 'stuck-http' }
  /** One that others have written, which must be installed (`bench/peers`). */
  | { readonly kind: 'peer'; readonly peer: 'socketio' | 'colyseus'; readonly parser?: 'default' | 'msgpack' }
  | {
      readonly kind: 'gateway';
      readonly driver: 'noop' | 'embedded';
      /** How many there are. @default as many as a part has sessions at most */
      readonly emulators?: number;
      /** With a journal, in a directory of its own. */
      readonly durability?: Durability;
    }
  /** A gateway before HTTP emulators on this port: so many, each at a path of its own. */
  | { readonly kind: 'gateway'; readonly driver: 'http'; readonly port: number; readonly emulators: number };

const EMULATORS = 2048;
const errors: string[] = [];
let gateway: Gateway | undefined;
let slowHttp: SlowHttp | undefined;
let folder: string | undefined;

const api = {
  /** Resolves to the port. Only what is asked for is loaded: a gateway takes longer to load than all others. */
  async start(setup: ServerSetup): Promise<number> {
    switch (setup.kind) {
      case 'echo':
        return await (await import('../servers/echo.ts')).startEcho();
      case 'ack-each':
        return await (await import('../servers/ack-each.ts')).startAckEach();
      case 'slow-http':
        slowHttp = await (await import('../servers/slow-http.ts')).startSlowHttp();
        return slowHttp.port;
      case 'stuck-http':
        return await (await import('../servers/stuck-http.ts')).startStuckHttp();
      case 'peer':
        return await startPeer(setup);
      case 'gateway':
        return await startGateway(setup);
    }
  },
  /** Time this process has spent on a core so far, all its threads together, in µs. */
  cpuUs(): number {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  /** What this process has in memory. */
  residentBytes(): number {
    return process.memoryUsage.rss();
  },
  /** What JavaScript holds in this process's main thread, buffers included, once all garbage is gone. Needs `--expose-gc`. */
  heapBytes(): number {
    if (gc === undefined) throw new Error('the server was started without --expose-gc');
    // What is freed in finalizers goes with the second.
    for (let i = 0; i < 2; i++) gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  },
  /** Keys that the slow HTTP emulator was given since the last call. */
  takeLog(): number[] {
    return slowHttp?.takeLog() ?? [];
  },
  /** What the gateway logged as an error. */
  errors(): string[] {
    return errors;
  },
};
export type ServerApi = typeof api;

async function startPeer({ peer, parser }: Extract<ServerSetup, { kind: 'peer' }>): Promise<number> {
  const module: { start(options: { parser: string | undefined }): Promise<number> } = await import(
    new URL(`${peer}.mjs`, PEERS_FOLDER).href
  );
  return await module.start({ parser });
}

async function startGateway(setup: Extract<ServerSetup, { kind: 'gateway' }>): Promise<number> {
  const { makeConfig } = await import('../../server/config.ts');
  const { createGateway } = await import('../../server/gateway.ts');
  const log = {
    error: (message: string, fields?: LogFields) => errors.push(`${message} ${JSON.stringify(fields)}`),
    warn() {},
    info() {},
    debug() {},
  };
  const config = makeConfig({
    port: 0,
    ...journalOf(setup),
    // Nobody is seen out: a generator does not leave when it is told to.
    drainMs: 100,
    credit: LIMITS.keptOutcomes,
    maxConnectionsPerAddress: 10_000,
    // Probes would wake connections that are to be idle.
    keepaliveMs: 3_600_000,
    ...emulatorsOf(setup),
  });
  gateway = await createGateway(config, { log });
  const { port } = await gateway.listen();
  return port;
}

function journalOf(setup: Extract<ServerSetup, { kind: 'gateway' }>): ConfigInput {
  if (!('durability' in setup) || setup.durability === undefined) return { journal: false };
  folder = mkdtempSync(join(tmpdir(), 'joywire-bench-'));
  return { data: folder, durability: setup.durability };
}

function emulatorsOf(setup: Extract<ServerSetup, { kind: 'gateway' }>): ConfigInput {
  if (setup.driver !== 'http') return { driver: setup.driver, emulators: setup.emulators ?? EMULATORS };
  const url = (index: number) => `http://127.0.0.1:${setup.port}/${index}`;
  return {
    emulators: Array.from({ length: setup.emulators }, (_, index) => ({
      kind: 'pokemon-gym',
      url: url(index),
    })),
  };
}

serve(api, async () => {
  await gateway?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});
