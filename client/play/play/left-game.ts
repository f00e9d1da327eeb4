/** The game that was left by closing or reloading the page: it goes on at the next visit. */
import { keep, readKept } from '../kept.ts';

const NAME = 'left';

/** The checkpoint that this browser leaves its game in. */
export function leftCheckpoint(): string {
  const kept = readKept('browser');
  if (typeof kept === 'string' && /^left-[0-9a-f]{8}$/.test(kept)) return kept;
  const made = `left-${[...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  keep('browser', made);
  return made;
}

/** The name of the ROM of the game that was left, if one was; it is taken once. */
export function takeLeft(): string | undefined {
  const rom = readKept(NAME);
  keep(NAME, undefined);
  return typeof rom === 'string' ? rom : undefined;
}

export function noteLeft(rom: string): void {
  keep(NAME, rom);
}
