/** `npm run bench`: every figure that the README quotes, from one command. */
import { loadavg } from 'node:os';
import { Bench } from './bench.ts';
import { machineInfo } from './machine.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { bursts } from './parts/bursts.ts';
import { journal } from './parts/journal.ts';
import { frames } from './parts/frames.ts';
import { idlePress } from './parts/idle-press.ts';
import { isolation } from './parts/isolation.ts';
import { roundTrips } from './parts/round-trips.ts';
import { screen } from './parts/screen.ts';
import { scenarios } from './parts/scenarios.ts';
import { watchers } from './parts/watchers.ts';
import { machineText, type PartReport, partText, runJson, verdictText } from './report/report.ts';

const PARTS: Readonly<Record<string, (bench: Bench) => Promise<PartReport>>> = {
  bursts,
  'round-trips': roundTrips,
  scenarios,
  frames,
  isolation,
  'idle-press': idlePress,
  journal,
  watchers,
  screen,
};

const read = readOptions(process.argv.slice(2), Object.keys(PARTS));
if (!read.ok) {
  console.error(read.problem);
  process.exitCode = 2;
} else if (read.options.help) console.log(HELP);
else process.exitCode = await run(read.options);

async function run({ only, quick, json }: Options): Promise<number> {
  const loadBefore = loadavg();
  const bench = new Bench({
    rounds: quick ? 3 : 7,
    scale: quick ? 0.25 : 0.6,
    progress: (line) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${line}`),
  });
  const reports: PartReport[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const report = await part(bench).finally(() => bench.stopAll());
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    reports.push(report);
    if (!json) console.log(`${partText(report)}\n`);
  }
  const machine = machineInfo(loadBefore);
  const verdicts = reports.flatMap((report) => report.verdicts);
  const faults = reports.flatMap((report) => report.faults);
  if (json) console.log(JSON.stringify(runJson({ machine, rounds: bench.rounds, parts: reports }), null, 2));
  else {
    if (verdicts.length > 0) console.log(['## It holds when', ...verdicts.map(verdictText), ''].join('\n\n'));
    console.log(machineText(machine, bench.rounds));
  }
  for (const fault of faults) console.error(`WRONG: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}
