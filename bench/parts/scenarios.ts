/** The four scenarios that the idea came from: so many presses, one request each, and as one group. */
import { Pool } from 'undici';
import { type Client, connect } from '../../client/index.ts';
import type { Bench } from '../bench.ts';
import type { CoreApi } from '../processes/core.ts';
import type { Child } from '../processes/rpc.ts';
import { postKeys } from '../servers/post-keys.ts';
import { short, spread } from '../report/figures.ts';
import type { Headline, PartReport, Ratios, Verdict } from '../report/report.ts';
import { type Target, verdictOf } from '../report/target.ts';
import { type Column, Table } from '../report/table.ts';
import { GameLog } from './game-log.ts';
import { presses } from './presses.ts';

/** Presses, and how many times faster than one request each a batching client was once said to be with them. */
const SCENARIOS = [
  { count: 3, claimed: 2.4 },
  { count: 8, claimed: 6.7 },
  { count: 15, claimed: 12.9 },
  { count: 20, claimed: 15 },
] as const;
const GAIN: Column = { name: 'gain', title: 'x one each', better: 'more', ratio: 'none' };
const MS = { better: 'less', ratio: 'none' } as const;
const COLUMNS: readonly Column[] = [
  GAIN,
  { name: 'claimed', title: 'once claimed', better: 'more', ratio: 'none' },
  { name: 'ceiling', title: 'ceiling', better: 'more', ratio: 'none' },
  { ...MS, name: 'group', title: 'one group ms' },
  { ...MS, name: 'one_each', title: 'one each ms' },
];
/** Of the embedded game: what the frames themselves take. */
const COLUMNS_GAME: readonly Column[] = [...COLUMNS, { ...MS, name: 'core', title: "the core's own ms" }];
/** Of an emulator that can be reached without us. */
const COLUMNS_DIRECT: readonly Column[] = [
  ...COLUMNS.slice(0, -1),
  { ...MS, name: 'one_each', title: 'one each, no gateway ms' },
  { ...MS, name: 'gateway_each', title: 'one each, gateway ms' },
  { ...MS, name: 'parallel', title: 'all at once, no gateway ms' },
  { ...MS, name: 'disorder', title: 'pairs it put out of order' },
];
/** A press of the embedded game is held and released for so many frames each, unless it says otherwise. */
const NATIVE_FRAMES = 8;
/** Connections that requests sent all at once are spread over, as by the client that the idea came from. */
const PARALLEL_CONNECTIONS = 5;

const TARGETS: readonly Target[] = SCENARIOS.map(({ count }) => ({
  ratio: `seed_${count}`,
  claim: `a group of ${count} on an emulator that takes 20 ms a request, of what is possible`,
  atLeast: count < 8 ? 0.9 : 0.95,
}));

/** On HTTP a group is one request, whose time varies as much as that of each of many: the median counts. */
const GROUP_TIMES = 3;
/** Groups that are sent before a quick run counts, each to an emulator of its own. */
const WARM_UP = { sessions: 8, groups: 20 } as const;

/** One way to bring presses to an emulator. */
interface Way {
  /** Its column. */
  readonly name: 'one_each' | 'gateway_each' | 'group' | 'parallel';
  readonly send: (keys: readonly number[]) => Promise<unknown>;
  /** What the emulator at its end was given since it was last asked. */
  readonly log: () => Promise<readonly number[]>;
}

/** An emulator, and the ways to it. */
interface Place {
  readonly name: string;
  readonly table: Table;
  readonly ways: readonly Way[];
  /** The frames of these presses on the bare core, in ms. */
  readonly core?: (keys: readonly number[]) => Promise<number>;
}

