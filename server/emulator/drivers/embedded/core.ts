/** The core, boytacean 0.13.2, made ready in this thread, and one machine of it switched on. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { BootRom, GameBoy, GameBoyMode, initSync } from 'boytacean';
import { JoywireError } from '../../../../shared/errors.ts';

/** Clocks of one frame: 154 lines of 456. */
export const FRAME_CLOCKS = 70_224;
/** The colour boot ROM hands over after 186 frames, a few more with a wrong logo. */
const MOST_BOOT_FRAMES = 600;
const BOOT_REGISTER = 0x50;

export const CORE_NAME = 'boytacean';
/** As pinned in package.json. */
export const CORE_VERSION = '0.13.2';

let ready = false;
let hash: string | undefined;

/** Instantiates the core once a thread. Its own `init()` would fetch, which Node cannot do with files. */
function ensureCore(): void {
  if (ready) return;
  initSync({ module: readFileSync(wasmPath()) });
  ready = true;
}

function wasmPath(): string {
  return createRequire(import.meta.url).resolve('boytacean/boytacean_bg.wasm');
}

/** SHA-256 of the core's code, as hex. */
export function coreHash(): string {
  hash ??= createHash('sha256').update(readFileSync(wasmPath())).digest('hex');
  return hash;
}

/**
 * From now on the core says why it traps: without this an illegal opcode and a write to a ROM are both "unreachable".
 * It calls the browser's `window.panic`, so this thread gets a `window`: for a worker of its own only.
 */
export function reportPanics(report: (message: string) => void): void {
  ensureCore();
  Object.defineProperty(globalThis, 'window', { value: { panic: report }, configurable: true });
  GameBoy.set_panic_hook_wa();
}

/** Switches a machine on with the ROM in it, sound off. @throws JoywireError `invalid_rom` */
export function switchOn(rom: Uint8Array, color: boolean): GameBoy {
  ensureCore();
  const machine = new GameBoy(color ? GameBoyMode.Cgb : GameBoyMode.Dmg);
  try {
    if (color) machine.set_boot_rom(BootRom.CgbBoytacean);
    machine.load_unsafe(color);
    machine.load_rom_wa(rom);
  } catch (error) {
    // The core throws a string when it refuses a ROM.
    throw new JoywireError('invalid_rom', `the core refuses the ROM: ${String(error)}`, { cause: error });
  }
  // boot() sets the registers as a DMG boot ROM leaves them; in colour mode it would show black.
  if (!color) machine.boot();
  machine.set_apu_enabled(false);
  return machine;
}

/**
 * Runs a colour machine's boot ROM, which is not part of the game's frames, to where it hands over to the cartridge: a state loads exactly
 * only into a machine past that point. `readRegister` reads one of the registers at 0xFF00.
 *
 * @throws JoywireError `invalid_rom` when the boot ROM never ends
 */
export function runBootRom(runFrame: () => void, readRegister: (register: number) => number): void {
  for (let frames = 0; frames < MOST_BOOT_FRAMES; frames++) {
    runFrame();
    if ((readRegister(BOOT_REGISTER) & 1) !== 0) return;
  }
  throw new JoywireError('invalid_rom', 'the boot ROM does not accept the ROM');
}
