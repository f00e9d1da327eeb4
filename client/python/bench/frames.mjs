// What the frames of a press cost the core alone, in µs: for each line `[buttons, hold, gap]` read, the median of 100 such presses is printed.
import { createInterface } from 'node:readline';
import { intoTheWorld, press } from './world.mjs';

const PRESSES = 100;
const machine = intoTheWorld();
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const times = Array.from({ length: PRESSES }, () => {
    const start = process.hrtime.bigint();
    press(machine, asked);
    return Number(process.hrtime.bigint() - start) / 1000;
  });
  process.stdout.write(`${times.toSorted((a, b) => a - b)[PRESSES / 2]}\n`);
}