export async function scenarios(bench: Bench): Promise<PartReport> {
  const http = await bench.startServer({ kind: 'slow-http' });
  // One of its own for those without a gateway: two clients of one game are noticed.
  const plain = await bench.startServer({ kind: 'slow-http' });
  const before = await bench.startServer({
    kind: 'gateway',
    driver: 'http',
    port: http.port,
    emulators: 1 + WARM_UP.sessions,
  });
  const games = await bench.startServer({ kind: 'gateway', driver: 'embedded' });
  const core = bench.start<CoreApi>('core');
  await using slowPad = await open(before.port);
  await using nativePad = await open(games.port);
  await using shortPad = await open(games.port);
  const url = `http://127.0.0.1:${plain.port}`;
  const direct = new Pool(url, { connections: 1 });
  const parallel = new Pool(url, { connections: PARALLEL_CONNECTIONS });
  const plainLog = () => plain.process.call('takeLog');
  const ratedPlace = httpPlace(
    [...directWays(direct, plainLog), parallelWay(parallel, plainLog)],
    gatewayWays(slowPad, {}, 'gateway_each', () => http.process.call('takeLog')),
  );
  const places = [
    ratedPlace,
    await gamePlace('game_native', 'embedded game, 8 + 8 frames a press', nativePad, core, {}),
    await gamePlace('game_shortest', 'embedded game, hold 1, gap 0', shortPad, core, { hold: 1, gap: 0 }),
  ];
  if (bench.quick) {
    await warmUp(before.port);
    await http.process.call('takeLog');
  }
  await bench.inRounds(
    'scenarios',
    async ({ add }) => {
      for (const place of places) {
        for (const scenario of SCENARIOS) {
          const figures = await runScenario(bench, place, scenario);
          add(place.table, `${scenario.count}`, figures);
        }
      }
    },
    { warm: true },
  );
  await direct.close();
  await parallel.close();
  const ratios = shares(ratedPlace.table);
  return {
    name: 'scenarios',
    title: 'The four scenarios: 3, 8, 15 and 20 presses',
    tables: places.map(({ table }) => table),
    ratios,
    headlines: headlinesOf(places),
    verdicts: [...TARGETS.flatMap((target) => verdictOf(target, ratios)), ...gameVerdicts(places[1]?.table)],
    notes: [
      'Presses one after another wait for each answer; sessions are eager, so no waiting time flatters the group. The order was read from the emulator itself.',
    ],
    faults: bench.faults.splice(0),
  };
}

/** Requests that do not count, several at a time: what is compared is not to run for the first time. */
async function warmUp(port: number): Promise<void> {
  const pads = await Promise.all(Array.from({ length: WARM_UP.sessions }, () => open(port)));
  await Promise.all(
    pads.map(async (pad) => {
      for (let time = 0; time < WARM_UP.groups; time++)
        await pad.sequence(presses(8).map((buttons) => ({ buttons })));
      await pad.close();
    }),
  );
}

async function runScenario(bench: Bench, place: Place, { count, claimed }: (typeof SCENARIOS)[number]) {
  const keys = presses(count);
  const ms: Partial<Record<Way['name'], number>> = {};
  let disorder = 0;
  for (const { name, send, log } of place.ways) {
    if (bench.quick && name === 'gateway_each') continue;
    const took: number[] = [];
    for (let time = 0; time < (name === 'group' && place.core === undefined ? GROUP_TIMES : 1); time++) {
      const startMs = performance.now();
      await send(keys);
      took.push(performance.now() - startMs);
      const got = await log();
      if (name === 'parallel') disorder = pairsOutOfOrder(keys, got);
      else if (got.join() !== keys.join()) {
        bench.faults.push(`${place.name}, ${name}: ${keys.join(' ')} was sent and ${got.join(' ')} came`);
      }
    }
    ms[name] = spread(took).median;
  }
  const { one_each = Number.NaN, group = Number.NaN } = ms;
  const core = place.core === undefined ? {} : { core: await place.core(keys) };
  return { gain: one_each / group, claimed, ceiling: count, ...ms, disorder, ...core };
}

/** What groups gain, as fractions of what one request for all of them could gain at most. */
function shares(http: Table): Ratios {
  return Object.fromEntries(
    SCENARIOS.map(({ count }) => {
      const gains = http.values(`${count}`, 'gain');
      return [`seed_${count}`, spread(gains.map((gain) => gain / count))];
    }),
  );
}

