/**
 * What a BESS save holds (https://github.com/LIJI32/SameBoy/blob/master/BESS.md), as the core writes it. The core has no
 * read(address), so this is how its memory is read; such a save does not replay exactly and is never loaded.
 */
import { JoywireError } from '../../../../shared/errors.ts';

const BLOCK_HEADER_BYTES = 8;
const FOOTER_BYTES = 8;
/** Names of blocks, as the four letters they are. */
const CORE = 0x434f5245;
const MBC = 0x4d424320;
/** Offsets inside the CORE block. */
const IE = 0x15;
const REGISTERS = 0x18;
const REGISTERS_BYTES = 0x80;
const BUFFERS = 0x98;

export interface Bess {
  /** 0xFF00 to 0xFF7F as the CPU would read them. */
  readonly registers: Uint8Array;
  /** The register at 0xFFFF. */
  readonly ie: number;
  readonly wram: Uint8Array;
  readonly vram: Uint8Array;
  readonly cartridgeRam: Uint8Array;
  readonly oam: Uint8Array;
  readonly hram: Uint8Array;
  /** What was last written to the cartridge's banking registers: address to value. */
  readonly banking: ReadonlyMap<number, number>;
}

/** Walks the blocks from the footer. @throws JoywireError `bug` when the save is not one of this core */
export function readBess(save: Uint8Array): Bess {
  const view = new DataView(save.buffer, save.byteOffset, save.byteLength);
  const core = block(view, CORE);
  const buffer = (index: number) => {
    const size = view.getUint32(core.start + BUFFERS + 8 * index, true);
    const start = view.getUint32(core.start + BUFFERS + 8 * index + 4, true);
    return save.subarray(start, start + size);
  };
  const registers = core.start + REGISTERS;
  const banking = block(view, MBC);
  return {
    registers: save.subarray(registers, registers + REGISTERS_BYTES),
    ie: view.getUint8(core.start + IE),
    wram: buffer(0),
    vram: buffer(1),
    cartridgeRam: buffer(2),
    oam: buffer(3),
    hram: buffer(4),
    banking: readBanking(save.subarray(banking.start, banking.end)),
  };
}

/** Where the content of the block of this name lies. Names are compared as numbers: it is done after every step that looks at memory. */
function block(view: DataView, name: number): { readonly start: number; readonly end: number } {
  const footer = view.byteLength - FOOTER_BYTES;
  let at = view.getUint32(footer, true);
  while (at + BLOCK_HEADER_BYTES <= footer) {
    const start = at + BLOCK_HEADER_BYTES;
    const end = start + view.getUint32(at + 4, true);
    if (view.getUint32(at) === name) return { start, end };
    at = end;
  }
  throw new JoywireError('bug', `the core's BESS save has no block 0x${name.toString(16)}`);
}

/** Three bytes a write: address (little endian) and value. */
function readBanking(bytes: Uint8Array): Map<number, number> {
  const banking = new Map<number, number>();
  for (let at = 0; at + 3 <= bytes.length; at += 3) {
    banking.set((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8), bytes[at + 2] ?? 0);
  }
  return banking;
}
