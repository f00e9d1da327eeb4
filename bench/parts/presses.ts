/** Presses for a game, no button twice in a row: so that each of them shows in the emulator's own log. */
import { BUTTONS } from '../../client/index.ts';

const { RIGHT, A, UP, LEFT, B, DOWN, SELECT } = BUTTONS;
/** Seven of them, which divides none of the batch sizes: a batch out of place shows. */
const CYCLE = [RIGHT, A, UP, LEFT, B, DOWN, SELECT];

export function presses(count: number): number[] {
  return Array.from({ length: count }, (_, index) => CYCLE[index % CYCLE.length] ?? 0);
}