/** The claim that the idea came with, on a game that runs every frame of every press. */
function gameVerdicts(table: Table | undefined): Verdict[] {
  const ms = SCENARIOS.map(({ count }) => table?.spread(`${count}`, 'group').median ?? Number.NaN);
  return [
    {
      name: 'seed_game_ms',
      claim: 'groups of 3, 8, 15 and 20 on the embedded game, 16 frames a press: each under 100 ms',
      holds: ms.every((value) => value < 100),
      measured: `${ms.map(short).join(', ')} ms`,
    },
  ];
}

function headlinesOf([http, native]: readonly Place[]): Headline[] {
  const each = (place: Place | undefined, column: string) =>
    SCENARIOS.map(({ count }) => short(place?.table.spread(`${count}`, column).median ?? Number.NaN)).join(
      ', ',
    );
  return [
    {
      what: '3, 8, 15, 20 presses as one group, on an HTTP emulator that takes 20 ms a request',
      figure: `${each(http, 'gain')} times as fast as one request each; 3, 8, 15, 20 are the ceiling; ${each(http, 'group')} ms`,
    },
    {
      what: 'the same sent all at once over five connections instead',
      figure: `${each(http, 'parallel')} ms; ${each(http, 'disorder')} pairs of presses in the wrong order`,
    },
    {
      what: 'the same groups on the embedded game at `turbo`, 16 frames a press',
      figure: `${each(native, 'group')} ms, of which the core's own time is ${each(native, 'core')} ms`,
    },
  ];
}

/** How many pairs of keys came in another order than they were sent. */
function pairsOutOfOrder(sent: readonly number[], got: readonly number[]): number {
  const places = sent.map((_, index) => index);
  const came = got.map((key) => {
    const at = places.findIndex((place) => sent[place] === key);
    return places.splice(at, 1)[0] ?? 0;
  });
  return came.reduce((sum, a, index) => sum + came.slice(index + 1).filter((b) => b < a).length, 0);
}

function open(port: number): Promise<Client> {
  return connect(`127.0.0.1:${port}`, { pace: 'turbo', batching: { strategy: 'eager' } });
}

function httpPlace(direct: readonly Way[], gateway: readonly Way[]): Place {
  const table = tableOf('http', 'HTTP emulator, 20 ms a request', COLUMNS_DIRECT);
  return { name: 'http', table, ways: [...direct, ...gateway] };
}

function directWays(pool: Pool, log: Way['log']): Way[] {
  const send = async (keys: readonly number[]) => {
    for (const key of keys) await postKeys(pool, [key]);
  };
  return [{ name: 'one_each', send, log }];
}

/** A request each, all sent at once. */
function parallelWay(pool: Pool, log: Way['log']): Way {
  return { name: 'parallel', send: (keys) => Promise.all(keys.map((key) => postKeys(pool, [key]))), log };
}

async function gamePlace(
  name: string,
  title: string,
  pad: Client,
  core: Child<CoreApi>,
  timing: Timing,
): Promise<Place> {
  const log = new GameLog(pad);
  // The record starts with the game.
  await pad.press(0, { hold: 60, gap: 0 });
  await log.take();
  const table = tableOf(name, title, COLUMNS_GAME);
  const { hold = NATIVE_FRAMES, gap = NATIVE_FRAMES } = timing;
  return {
    name,
    table,
    ways: gatewayWays(pad, timing, 'one_each', () => log.take()),
    core: (buttons) => core.call('presses', { buttons, hold, gap }),
  };
}

interface Timing {
  readonly hold?: number;
  readonly gap?: number;
}

function gatewayWays(pad: Client, timing: Timing, each: Way['name'], log: Way['log']): Way[] {
  return [
    {
      name: each,
      send: async (keys) => {
        for (const key of keys) await pad.press(key, timing);
      },
      log,
    },
    { name: 'group', send: (keys) => pad.sequence(keys.map((buttons) => ({ buttons, ...timing }))), log },
  ];
}

function tableOf(place: string, title: string, columns: readonly Column[]): Table {
  const labels = Object.fromEntries(SCENARIOS.map(({ count }) => [`${count}`, `${count} presses`]));
  return new Table({ name: `scenario_${place}`, title, columns, labels });
}
