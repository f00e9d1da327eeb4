/** Games that were left by going elsewhere or closing the page: each goes on, battery and all, when its ROM is played next. */
import { keep, readKept } from '../kept.ts';

const NAME = 'left';

/** The checkpoint that this browser leaves games in; each ROM has its own of that name. */
export function leftCheckpoint(): string {
  const kept = readKept('browser');
  if (typeof kept === 'string' && /^left-[0-9a-f]{8}$/.test(kept)) return kept;
  const made = `left-${[...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  keep('browser', made);
  return made;
}

/** The ROM of the game to go on with: the one that is wanted, or the latest; undefined when that was never left. */
export function leftRom(wanted: string | undefined): string | undefined {
  const roms = readLeft();
  return wanted === undefined ? roms[0] : roms.find((rom) => rom === wanted);
}

export function noteLeft(rom: string): void {
  keep(NAME, [rom, ...readLeft().filter((other) => other !== rom)]);
}

/** It is not there any more. */
export function forgetLeft(rom: string): void {
  keep(
    NAME,
    readLeft().filter((other) => other !== rom),
  );
}

/** Names of ROMs, the latest first. */
function readLeft(): readonly string[] {
  const kept = readKept(NAME);
  return Array.isArray(kept) ? kept.filter((rom: unknown) => typeof rom === 'string') : [];
}
