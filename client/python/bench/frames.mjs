// What one frame of the game that ships costs the core alone, in µs, in the world: for each line read, the median of 400 is printed.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Machine } from '../../../dist/server/emulator/drivers/embedded/machine.js';

const FRAMES = 400;
const rom = readFileSync(new URL('../../../roms/overworld.gb', import.meta.url));
const machine = new Machine({ rom, battery: undefined, sound: false });
for (const [buttons, frames] of [
  [0, 60],
  [8, 8],
  [0, 60],
]) {
  for (let left = frames; left > 0; left--) machine.runFrame(buttons, false);
}
for await (const _ of createInterface({ input: process.stdin })) {
  const times = Array.from({ length: FRAMES }, () => {
    const start = process.hrtime.bigint();
    machine.runFrame(0, false);
    return Number(process.hrtime.bigint() - start) / 1000;
  });
  process.stdout.write(`${times.toSorted((a, b) => a - b)[FRAMES / 2]}\n`);
}
