/** Many sessions on the shipped game, over lines that break, on a gateway whose games and whose process are killed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '../support/random.ts';
import { type Direction, type Plan, TcpProxy } from '../support/tcp-proxy.ts';
import { Agent, type AgentReport } from './agent.ts';
import { GatewayProcess } from './gateway-process.ts';
import { judge, type Verdict } from './judge.ts';

export interface ChaosSettings {
  readonly sessions: number;
  /** Presses of all sessions together. */
  readonly inputs: number;
  /** How often the gateway is killed, and how often its games. */
  readonly gatewayKills: number;
  readonly workerKills: number;
  /** Bytes of a connection before it breaks, at most. */
  readonly faultBytes: number;
}

export interface ChaosReport extends Verdict {
  /** Lines that broke, by how. */
  readonly faults: Readonly<Record<'cut' | 'reset' | 'stall', number>>;
  readonly gatewayKills: number;
  readonly workerKills: number;
  /** Errors in the gateway's log. */
  readonly errors: readonly string[];
}

/** Short, so that a line on which nothing comes is given up soon. */
const KEEPALIVE_MS = 500;

/** Plays one session. */
export interface Player {
  run(url: string): Promise<AgentReport>;
}

/** @param begin a player of `count` presses, who tells of each that has its outcome. @default the SDK of this language */
export async function chaos(
  settings: ChaosSettings,
  choose: Random,
  begin: (seed: number, count: number, onSettled: () => void) => Player = (seed, count, onSettled) =>
    new Agent(seed, count, onSettled),
): Promise<ChaosReport> {
  const data = mkdtempSync(join(tmpdir(), 'joywire-chaos-'));
  const gateway = new GatewayProcess({
    data,
    emulators: settings.sessions,
    keepaliveMs: KEEPALIVE_MS,
    maxResumeMs: 600_000,
    snapshotMs: 500,
  });
  await gateway.start();
  await using proxy = await TcpProxy.open(gateway.port);
  const faults = { cut: 0, reset: 0, stall: 0 };
  proxy.plan = (connection) => planOf(connection, settings, choose);
  proxy.onFault = (kind) => (faults[kind] += 1);
  try {
    const strikes = new Strikes(settings, choose, gateway);
    const agents = Array.from({ length: settings.sessions }, () =>
      begin(choose.below(2 ** 31), Math.ceil(settings.inputs / settings.sessions), strikes.settled),
    );
    const reports = await Promise.all(agents.map((agent) => agent.run(proxy.url)));
    await strikes.over();
    return {
      ...judge(reports),
      faults,
      gatewayKills: settings.gatewayKills,
      workerKills: settings.workerKills,
      errors: gateway.errors,
    };
  } finally {
    await gateway.stop();
    rmSync(data, { recursive: true });
  }
}

const DIRECTIONS: readonly [Direction, Direction] = ['up', 'down'];

/** Every line breaks sooner or later; some are slow until then, or bring everything in pieces. */
function planOf(connection: number, { faultBytes, sessions }: ChaosSettings, choose: Random): Plan {
  const direction = choose.pick(DIRECTIONS);
  // A session must have begun before it can be resumed.
  const afterBytes = (connection < sessions ? 4000 : 300) + choose.below(faultBytes);
  const delayed = choose.below(5) === 0;
  const sliced = choose.below(5) === 0;
  const broken: Plan =
    choose.below(8) === 0
      ? { stall: { direction, afterBytes } }
      : { cut: { direction, afterBytes, reset: choose.below(2) === 0 } };
  return {
    ...broken,
    ...(delayed && { delayMs: 1 + choose.below(5) }),
    ...(sliced && { sliceBytes: 1 + choose.below(50) }),
  };
}

/** Kills at random points of the run's progress, one after the other. */
class Strikes {
  readonly #due: { readonly at: number; readonly strike: () => Promise<void> | void }[];
  #count = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(settings: ChaosSettings, choose: Random, gateway: GatewayProcess) {
    const { inputs, gatewayKills, workerKills } = settings;
    const at = () => Math.floor(inputs * 0.95 * (choose.below(10_000) / 10_000));
    this.#due = [
      ...Array.from({ length: gatewayKills }, () => ({ at: at(), strike: () => gateway.restart() })),
      ...Array.from({ length: workerKills }, () => ({ at: at(), strike: () => gateway.killWorkers(0.5) })),
    ].toSorted((a, b) => a.at - b.at);
  }

  /** A press has its outcome. */
  readonly settled = (): void => {
    this.#count += 1;
    while (this.#due[0] !== undefined && this.#due[0].at <= this.#count) {
      const next = this.#due.shift();
      this.#last = this.#last.then(() => next?.strike());
    }
  };

  over(): Promise<void> {
    return this.#last;
  }
}

export function chaosText(seed: number, report: ChaosReport): string {
  const { sent, executedOnce, lost, doubled, outOfOrder, different, faults } = report;
  const kinds = Object.entries(faults).map(([kind, count]) => `${count} ${kind}`);
  const total = Object.values(faults).reduce((sum, count) => sum + count, 0);
  return [
    `seed ${seed}`,
    `lines broken ${total} (${kinds.join(', ')}); kills: gateway ${report.gatewayKills}, games ${report.workerKills} times`,
    `inputs sent ${sent}, executed once ${executedOnce}, lost ${lost}, doubled ${doubled}; sessions out of order ${outOfOrder}`,
    `games other than the undisturbed one: ${different}; promises settled wrongly: ${report.wrong.length}`,
  ].join('\n');
}
