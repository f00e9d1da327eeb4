import { expect, it } from 'vitest';
import { readHeader } from '../../../../../../server/emulator/drivers/embedded/rom.ts';
import { pokeRom } from '../../../../../support/test-rom.ts';

it.each([0, 100, 32_767, 49_152])('refuses a ROM of %i bytes and says what is allowed', (length) => {
  expect(() => readHeader(new Uint8Array(length))).toThrow(
    expect.objectContaining({ code: 'invalid_rom', message: expect.stringContaining('power of two') }),
  );
});

it('tells a Color cartridge by its flag, whether or not it runs on a plain Game Boy', () => {
  expect([0x00, 0x80, 0xc0].map((color) => readHeader(pokeRom([], { color })).color)).toEqual([
    false,
    true,
    true,
  ]);
});

it('tells which cartridges keep their RAM when switched off', () => {
  expect([0x00, 0x12, 0x13, 0x1b].map((type) => readHeader(pokeRom([], { type })).battery)).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

it('knows that the core cannot save an MBC2 game', () => {
  expect([0x03, 0x05, 0x06].map((type) => readHeader(pokeRom([], { type })).states)).toEqual([
    true,
    false,
    false,
  ]);
});
