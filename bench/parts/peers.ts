/** The same presses on the gateway, on bare servers and on those that one would take instead, as sessions grow. */
import type { Bench } from '../bench.ts';
import type { GeneratorApi } from '../processes/generator.ts';
import type { Child } from '../processes/rpc.ts';
import { barPlot, barsOf } from '../report/bars.ts';
import { short, type Spread, spread } from '../report/figures.ts';
import type { Headline, PartReport, Plot, Ratios } from '../report/report.ts';
import { type Target, verdictOf } from '../report/target.ts';
import type { Column, Table } from '../report/table.ts';
import { CPU, Load, type LoadKind, P50, RATE } from './loads.ts';
import { measure, openFleets, type Row, type RowName, startRows } from './rows.ts';

const BASE = 'ws_msgpack';
const ECHO = 'ws_echo';
const GATEWAY = 'gateway';
const JOURNAL = 'gateway_journal';
/** A quick run's warm-up: many presses outstanding on each connection, and one, for they take other ways through a server. */
const WARM_UP = {
  connections: 10,
  loads: [
    { window: 64, durationMs: 200 },
    { window: 1, durationMs: 300 },
  ],
} as const;
/** A session's first presses meet much that is only being made. */
const FIRST_PRESSES = [{ window: 1, durationMs: 50 }] as const;
const PEERS = ['socketio', 'socketio_msgpack', 'colyseus'] as const;

interface Stage {
  readonly sessions: number;
  readonly loads: readonly LoadKind[];
  /** What is enough for the ratios. */
  readonly quick: readonly LoadKind[];
}
/** Loads that a quick run puts on the server that only echoes: no ratio is to that. */
const QUICK_ECHO: readonly LoadKind[] = ['burst', 'ping_pong'];
const STAGES: readonly Stage[] = [
  { sessions: 1, loads: ['burst', 'ping_pong', 'paced'], quick: [] },
  { sessions: 10, loads: ['burst', 'ping_pong', 'paced', 'steady'], quick: ['burst', 'steady'] },
  { sessions: 100, loads: ['burst', 'ping_pong', 'paced', 'steady'], quick: ['ping_pong', 'steady'] },
  { sessions: 300, loads: ['paced'], quick: ['paced'] },
  { sessions: 1000, loads: ['ping_pong', 'steady'], quick: ['steady'] },
];

const TARGETS: readonly Target[] = [
  {
    ratio: 'burst_vs_ws_msgpack',
    claim: 'acked presses a second in bursts, beside ws + msgpack',
    atLeast: 4,
  },
  { ratio: 'burst_vs_socketio', claim: 'the same beside Socket.IO', atLeast: 6 },
  { ratio: 'burst_vs_colyseus', claim: 'the same beside Colyseus', atLeast: 6 },
  { ratio: 'pingpong_vs_ws_msgpack', claim: 'round trips a second, beside ws + msgpack', atLeast: 0.9 },
  { ratio: 'pingpong_vs_socketio', claim: 'the same beside Socket.IO', atLeast: 1 },
  { ratio: 'pingpong_vs_colyseus', claim: 'the same beside Colyseus', atLeast: 1 },
  { ratio: 'paced_p50_vs_ws_msgpack', claim: 'p50 of 300 sessions x 60/s, beside ws + msgpack', atMost: 1.3 },
  {
    ratio: 'paced_cpu_10_vs_ws_msgpack',
    claim: 'CPU a press, 10 sessions x 20/s, beside ws + msgpack',
    atMost: 1.5,
  },
  { ratio: 'paced_cpu_100_vs_ws_msgpack', claim: 'the same with 100 sessions', atMost: 1.5 },
  { ratio: 'paced_cpu_1000_vs_ws_msgpack', claim: 'the same with 1000 sessions', atMost: 1.5 },
  { ratio: 'journal_burst_cpu', claim: 'CPU a press in bursts with the journal, beside without', atMost: 2 },
  { ratio: 'journal_cpu_100', claim: 'the same of 100 sessions x 20/s', atMost: 2 },
];

export async function peers(bench: Bench): Promise<PartReport> {
  const problem = await bench.peersProblem();
  const generator = bench.start<GeneratorApi>('generator');
  const names: readonly RowName[] = [BASE, ECHO, ...(problem === undefined ? PEERS : []), GATEWAY, JOURNAL];
  const rows = await startRows(bench, names);
  if (bench.quick) {
    await openFleets(generator, rows, WARM_UP.connections);
    await warmUp(bench, generator, rows, WARM_UP.loads);
  }
  const loads: Load[] = [];
  for (const stage of STAGES) {
    const kinds = bench.quick ? stage.quick : stage.loads;
    if (kinds.length === 0) continue;
    const ofStage = kinds.map((kind) => new Load(kind, stage.sessions, BASE));
    loads.push(...ofStage);
    await openFleets(generator, rows, stage.sessions);
    if (bench.quick) await warmUp(bench, generator, rows, FIRST_PRESSES);
    await bench.inRounds(
      `peers, ${stage.sessions} sessions`,
      async ({ measured, add }) => {
        for (const load of ofStage) {
          for (const row of rows) {
            if (bench.quick && row.name === ECHO && !QUICK_ECHO.includes(load.kind)) continue;
            add(load.table, row.name, await load.figures(bench, generator, row, measured));
          }
        }
      },
      { warm: true },
    );
  }
  const ratios = ratiosOf(loads, problem === undefined);
  return {
    name: 'peers',
    title: 'The same presses on other servers',
    tables: loads.map(({ table }) => table),
    ratios,
    headlines: headlinesOf(loads, ratios),
    plots: plotsOf(loads),
    verdicts: TARGETS.flatMap((target) => verdictOf(target, ratios)),
    notes: problem === undefined ? [] : [problem],
    faults: bench.faults.splice(0),
  };
}

