/**
 * The game's memory by address, as it is now.
 *
 * | address | reads as |
 * |---|---|
 * | 0000-3FFF | ROM bank 0 (never the boot ROM) |
 * | 4000-7FFF | the ROM bank that is switched in, 0 beyond the end of the ROM. MBC1 with more than 32 banks: unreadable, the core does not tell the bank's upper bits |
 * | 8000-9FFF | video RAM, the bank that VBK selects, also while the LCD controller would lock the CPU out |
 * | A000-BFFF | cartridge RAM, the bank that is switched in, also while the game has it disabled (the CPU would read FF) |
 * | C000-DFFF | work RAM, D000 on in the bank that SVBK selects |
 * | E000-FDFF | the same as C000-DDFF |
 * | FE00-FE9F | OAM |
 * | FEA0-FEFF | FF: nothing is there |
 * | FF00-FF7F | the registers, as the CPU would read them |
 * | FF80-FFFE | high RAM |
 * | FFFF | the interrupt enable register |
 */
import { JoywireError } from '../../../../shared/errors.ts';
import type { Bess } from './bess.ts';

const ADDRESSES = 0x10000;
const ROM_BANK_BYTES = 0x4000;
const VRAM_BANK_BYTES = 0x2000;
const CARTRIDGE_RAM_BANK_BYTES = 0x2000;
const WRAM_BANK_BYTES = 0x1000;
const VBK = 0x4f;
const SVBK = 0x70;
const NOTHING = new Uint8Array(0x60).fill(0xff);
/** The most banks that MBC1's lower five bits tell apart. */
const MBC1_BANKS = 32;

/** A stretch of addresses; without bytes it cannot be read. */
interface Region {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array | undefined;
}

export class Memory {
  readonly #regions: readonly Region[];

  /** `mbc1` says how the cartridge's banking writes are to be read. */
  constructor(save: Bess, rom: Uint8Array, mbc1: boolean) {
    const wram = bank(save.wram, wramBank(save), WRAM_BANK_BYTES);
    this.#regions = [
      { start: 0x0000, end: 0x4000, bytes: rom },
      { start: 0x4000, end: 0x8000, bytes: switchableRom(save, rom, mbc1) },
      { start: 0x8000, end: 0xa000, bytes: bank(save.vram, vramBank(save), VRAM_BANK_BYTES) },
      { start: 0xa000, end: 0xc000, bytes: cartridgeRam(save) },
      { start: 0xc000, end: 0xd000, bytes: save.wram },
      { start: 0xd000, end: 0xe000, bytes: wram },
      { start: 0xe000, end: 0xf000, bytes: save.wram },
      { start: 0xf000, end: 0xfe00, bytes: wram },
      { start: 0xfe00, end: 0xfea0, bytes: save.oam },
      { start: 0xfea0, end: 0xff00, bytes: NOTHING },
      { start: 0xff00, end: 0xff80, bytes: save.registers },
      { start: 0xff80, end: 0xffff, bytes: save.hram },
      { start: 0xffff, end: ADDRESSES, bytes: Uint8Array.of(save.ie) },
    ];
  }

  /**
   * A copy of `length` bytes from `address` on.
   *
   * @throws JoywireError `invalid_params` beyond 0xFFFF, `unsupported` where an address cannot be read
   */
  read(address: number, length: number): Uint8Array {
    const end = address + length;
    if (address < 0 || length < 0 || end > ADDRESSES) {
      throw new JoywireError(
        'invalid_params',
        `no memory from ${hex(address)} for ${length} bytes: it ends at 0xFFFF`,
      );
    }
    const result = new Uint8Array(length);
    for (const region of this.#regions) {
      if (region.end <= address || region.start >= end) continue;
      copy(region, address, result);
    }
    return result;
  }
}

function copy(region: Region, address: number, result: Uint8Array): void {
  const from = Math.max(address, region.start);
  const to = Math.min(address + result.length, region.end);
  if (region.bytes === undefined) {
    throw new JoywireError(
      'unsupported',
      `memory at ${hex(from)} cannot be read: the core does not tell its bank`,
    );
  }
  result.set(region.bytes.subarray(from - region.start, to - region.start), from - address);
}

function bank(bytes: Uint8Array, index: number, bankBytes: number): Uint8Array {
  return bytes.subarray(index * bankBytes, (index + 1) * bankBytes);
}

/** A Game Boy that is not a Color has one bank and no such register. */
function vramBank(save: Bess): number {
  return save.vram.length > VRAM_BANK_BYTES ? (save.registers[VBK] ?? 0) & 1 : 0;
}

function wramBank(save: Bess): number {
  if (save.wram.length <= 2 * WRAM_BANK_BYTES) return 1;
  return Math.max(1, (save.registers[SVBK] ?? 0) & 7);
}

/** The core writes its own idea of the banks, so a game that never switched reads rightly too. */
function switchableRom(save: Bess, rom: Uint8Array, mbc1: boolean): Uint8Array | undefined {
  if (mbc1 && rom.length > MBC1_BANKS * ROM_BANK_BYTES) return undefined;
  const index = (save.banking.get(0x2000) ?? 1) | ((save.banking.get(0x3000) ?? 0) << 8);
  return bank(rom, index, ROM_BANK_BYTES);
}

function cartridgeRam(save: Bess): Uint8Array {
  return bank(save.cartridgeRam, save.banking.get(0x4000) ?? 0, CARTRIDGE_RAM_BANK_BYTES);
}

function hex(address: number): string {
  return `0x${address.toString(16).toUpperCase().padStart(4, '0')}`;
}
