import { describe, expect, it } from 'vitest';
import { Machine } from '../../../../../../server/emulator/drivers/embedded/machine.ts';
import { type Cartridge, pokeRom } from '../../../../../support/test-rom.ts';

function memoryAfter(pokes: readonly (readonly [number, number])[], options: Cartridge = {}) {
  const machine = new Machine({ rom: pokeRom(pokes, options), battery: undefined, sound: false });
  for (let frame = 0; frame < 3; frame++) machine.runFrame(0, false);
  return machine.memory();
}

const MBC5 = { type: 0x1b, ram: 3, banks: 8 } as const;

describe('a plain Game Boy', () => {
  it('reads each kind of memory at its address', () => {
    const pokes = [
      [0x8001, 11],
      [0x9fff, 12],
      [0xc000, 13],
      [0xcfff, 14],
      [0xd000, 15],
      [0xdfff, 16],
      [0xfe00, 17],
      [0xfe9f, 18],
      [0xff42, 19],
      [0xff80, 20],
      [0xfffe, 21],
      [0xffff, 22],
    ] as const;
    const memory = memoryAfter(pokes);
    for (const [address, value] of pokes)
      expect([address, ...memory.read(address, 1)]).toEqual([address, value]);
  });

  it('reads work RAM again at its echo, and nothing after OAM', () => {
    const memory = memoryAfter([
      [0xc123, 5],
      [0xddff, 6],
    ]);
    expect([...memory.read(0xe123, 1), ...memory.read(0xfdff, 1)]).toEqual([5, 6]);
    expect([...memory.read(0xfea0, 0x60)]).toEqual(Array.from({ length: 0x60 }, () => 0xff));
  });

  it('reads across borders in one range, and the whole space', () => {
    const memory = memoryAfter([
      [0xcfff, 1],
      [0xd000, 2],
    ]);
    expect([...memory.read(0xcffe, 4)]).toEqual([0, 1, 2, 0]);
    const all = memory.read(0, 0x10000);
    expect([all.length, all[0x4000], all[0xd000], all[0xf000]]).toEqual([0x10000, 1, 2, 2]);
  });

  it('[I3] names the address where memory ends', () => {
    const error = expect.objectContaining({
      code: 'invalid_params',
      message: expect.stringContaining('0xFFFF'),
    });
    expect(() => memoryAfter([]).read(0xffff, 2)).toThrow(error);
  });
});

describe('banks', () => {
  it('reads the ROM bank that is switched in', () => {
    expect([...memoryAfter([], MBC5).read(0x4000, 1)]).toEqual([1]);
    expect([...memoryAfter([[0x2000, 6]], MBC5).read(0x4000, 1)]).toEqual([6]);
    expect([...memoryAfter([[0x2000, 5]], { type: 0x13, banks: 8 }).read(0x4000, 1)]).toEqual([5]);
    expect([...memoryAfter([[0x2000, 3]], { type: 0x01, banks: 8 }).read(0x4000, 1)]).toEqual([3]);
  });

  it('says of a large MBC1 cartridge that its upper bank cannot be read', () => {
    const memory = memoryAfter([[0xc000, 9]], { type: 0x01, banks: 64 });
    const error = expect.objectContaining({
      code: 'unsupported',
      message: expect.stringContaining('0x4000'),
    });
    expect(() => memory.read(0x3fff, 2)).toThrow(error);
    expect([...memory.read(0xc000, 1)]).toEqual([9]);
  });

  it('reads the cartridge RAM bank that is switched in, also when the game has disabled it', () => {
    const pokes = [
      [0x0000, 0x0a],
      [0x4000, 2],
      [0xa000, 77],
      [0x4000, 1],
      [0xa000, 78],
    ] as const;
    expect([...memoryAfter(pokes, MBC5).read(0xa000, 1)]).toEqual([78]);
    expect([...memoryAfter([...pokes, [0x4000, 2]], MBC5).read(0xa000, 1)]).toEqual([77]);
    expect([...memoryAfter([...pokes, [0x0000, 0]], MBC5).read(0xa000, 1)]).toEqual([78]);
  });

  it('reads the video and work RAM banks that a Color game selects', () => {
    const pokes = [
      [0xff4f, 1],
      [0x8000, 31],
      [0xff70, 3],
      [0xd000, 33],
      [0xc000, 30],
    ] as const;
    const selected = memoryAfter(pokes, { color: 0x80 });
    expect([0x8000, 0xd000, 0xf000, 0xc000].flatMap((at) => [...selected.read(at, 1)])).toEqual([
      31, 33, 33, 30,
    ]);
    const back = memoryAfter([...pokes, [0xff4f, 0], [0xff70, 1], [0xd000, 7]], { color: 0x80 });
    expect([0x8000, 0xd000, 0xc000].flatMap((at) => [...back.read(at, 1)])).toEqual([0, 7, 30]);
  });
});
