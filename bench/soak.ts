/**
 * `npm run soak -- [minutes]`: a steady load for a long time on a gateway with a journal, in a process of its own. Samples its memory and the latency
 * of presses, draws docs/images/soak.svg, and exits 1 when the last third is worse than the first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type Client, connect } from '../client/index.ts';
import { plot, type Series } from './report/plot.ts';

/** Sessions, half of them on a game, half on `noop`; each presses so many times a second. */
const SESSIONS = 8;
const PRESSES_PER_SECOND = 20;
const SAMPLE_MS = 10_000;
/** Of the last third to the first. */
const ALLOWED_MEMORY_RATIO = 1.15;
const ALLOWED_LATENCY_RATIO = 1.5;

interface Sample {
  readonly minute: number;
  readonly residentMb: number;
  readonly heapMb: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const { positionals } = parseArgs({ allowPositionals: true });
const minutes = Number(positionals[0] ?? 20);
if (!(minutes > 0)) throw new RangeError(`minutes: got ${positionals[0]}; allowed: a number above 0`);

const data = mkdtempSync(join(tmpdir(), 'joywire-soak-'));
const emulators = `embedded*${SESSIONS / 2},noop*${SESSIONS / 2}`;
const gateway = spawn(
  process.execPath,
  ['dist/server/main.js', 'serve', '--port', '0', '--data', data, '--emulators', emulators],
  { stdio: ['ignore', 'pipe', 'ignore'] },
);
const url = await addressOf(gateway);
const latencies: number[] = [];
let running = true;

async function play(kind: string): Promise<void> {
  const pad: Client = await connect(url.replace('http', 'ws'), { emulator: { kind } });
  while (running) {
    const startedMs = performance.now();
    await pad.press('A', { hold: 1, gap: 1 });
    latencies.push(performance.now() - startedMs);
    await new Promise((resolve) => setTimeout(resolve, 1000 / PRESSES_PER_SECOND));
  }
  await pad.close();
}

const players = Array.from({ length: SESSIONS }, (_, index) => play(index % 2 === 0 ? 'embedded' : 'noop'));
const samples: Sample[] = [];
const startedMs = performance.now();
while (performance.now() - startedMs < minutes * 60_000) {
  await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  const sample = await read();
  samples.push(sample);
  const { minute, residentMb, heapMb, p50Ms, p99Ms } = sample;
  console.log(
    `${minute.toFixed(1)} min  resident ${residentMb.toFixed(0)} MB  heap ${heapMb.toFixed(1)} MB  p50 ${p50Ms.toFixed(2)} ms  p99 ${p99Ms.toFixed(2)} ms`,
  );
}
running = false;
await Promise.all(players);
gateway.kill('SIGTERM');
await once(gateway, 'exit');
rmSync(data, { recursive: true });

const memory = ratio(({ residentMb }) => residentMb);
const latency = ratio(({ p50Ms }) => p50Ms);
writeFileSync('docs/images/soak.svg', drawn());
console.log(`last third to first: resident memory x${memory.toFixed(2)}, p50 x${latency.toFixed(2)}`);
if (memory > ALLOWED_MEMORY_RATIO || latency > ALLOWED_LATENCY_RATIO) process.exitCode = 1;

async function addressOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the gateway has no output');
  for await (const line of createInterface({ input: stdout })) {
    const address = /http:\/\/\S+/.exec(line)?.[0];
    if (address !== undefined) return address;
  }
  throw new Error('the gateway did not start');
}

async function read(): Promise<Sample> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
  const sorted = latencies.splice(0).toSorted((a, b) => a - b);
  const quantile = (q: number) => sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN;
  return {
    minute: (performance.now() - startedMs) / 60_000,
    residentMb: value('process_resident_memory_bytes') / 1e6,
    heapMb: value('nodejs_heap_size_used_bytes') / 1e6,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}

/** Median of the last third to that of the first, of which the warm-up is left out. */
function ratio(pick: (sample: Sample) => number): number {
  const third = Math.ceil(samples.length / 3);
  const median = (part: readonly Sample[]) =>
    part.map(pick).toSorted((a, b) => a - b)[Math.floor(part.length / 2)] ?? Number.NaN;
  return median(samples.slice(-third)) / median(samples.slice(Math.floor(third / 3), third));
}

function drawn(): string {
  const series = (name: string, pick: (sample: Sample) => number): Series => ({
    name,
    points: samples.map((sample) => [sample.minute, pick(sample)]),
  });
  return plot(`${SESSIONS} sessions, ${SESSIONS * PRESSES_PER_SECOND} presses a second`, 'minutes', [
    { unit: 'MB', series: [series('resident', (s) => s.residentMb), series('heap', (s) => s.heapMb)] },
    { unit: 'ms', series: [series('p50', (s) => s.p50Ms), series('p99', (s) => s.p99Ms)] },
  ]);
}
