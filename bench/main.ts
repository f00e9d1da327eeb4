/** `npm run bench`: every figure that the README quotes, from one command. */
import { loadavg } from 'node:os';
import { Bench } from './bench.ts';
import { machineInfo } from './machine.ts';
import { helpText, type Options, readOptions } from './options.ts';
import { bytes } from './parts/bytes.ts';
import { journal } from './parts/journal.ts';
import { frames } from './parts/frames.ts';
import { memory } from './parts/memory.ts';
import { idlePress } from './parts/idle-press.ts';
import { isolation } from './parts/isolation.ts';
import { peers } from './parts/peers.ts';
import { profile } from './parts/profile.ts';
import { rollouts } from './parts/rollouts.ts';
import { screen } from './parts/screen.ts';
import { strategies } from './parts/strategies.ts';
import { scenarios } from './parts/scenarios.ts';
import { watchers } from './parts/watchers.ts';
import { writePages } from './report/pages.ts';
import { type PartReport, runJson, runText } from './report/report.ts';

type Part = (bench: Bench) => Promise<PartReport>;

/** What the ratios need: all that a quick run does unless it is told otherwise. */
const COMPARED: Readonly<Record<string, Part>> = { peers, scenarios, frames, memory, strategies };
const PARTS: Readonly<Record<string, Part>> = {
  ...COMPARED,
  isolation,
  'idle-press': idlePress,
  journal,
  watchers,
  screen,
  rollouts,
  profile,
  bytes,
};

const read = readOptions(process.argv.slice(2), Object.keys(PARTS));
if (!read.ok) {
  console.error(read.problem);
  process.exitCode = 2;
} else if (read.options.help) console.log(helpText(Object.keys(PARTS)));
else process.exitCode = await run(read.options);

async function run({ only, quick, json, write }: Options): Promise<number> {
  const loadBefore = loadavg();
  const bench = new Bench({
    quick,
    rounds: quick ? 2 : 7,
    scale: quick ? 0.12 : 0.6,
    retryMs: quick ? 3000 : 240_000,
    progress: (line) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${line}`),
  });
  const reports: PartReport[] = [];
  const usual = Object.keys(quick ? COMPARED : PARTS);
  for (const [name, part] of Object.entries(PARTS)) {
    if (!(only.length > 0 ? only : usual).includes(name)) continue;
    const report = await part(bench).finally(() => bench.stopAll());
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    reports.push(report);
  }
  const machine = machineInfo(loadBefore);
  const found = { machine, rounds: bench.rounds, parts: reports };
  console.log(json ? JSON.stringify(runJson(found), null, 2) : runText(found));
  if (write) {
    const pages = writePages(found, new URL('../../', import.meta.url), only.length === 0 && !quick);
    console.error(`written: ${pages.join(', ')}`);
  }
  const faults = reports.flatMap((report) => report.faults);
  for (const fault of faults) console.error(`WRONG: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}
