// The game that ships, on the bare core, in the world; and a press there.
import { readFileSync } from 'node:fs';
import { Machine } from '../../../dist/server/emulator/drivers/embedded/machine.js';

const START = 8;

/** A machine that has been started and stands in the world. */
export function intoTheWorld() {
  const rom = readFileSync(new URL('../../../roms/overworld.gb', import.meta.url));
  const machine = new Machine({ rom, battery: undefined, sound: false });
  press(machine, [0, 60, 0]);
  press(machine, [START, 8, 68]);
  return machine;
}

/** Runs the frames of a press, `[buttons, hold, gap]`, as fast as the core can. */
export function press(machine, [buttons, hold, gap]) {
  for (let frame = 0; frame < hold; frame++) machine.runFrame(buttons, false);
  for (let frame = 0; frame < gap; frame++) machine.runFrame(0, false);
}
