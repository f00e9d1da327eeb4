/** `npm run bench`: every figure that the README quotes, from one command. */
import { loadavg } from 'node:os';
import { Bench } from './bench.ts';
import { machineInfo } from './machine.ts';
import { COMPARED, PARTS } from './parts/parts.ts';
import { helpText, type Options, readOptions } from './options.ts';
import { writePages } from './report/pages.ts';
import { type PartReport, runJson, runText } from './report/report.ts';

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
  const broken: string[] = [];
  const usual = Object.keys(quick ? COMPARED : PARTS);
  for (const [name, part] of Object.entries(PARTS)) {
    if (!(only.length > 0 ? only : usual).includes(name)) continue;
    try {
      reports.push(await part(bench));
    } catch (error) {
      // What the other parts measured is not lost with it.
      broken.push(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    } finally {
      await bench.stopAll();
    }
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
  const machine = machineInfo(loadBefore);
  const found = { machine, rounds: bench.rounds, parts: reports };
  console.log(json ? JSON.stringify(runJson(found), null, 2) : runText(found));
  if (write) {
    const pages = writePages(
      found,
      new URL('../../', import.meta.url),
      only.length === 0 && !quick && broken.length === 0,
    );
    console.error(`written: ${pages.join(', ')}`);
  }
  const faults = [...broken, ...reports.flatMap((report) => report.faults)];
  for (const fault of faults) console.error(`WRONG: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}
