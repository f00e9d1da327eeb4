/** What can be compared of two games: all their RAM, the picture and the frame. */
import type { Client } from '../../client/index.ts';

const ALL_RAM = [
  [0x8000, 0x2000],
  [0xa000, 0x2000],
  [0xc000, 0x2000],
  [0xfe00, 0xa0],
  [0xff80, 0x7f],
] as const;

/** Equal games have equal ones. */
export async function gameState(pad: Client) {
  const memory = await pad.memory(ALL_RAM);
  const screen = await pad.screen({ format: 'raw' });
  return { frame: screen.frame, screen: screen.bytes, memory: memory.memory };
}