/** Presses that do not count, on as many connections as are open: there is no time for a round of them. */
async function warmUp(
  bench: Bench,
  generator: Child<GeneratorApi>,
  rows: readonly Row[],
  loads: readonly { readonly window: number; readonly durationMs: number }[],
): Promise<void> {
  for (const load of loads) {
    for (const row of rows) {
      const job = { target: { fleet: row.name }, connections: Infinity, ...load };
      await measure(bench, row, () => generator.call('closedLoop', job));
    }
  }
}

/** The gateway's figures as multiples of the others', and those with the journal as multiples of those without. */
function ratiosOf(loads: readonly Load[], withPeers: boolean): Ratios {
  const others = [BASE, ...(withPeers ? PEERS : [])] as const;
  const ratios: Record<string, Spread> = {};
  const of = (kind: LoadKind, sessions: number, { name }: Column) => {
    const table = tableOf(loads, kind, sessions);
    return (row: RowName, other: RowName) => table?.quotient(row, other, name) ?? spread([]);
  };
  const burst = of('burst', 10, RATE);
  const pingPong = of('ping_pong', 100, RATE);
  for (const other of others) ratios[`burst_vs_${other}`] = burst(GATEWAY, other);
  for (const other of others) ratios[`pingpong_vs_${other}`] = pingPong(GATEWAY, other);
  for (const other of others) ratios[`paced_p50_vs_${other}`] = of('paced', 300, P50)(GATEWAY, other);
  for (const sessions of [10, 100, 1000]) {
    for (const other of others) {
      ratios[`paced_cpu_${sessions}_vs_${other}`] = of('steady', sessions, CPU)(GATEWAY, other);
    }
  }
  ratios['journal_burst_rate'] = burst(JOURNAL, GATEWAY);
  ratios['journal_burst_cpu'] = of('burst', 10, CPU)(JOURNAL, GATEWAY);
  ratios['journal_paced_p50'] = of('paced', 300, P50)(JOURNAL, GATEWAY);
  for (const sessions of [10, 100, 1000]) {
    ratios[`journal_cpu_${sessions}`] = of('steady', sessions, CPU)(JOURNAL, GATEWAY);
  }
  return ratios;
}

function headlinesOf(loads: readonly Load[], ratios: Ratios): Headline[] {
  const r = (name: string) => short(ratios[name]?.median ?? Number.NaN);
  const beside = (what: string) =>
    `${r(`${what}_vs_${BASE}`)} times that of \`ws\` + msgpack with one ack each, ${r(`${what}_vs_socketio`)} times Socket.IO's, ${r(`${what}_vs_colyseus`)} times Colyseus'`;
  const figure = (kind: LoadKind, sessions: number, row: RowName, column: string) =>
    short(tableOf(loads, kind, sessions)?.spread(row, column).median ?? Number.NaN);
  const cpu = (sessions: number) =>
    `${figure('steady', sessions, GATEWAY, 'cpu')} (${r(`paced_cpu_${sessions}_vs_${BASE}`)} times)`;
  const journal = (sessions: number) => r(`journal_cpu_${sessions}`);
  return [
    {
      what: 'acked presses a second in bursts, 10 connections with 64 outstanding, `noop` emulator',
      figure: `${figure('burst', 10, GATEWAY, 'rate')}: ${beside('burst')}; ${figure('burst', 10, GATEWAY, 'cpu')} µs of CPU a press`,
    },
    {
      what: 'round trips a second, one press outstanding on each of 100 connections',
      figure: `${figure('ping_pong', 100, GATEWAY, 'rate')}: ${beside('pingpong')}`,
    },
    {
      what: '300 sessions that press 60 times a second, p50',
      figure: `${figure('paced', 300, GATEWAY, 'p50')} µs: ${beside('paced_p50')} (less is better)`,
    },
    {
      what: 'µs of CPU a press, 10, 100 and 1000 sessions that press 20 times a second (and beside `ws` + msgpack)',
      figure: `${cpu(10)}, ${cpu(100)}, ${cpu(1000)}`,
    },
    {
      what: 'with the journal, beside without: presses a second in bursts, CPU a press there, and with 10, 100, 1000 sessions',
      figure: `${r('journal_burst_rate')}; ${r('journal_burst_cpu')}; ${journal(10)}, ${journal(100)}, ${journal(1000)}`,
    },
  ];
}

function plotsOf(loads: readonly Load[]): Plot[] {
  const plot = (name: string, title: string, unit: string, kind: LoadKind, column: string): Plot => {
    const tables = loads.filter((load) => load.kind === kind).map(({ table }) => table);
    return { name, title, svg: barPlot(title, unit, barsOf(tables, column, GATEWAY)) };
  };
  return [
    plot('bursts', 'Acked presses a second in bursts', 'more is better', 'burst', 'rate'),
    plot('ping-pong', 'Round trips a second, one press outstanding', 'more is better', 'ping_pong', 'rate'),
    plot('paced', '60 presses a second on each session, p50', 'µs, less is better', 'paced', 'p50'),
    plot('cpu', 'Server CPU a press as sessions grow', 'µs, less is better', 'steady', 'cpu'),
  ];
}

function tableOf(loads: readonly Load[], kind: LoadKind, sessions: number): Table | undefined {
  return loads.find((load) => load.kind === kind && load.sessions === sessions)?.table;
}
