/**
 * What a BESS save holds (https://github.com/LIJI32/SameBoy/blob/master/BESS.md), as the core writes it. The core has no
 * read(address), so this is how its memory is read; such a save does not replay exactly and is never loaded.
 */
import { JoywireError } from '../../../../shared/errors.ts';

const BLOCK_HEADER_BYTES = 8;
const FOOTER_BYTES = 8;
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
  const blocks = readBlocks(save);
  const core = block(blocks, 'CORE');
  const view = new DataView(core.buffer, core.byteOffset, core.byteLength);
  const buffer = (index: number) => {
    const size = view.getUint32(BUFFERS + 8 * index, true);
    const start = view.getUint32(BUFFERS + 8 * index + 4, true);
    return save.subarray(start, start + size);
  };
  return {
    registers: core.subarray(REGISTERS, REGISTERS + REGISTERS_BYTES),
    ie: core[IE] ?? 0,
    wram: buffer(0),
    vram: buffer(1),
    cartridgeRam: buffer(2),
    oam: buffer(3),
    hram: buffer(4),
    banking: readBanking(block(blocks, 'MBC ')),
  };
}

function readBlocks(save: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(save.buffer, save.byteOffset, save.byteLength);
  const blocks = new Map<string, Uint8Array>();
  let at = view.getUint32(save.length - FOOTER_BYTES, true);
  while (at + BLOCK_HEADER_BYTES <= save.length - FOOTER_BYTES) {
    const name = String.fromCharCode(...save.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    at += BLOCK_HEADER_BYTES;
    blocks.set(name, save.subarray(at, at + size));
    at += size;
  }
  return blocks;
}

function block(blocks: Map<string, Uint8Array>, name: string): Uint8Array {
  const found = blocks.get(name);
  if (found === undefined) throw new JoywireError('bug', `the core's BESS save has no block ${name}`);
  return found;
}

/** Three bytes a write: address (little endian) and value. */
function readBanking(bytes: Uint8Array): Map<number, number> {
  const banking = new Map<number, number>();
  for (let at = 0; at + 3 <= bytes.length; at += 3) {
    banking.set((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8), bytes[at + 2] ?? 0);
  }
  return banking;
}
