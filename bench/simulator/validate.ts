/**
 * The simulator against real runs: the same arrivals in real time through a real gateway, to a noop, an embedded and an HTTP emulator. The
 * model's a and b are measured on the same emulator just before.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, connect } from '../../client/index.ts';
import { type Batching, STRATEGIES } from '../../shared/protocol.ts';
import { type ConfigInput, makeConfig } from '../../server/config.ts';
import { createGateway } from '../../server/gateway.ts';
import { short } from '../report/figures.ts';
import { startSlowHttp } from '../servers/slow-http.ts';
import { timesOf } from './grid.ts';
import type { Model } from './models.ts';
import { type Pattern, patterns } from './patterns.ts';
import { play } from './play.ts';

export interface Comparison {
  readonly place: string;
  readonly pattern: string;
  readonly strategy: Batching['strategy'];
  readonly simulatedMs: number;
  readonly realMs: number;
}

/** Patterns that are over soon enough for real time. */
const PATTERNS = ['steady', 'bursts', 'just_late'];
const PRESSES = 100;
const SAMPLES = 15;
const SAMPLE_SIZE = 8;

interface Place {
  readonly name: string;
  readonly config: ConfigInput;
  /** Whether it tells an outcome when its press has run. */
  readonly streams: boolean;
  /** Whether presses last as the pattern says; else they are native ones. */
  readonly timing: boolean;
}

export async function validate(seed: number): Promise<Comparison[]> {
  const http = await startSlowHttp();
  const url = `http://127.0.0.1:${http.port}`;
  const places: Place[] = [
    { name: 'noop', config: { driver: 'noop' }, streams: false, timing: true },
    { name: 'embedded, turbo', config: { driver: 'embedded' }, streams: true, timing: true },
    {
      name: '20 ms a request',
      config: { emulators: [{ kind: 'pokemon-gym', url }] },
      streams: false,
      timing: false,
    },
  ];
  const comparisons: Comparison[] = [];
  for (const place of places) comparisons.push(...(await comparePlace(place, seed)));
  await http.close();
  return comparisons;
}

async function comparePlace(place: Place, seed: number): Promise<Comparison[]> {
  const gateway = await createGateway(makeConfig({ port: 0, journal: false, ...place.config }));
  const { port } = await gateway.listen();
  const comparisons: Comparison[] = [];
  for (const pattern of patterns(PRESSES, seed).filter(({ name }) => PATTERNS.includes(name))) {
    for (const strategy of STRATEGIES) {
      const pad = await connect(`127.0.0.1:${port}`, { pace: 'turbo', batching: { strategy } });
      const timing = place.timing
        ? { hold: Math.ceil(pattern.frames / 2), gap: Math.floor(pattern.frames / 2) }
        : {};
      const model = await measured(place, pad, timing);
      const realMs = timesOf(await playReal(pattern, pad, timing)).meanMs;
      await pad.close();
      const simulatedMs = timesOf((await play(pattern, model, strategy)).latenciesMs).meanMs;
      comparisons.push({ place: place.name, pattern: pattern.title, strategy, simulatedMs, realMs });
    }
  }
  await gateway.close();
  return comparisons;
}

interface Timing {
  readonly hold?: number;
  readonly gap?: number;
}

/** What groups of one and of several presses take here, as a line. */
async function measured(place: Place, pad: Client, timing: Timing): Promise<Model> {
  const one = await medianMs(() => pad.sequence([{ buttons: 2, ...timing }]));
  const group = Array.from({ length: SAMPLE_SIZE }, () => ({ buttons: 2, ...timing }));
  const several = await medianMs(() => pad.sequence(group));
  const b = Math.max(0, (several - one) / (SAMPLE_SIZE - 1));
  const a = Math.max(0, one - b);
  return {
    name: place.name,
    title: place.name,
    outcomeMs: ({ size }, position) => a + b * (place.streams ? position + 1 : size),
  };
}

async function medianMs(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    const startMs = performance.now();
    await run();
    times.push(performance.now() - startMs);
    await sleep(5);
  }
  return times.toSorted((x, y) => x - y)[Math.floor(SAMPLES / 2)] ?? 0;
}

/** Presses when the pattern says, as near as timers allow; from each press to its ack. */
async function playReal({ arrivals }: Pattern, pad: Client, timing: Timing): Promise<number[]> {
  const startMs = performance.now();
  const acks: Promise<number>[] = [];
  for (const { atMs, buttons } of arrivals) {
    const waitMs = startMs + atMs - performance.now();
    if (waitMs > 2) await sleep(waitMs - 1.5);
    // Timers are too coarse for presses 1 ms apart; messages and acks go on meanwhile.
    while (performance.now() < startMs + atMs) await new Promise((resolve) => setImmediate(resolve));
    const sentMs = performance.now();
    acks.push(pad.press(buttons, timing).then(() => performance.now() - sentMs));
  }
  return await Promise.all(acks);
}

export function comparisonText(comparisons: readonly Comparison[]): string {
  const lines = comparisons.map(({ place, pattern, strategy, simulatedMs, realMs }) =>
    [place, pattern, strategy, short(simulatedMs), short(realMs), short(realMs - simulatedMs)].join(' | '),
  );
  const head = ['emulator', 'presses', 'strategy', 'simulated mean ms', 'real mean ms', 'difference ms'];
  return [head.join(' | '), head.map(() => '---').join(' | '), ...lines]
    .map((line) => `| ${line} |`)
    .join('\n');
}
