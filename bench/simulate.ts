/** `npm run simulate`: the batching strategies over a grid of arrival patterns and emulators, on a virtual clock. */
import { parseArgs } from 'node:util';
import { type Cell, grid } from './simulator/grid.ts';
import { gridText, summary, summaryText } from './simulator/report.ts';
import { comparisonText, validate } from './simulator/validate.ts';

const HELP = `npm run simulate [-- options]

Plays arrival patterns to model emulators through the gateway's own batcher, and prints mean and p99 time from press to ack, batches
used, and regret: how far each mean is above the best that was possible. Exits 1 when adaptive's mean is more than
2 % above threshold's in any cell.

  --length N    presses of each pattern in each run (200)
  --runs N      runs of each cell (8)
  --seed N      other arrivals (1)
  --validate    instead: real runs in real time beside the simulated ones, which takes a minute
  --json        one JSON object on stdout
  --help        this text
`;
/** By how much adaptive's mean may be above threshold's. */
const ALLOWED = 1.02;

const { values } = parseArgs({
  options: {
    length: { type: 'string', default: '200' },
    runs: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
    validate: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const length = Number(values.length);
const runs = Number(values.runs);
const seed = Number(values.seed);
if (values.help) console.log(HELP);
else if (!(length >= 1) || !(runs >= 1) || !Number.isInteger(seed)) {
  console.error('--length and --runs take a number from 1 on, --seed a whole number');
  process.exitCode = 2;
} else if (values.validate) await printValidation();
else process.exitCode = await printGrid();

async function printValidation(): Promise<void> {
  const comparisons = await validate(seed);
  console.log(values.json ? JSON.stringify({ comparisons }, null, 2) : comparisonText(comparisons));
}

async function printGrid(): Promise<number> {
  const cells: Cell[] = [];
  for await (const cell of grid({ length, runs, firstSeed: seed })) {
    cells.push(cell);
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${cell.pattern}, ${cell.model}`);
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const found = summary(cells);
  if (values.json) console.log(JSON.stringify({ length, runs, seed, ...found, cells }, null, 2));
  else console.log(`${gridText(cells)}\n\n${summaryText(found)}`);
  return found.worst.toThreshold <= ALLOWED ? 0 : 1;
}
