/**
 * `npm run play-soak -- [minutes]`: somebody plays in a browser at 60 Hz, walking to and fro. Samples the drift of the game against the wall clock, pictures that reach a
 * watcher on loopback late, and the memory of page and gateway. Exits 1 when one of them is not as it should be.
 */
import { parseArgs } from 'node:util';
import { connect } from '../../client/index.ts';
import { openPage } from './open-page.ts';

const FRAME_RATE = 4_194_304 / 70_224;
const FRAME_MS = 1000 / FRAME_RATE;
const SAMPLE_MS = 10_000;
const ALLOWED_DRIFT_FRAMES = 2;
const ALLOWED_LATE = 0.01;
const ALLOWED_MEMORY_RATIO = 1.15;

interface Sample {
  readonly pageMb: number;
  readonly gatewayMb: number;
}

const { positionals } = parseArgs({ allowPositionals: true });
const minutes = Number(positionals[0] ?? 10);
if (!(minutes > 0)) throw new RangeError(`minutes: got ${positionals[0]}; allowed: a number above 0`);

await using opened = await openPage(1);
const { page, url } = opened;
const debug = await page.context().newCDPSession(page);
const arrivals: { readonly frame: number; readonly atMs: number }[] = [];
const watcher = await connect(url.replace('http', 'ws'), { role: 'watch' });
const pictures = watcher.pictures({ fps: 60, emulator: 'embedded-1' });
const watching = (async () => {
  for await (const { payload } of pictures) arrivals.push({ frame: payload.frame, atMs: performance.now() });
})();

await page.waitForTimeout(1500);
await page.keyboard.press('Enter', { delay: 60 });
await page.waitForTimeout(1500);
arrivals.length = 0;
const samples: Sample[] = [];
const startedMs = performance.now();
const sides = ['ArrowRight', 'ArrowLeft'] as const;
while (performance.now() - startedMs < minutes * 60_000) {
  const until = Math.min(performance.now() + SAMPLE_MS, startedMs + minutes * 60_000);
  for (let turn = 0; performance.now() < until; turn++) {
    await page.keyboard.press(sides[turn % 2] ?? 'x', { delay: 700 });
  }
  const sample = await read();
  samples.push(sample);
  const minute = (performance.now() - startedMs) / 60_000;
  console.log(
    `${minute.toFixed(1)} min  page ${sample.pageMb.toFixed(1)} MB  gateway ${sample.gatewayMb.toFixed(0)} MB  ${arrivals.length} pictures`,
  );
}
pictures.close();
await watching;
await watcher.close();

const [first, last] = [arrivals[0], arrivals.at(-1)];
if (first === undefined || last === undefined) throw new Error('no picture came');
const drift = last.frame - first.frame - ((last.atMs - first.atMs) / 1000) * FRAME_RATE;
/** How late each was, against the clock that the least late ones set. */
const lateness = arrivals.map(({ frame, atMs }) => atMs - frame * FRAME_MS);
const onTime = lateness.toSorted((a, b) => a - b)[Math.floor(lateness.length / 20)] ?? 0;
const late = lateness.filter((ms) => ms - onTime > FRAME_MS).length / lateness.length;
const pageRatio = ratio(({ pageMb }) => pageMb);
const gatewayRatio = ratio(({ gatewayMb }) => gatewayMb);
console.log(
  `${minutes} min: drift ${drift.toFixed(2)} frames; ${(100 * late).toFixed(2)} % of ${arrivals.length} pictures late by more than a frame`,
);
console.log(
  `memory, last third to first: page x${pageRatio.toFixed(2)}, gateway x${gatewayRatio.toFixed(2)}`,
);
const held =
  Math.abs(drift) <= ALLOWED_DRIFT_FRAMES &&
  late < ALLOWED_LATE &&
  pageRatio <= ALLOWED_MEMORY_RATIO &&
  gatewayRatio <= ALLOWED_MEMORY_RATIO;
if (!held) process.exitCode = 1;

/** What the page holds after its garbage was collected, and what the gateway's process has. */
async function read(): Promise<Sample> {
  await debug.send('HeapProfiler.collectGarbage');
  const { usedSize } = await debug.send('Runtime.getHeapUsage');
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const resident = /^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1];
  return { pageMb: usedSize / 1e6, gatewayMb: Number(resident) / 1e6 };
}

/** Median of the last third to that of the first. */
function ratio(pick: (sample: Sample) => number): number {
  const third = Math.ceil(samples.length / 3);
  const median = (part: readonly Sample[]) =>
    part.map(pick).toSorted((a, b) => a - b)[Math.floor(part.length / 2)] ?? Number.NaN;
  return median(samples.slice(-third)) / median(samples.slice(0, third));
}
