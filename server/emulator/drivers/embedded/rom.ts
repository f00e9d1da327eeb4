/** What a cartridge's header says that decides how its game is run. */
import { JoywireError } from '../../../../shared/errors.ts';

const SMALLEST_BYTES = 32 * 1024;
const CGB_FLAG = 0x143;
const CARTRIDGE_TYPE = 0x147;
const TITLE = 0x134;
const TITLE_BYTES = 16;
/** Cartridge types with a battery (Pan Docs, "The Cartridge Header", 0147). */
const WITH_BATTERY = new Set([0x03, 0x06, 0x09, 0x0d, 0x0f, 0x10, 0x13, 0x1b, 0x1e, 0x22, 0xff]);
/** MBC2: the core plays it, and traps when it is to save a state of it. */
const WITHOUT_STATES = new Set([0x05, 0x06]);

export interface RomHeader {
  /** Whether it runs on a Game Boy Color: flag 0x80 or 0xC0. */
  readonly color: boolean;
  /** Whether cartridge RAM survives switching off. */
  readonly battery: boolean;
  /** Whether the core can save its state, and so show its memory. */
  readonly states: boolean;
  readonly mbc1: boolean;
}

/** @throws JoywireError `invalid_rom` when the size is not that of a cartridge */
export function readHeader(bytes: Uint8Array): RomHeader {
  const { length } = bytes;
  if (length < SMALLEST_BYTES || (length & (length - 1)) !== 0) {
    const allowed = 'a ROM is a power of two of bytes, 32768 at least';
    throw new JoywireError('invalid_rom', `the ROM has ${length} bytes; ${allowed}`);
  }
  const type = bytes[CARTRIDGE_TYPE] ?? 0;
  return {
    color: ((bytes[CGB_FLAG] ?? 0) & 0x80) !== 0,
    battery: WITH_BATTERY.has(type),
    states: !WITHOUT_STATES.has(type),
    mbc1: type >= 0x01 && type <= 0x03,
  };
}

/** What the cartridge calls itself (Pan Docs, "The Cartridge Header", 0134): its letters up to the first that is none. */
export function romTitle(bytes: Uint8Array): string {
  const letters = [...bytes.subarray(TITLE, TITLE + TITLE_BYTES)];
  const end = letters.findIndex((code) => code < 0x20 || code > 0x7e);
  return String.fromCharCode(...letters.slice(0, end < 0 ? letters.length : end)).trim();
}
