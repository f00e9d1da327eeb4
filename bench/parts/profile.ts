/** What profiles cost: while somebody records every session, and, while nobody does, the looks for a recorder. */
import { type Client, connect } from '../../client/index.ts';
import type { Recorder } from '../../server/channels/profile/recorder.ts';
import type { Bench } from '../bench.ts';
import type { OpenFleet, Seen } from '../generator/jobs.ts';
import type { GeneratorApi } from '../processes/generator.ts';
import { percentile, short, withSpread } from '../report/figures.ts';
import type { PartReport } from '../report/report.ts';
import { type Column, Table } from '../report/table.ts';
import { measure, type Row, startRows } from './rows.ts';

const CONNECTIONS = 10;
const WINDOW = 64;
/** Long enough for a few payloads of every session. */
const SHORTEST_MS = 800;
const LABELS = { nobody: 'nobody records', recorded: 'every session is recorded' };
const RATE: Column = { name: 'rate', title: 'presses/s', better: 'more', ratio: 'to-base' };
const CPU: Column = { name: 'cpu', title: 'server CPU µs/press', better: 'less', ratio: 'to-base' };
const P50: Column = { name: 'p50', title: 'p50 µs', better: 'less', ratio: 'to-base' };
const P99: Column = { name: 'p99', title: 'p99 µs', better: 'less', ratio: 'none' };

/**
 * Looks of a lone press: one for its message, one for its batch, two for its acks, and in the game's thread for a frame, a step and what is
 * posted. Together with others it shares the middle ones.
 */
const LOOKS = 7;
const TURNS = 20_000_000;

type Case = keyof typeof LABELS;

export async function profile(bench: Bench): Promise<PartReport> {
  const generator = bench.start<GeneratorApi>('generator');
  const rows = await startRows(bench, ['gateway', 'game_eager']);
  const burst = tableOf('profile_burst', `noop, ${CONNECTIONS} connections x window ${WINDOW}`, [RATE, CPU]);
  const lone = tableOf('profile_lone', 'an embedded game, the next press at once', [P50, P99, CPU]);
  const looks = looksTable();
  for (const { name, target } of rows) {
    const connections = name === 'gateway' ? CONNECTIONS : 1;
    await generator.call('growFleet', { fleet: name, target, connections });
  }
  await bench.inRounds(
    'profile',
    async ({ measured, add }) => {
      const durationMs = measured ? Math.max(SHORTEST_MS, bench.ms(2500)) : SHORTEST_MS;
      for (const row of rows) {
        const fleet = { target: { fleet: row.name } };
        for (const name of ['nobody', 'recorded'] as const) {
          const many = row.name === 'gateway';
          const load = many ? { connections: CONNECTIONS, window: WINDOW } : { connections: 1, window: 1 };
          const seen = await during(name, bench, row, () =>
            generator.call('closedLoop', { ...fleet, ...load, durationMs } satisfies Job),
          );
          if (many) add(burst, name, { rate: (seen.answered / seen.elapsedMs) * 1000, cpu: seen.cpuUs });
          else {
            const { roundTripsUs, cpuUs } = seen;
            const [p50, p99] = [percentile(roundTripsUs, 0.5), percentile(roundTripsUs, 0.99)];
            add(lone, name, { p50, p99, cpu: cpuUs });
          }
        }
      }
      for (const [name, ns] of Object.entries(lookNs())) add(looks, name, { ns });
    },
    { aside: true },
  );
  const lookedNs = looks.spread('looks', 'ns').median - looks.spread('none', 'ns').median;
  const share = (LOOKS * Math.max(0, lookedNs)) / 1000 / lone.spread('nobody', 'cpu').median;
  const cpu = burst.quotient('recorded', 'nobody', 'cpu');
  return {
    name: 'profile',
    title: 'Profiles',
    tables: [burst, lone, looks],
    ratios: {
      profile_burst_cpu: cpu,
      profile_lone_p50: lone.quotient('recorded', 'nobody', 'p50'),
    },
    verdicts: [
      {
        name: 'profile_off',
        claim: 'while nobody records, looking for a recorder is less than a hundredth of what a press costs',
        holds: share < 0.01,
        measured: `${LOOKS} x ${short(Math.max(0, lookedNs))} ns of ${short(lone.spread('nobody', 'cpu').median)} µs`,
      },
      {
        name: 'profile_on',
        claim: 'with every session recorded a press in a burst costs at most twice the CPU',
        holds: cpu.median <= 2,
        measured: `x${withSpread(cpu)}`,
      },
    ],
    notes: [`One watcher records all ${CONNECTIONS} sessions, at the usual interval; it decodes what comes.`],
    faults: bench.faults.splice(0),
  };
}

interface Job {
  readonly target: OpenFleet;
  readonly connections: number;
  readonly window: number;
  readonly durationMs: number;
}

/** Does a job while nobody records, or somebody does. */
async function during(name: Case, bench: Bench, row: Row, job: () => Promise<Seen>) {
  if (name === 'nobody') return await measure(bench, row, job);
  const watcher = await connect(`127.0.0.1:${row.server.port}`, { role: 'watch' });
  const seen = await record(watcher);
  const result = await measure(bench, row, job);
  const { payloads, missed } = await seen.stop();
  if (payloads === 0 || missed > 0)
    bench.faults.push(`${row.name}: ${payloads} payloads came, ${missed} did not`);
  return result;
}

/** Subscribes to every session; resolves when each has begun. */
async function record(watcher: Client) {
  const emulators = await watcher.emulators();
  const counts = { payloads: 0, missed: 0 };
  const subscriptions = emulators
    .flatMap(({ session }) => session ?? [])
    .map((session) => watcher.subscribe('profile', { session }));
  await Promise.all(subscriptions.map((subscription) => subscription.next()));
  const reading = subscriptions.map(async (subscription) => {
    for await (const { missed } of subscription) {
      counts.payloads += 1;
      counts.missed += missed;
    }
  });
  const stop = async () => {
    for (const subscription of subscriptions) subscription.close();
    await Promise.all(reading);
    await watcher.close();
    return counts;
  };
  return { stop };
}

/** A loop that looks for a recorder that is not there in each turn, and one that does not, in ns a turn. */
function lookNs(): { readonly none: number; readonly looks: number } {
  const session: { seq: number; recorder: Recorder | undefined } = { seq: 0, recorder: undefined };
  const timed = (loop: () => void) => {
    const startMs = performance.now();
    loop();
    return ((performance.now() - startMs) * 1e6) / TURNS;
  };
  return {
    none: timed(() => {
      for (let turn = 0; turn < TURNS; turn++) session.seq = (session.seq + turn) & 0xff_ff;
    }),
    looks: timed(() => {
      for (let turn = 0; turn < TURNS; turn++) {
        session.recorder?.read(session.seq);
        session.seq = (session.seq + turn) & 0xff_ff;
      }
    }),
  };
}

function tableOf(name: string, title: string, columns: readonly Column[]): Table {
  return new Table({ name, title, base: 'nobody', columns, labels: LABELS });
}

function looksTable(): Table {
  return new Table({
    name: 'profile_looks',
    title: 'a look for a recorder that is not there',
    columns: [{ name: 'ns', title: 'ns a turn', better: 'less', ratio: 'none' }],
    labels: { none: 'a loop without', looks: 'the same, which looks' },
  });
}
