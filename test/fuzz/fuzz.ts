/** One run of the fuzzer: attacks of every kind, several at a time, on a gateway that honest clients use meanwhile. */
import { random } from '../support/random.ts';
import { ATTACKS } from './attacks.ts';
import { GatewayProcess, type GatewayState } from './gateway-process.ts';
import { startHonest } from './honest.ts';

export interface FuzzOptions {
  readonly seconds: number;
  readonly seed: number;
}

export interface FuzzReport {
  readonly seed: number;
  /** How many of each kind. */
  readonly attacks: ReadonlyMap<string, number>;
  readonly before: GatewayState;
  readonly after: GatewayState;
  readonly presses: number;
  readonly pushes: number;
  /** Everything that is not as it should be. */
  readonly problems: readonly string[];
}

const AT_A_TIME = 16;
const SETTLE_MS = 10_000;
/** What may be left over of whatever came and went: caches of the runtime, mostly. */
const MAX_GROWTH_BYTES = 8 * 1024 * 1024;
const MIB = 1024 * 1024;

export async function fuzz({ seconds, seed }: FuzzOptions): Promise<FuzzReport> {
  await using gateway = await GatewayProcess.start({
    port: 0,
    journal: false,
    compatPort: 0,
    compatCount: 1,
    emulators: [
      { kind: 'noop', count: 64 },
      { kind: 'embedded', count: 2 },
    ],
    handshakeTimeoutMs: 500,
    keepaliveMs: 1000,
    resumeMs: 100,
    drainMs: 500,
    maxMessageBytes: 65_536,
    memoryBudgetMb: 256,
    callsPerSecond: 1000,
    compression: true,
  });
  const choose = random(seed);
  const attacks = new Map(Object.keys(ATTACKS).map((name) => [name, 0]));
  const names = [...attacks.keys()];
  const attack = async (name: string) => {
    attacks.set(name, (attacks.get(name) ?? 0) + 1);
    // Each with a seed of its own: they run side by side, and must not take numbers from each other.
    await ATTACKS[name]?.(gateway, random(choose.below(2 ** 31)));
  };
  const honest = await startHonest(gateway.url);
  // Once all, so that what is made at first use is not taken for growth.
  await Promise.all(names.map(attack));
  await settled(gateway.port);
  const before = await gateway.state();
  const endsAtMs = performance.now() + seconds * 1000;
  const attacker = async () => {
    while (performance.now() < endsAtMs && gateway.ended === undefined) {
      await attack(names[choose.below(names.length)] ?? '');
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, attacker));
  if (gateway.ended !== undefined) throw new Error(`the gateway ended with ${gateway.ended} (seed ${seed})`);
  await settled(gateway.port);
  const after = await gateway.state();
  const { presses, pushes, problems } = await honest.finish();
  const grown = held(after) - held(before);
  return {
    seed,
    attacks,
    before,
    after,
    presses,
    pushes,
    problems: [
      ...problems,
      ...after.errors,
      ...(grown > MAX_GROWTH_BYTES ? [`${(grown / MIB).toFixed(1)} MiB more are held than before`] : []),
    ],
  };
}

/** Resolves when nobody is left but the honest clients. */
async function settled(port: number): Promise<void> {
  const endsAtMs = performance.now() + SETTLE_MS;
  for (;;) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const [connections, sessions] = ['connections', 'sessions'].map((name) =>
      Number(new RegExp(`^joywire_${name} (\\d+)$`, 'm').exec(text)?.[1]),
    );
    if (connections === 3 && sessions === 2) return;
    if (performance.now() > endsAtMs) {
      throw new Error(`${connections} connections and ${sessions} sessions are left; expected 3 and 2`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function held({ memory }: GatewayState): number {
  return memory.heapUsed + memory.external;
}

export function fuzzText({ seed, attacks, before, after, presses, pushes, problems }: FuzzReport): string {
  const total = [...attacks.values()].reduce((sum, count) => sum + count, 0);
  const memory = (name: keyof GatewayState['memory']) =>
    `${(before.memory[name] / MIB).toFixed(1)} -> ${(after.memory[name] / MIB).toFixed(1)}`;
  return [
    `seed ${seed}: ${total} attacks`,
    ...[...attacks].map(([name, count]) => `  ${String(count).padStart(7)} ${name}`),
    `memory in MiB, before -> after: heap ${memory('heapUsed')}, external ${memory('external')}, resident ${memory('rss')}`,
    `honest clients beside them: ${presses} presses, ${pushes} pushes, ${problems.length} problems`,
    ...problems.slice(0, 20).map((problem) => `  ${problem}`),
  ].join('\n');
}
