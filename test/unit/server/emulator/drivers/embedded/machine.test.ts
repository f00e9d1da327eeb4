import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { Machine } from '../../../../../../server/emulator/drivers/embedded/machine.ts';
import { encodePng, hashPicture } from '../../../../../../server/emulator/drivers/picture.ts';
import { readState, writeState } from '../../../../../../server/emulator/drivers/embedded/state.ts';
import { pokeRom, RECORDER, recorderRom } from '../../../../../support/test-rom.ts';

const open = (rom: Uint8Array, battery?: Uint8Array) => new Machine({ rom, battery, sound: false });

/** Buttons that change in no simple rhythm. */
function play(machine: Machine, from: number, to: number, shown = false): void {
  for (let frame = from; frame < to; frame++) machine.runFrame(buttonsOn(frame), shown || frame === to - 1);
}

function buttonsOn(frame: number): number {
  return frame % 5 === 0 ? 0 : ((frame * 37) >> 2) & 0xff;
}

function fingerprint(machine: Machine) {
  const ram = machine.memory().read(0xc000, 0x2000);
  return { ram: hashPicture(ram), picture: hashPicture(machine.picture()) };
}

describe.each([
  ['plain', 0],
  ['colour', 0x80],
])('a %s machine', (_name, color) => {
  const rom = recorderRom({ color });

  it('[I9] goes on from a saved state to the very same RAM and picture, frame by frame', () => {
    const original = open(rom);
    play(original, 0, 100);
    const saved = original.save();
    const other = open(rom);
    play(other, 0, 7);
    other.load(saved);
    expect(fingerprint(other)).toEqual(fingerprint(original));
    for (let frame = 100; frame < 110; frame++) {
      play(original, frame, frame + 1);
      play(other, frame, frame + 1);
      expect(fingerprint(other)).toEqual(fingerprint(original));
    }
  });

  it('does not run otherwise for being looked at', () => {
    const watched = open(rom);
    const alone = open(rom);
    play(alone, 0, 200);
    for (let frame = 0; frame < 200; frame++) {
      play(watched, frame, frame + 1, true);
      watched.memory();
      watched.save();
      encodePng(watched.picture());
    }
    expect(fingerprint(watched)).toEqual(fingerprint(alone));
  });

  it('starts over on reset, the same way every time', () => {
    const machine = open(rom);
    play(machine, 0, 50);
    const first = fingerprint(machine);
    machine.reset();
    play(machine, 0, 50);
    expect(fingerprint(machine)).toEqual(first);
  });
});

it('gives a whole picture where frames end in the middle of the screen', () => {
  const machine = open(recorderRom());
  play(machine, 0, 30);
  machine.runFrame(0x01, true);
  machine.runFrame(0x80, true);
  machine.runFrame(0x80, true);
  const rows = machine.picture().subarray(64 * 480, 72 * 480);
  const squares = [2, 4, 6, 8, 10, 12, 14, 16].map((tile) => rows[tile * 8 * 3]);
  const down = [255, 255, 255, 0, 255, 255, 255, 255];
  expect(squares).toEqual(down);
});

it('keeps a state from another ROM out, and bytes that are none, and goes on as before', () => {
  const machine = open(recorderRom());
  const twin = open(recorderRom());
  play(machine, 0, 20);
  play(twin, 0, 20);
  const good = machine.save();
  const damaged = good.slice();
  damaged.set([(damaged.at(-20) ?? 0) ^ 1], damaged.length - 20);
  for (const bytes of [new Uint8Array(0), good.subarray(0, 40), damaged, open(pokeRom([])).save()]) {
    expect(() => machine.load(bytes)).toThrow(expect.objectContaining({ code: 'invalid_state' }));
  }
  play(machine, 20, 60);
  play(twin, 20, 60);
  expect(fingerprint(machine)).toEqual(fingerprint(twin));
});

it('goes on as before when the core itself refuses a state', () => {
  const machine = open(recorderRom());
  const twin = open(recorderRom());
  play(machine, 0, 20);
  play(twin, 0, 20);
  const good = machine.save();
  const romKey = good.slice(16, 32);
  const junk = writeState({ ...readState(good, romKey), core: new Uint8Array(500).fill(7) }, romKey);
  expect(() => machine.load(junk)).toThrow(expect.objectContaining({ code: 'invalid_state' }));
  expect(fingerprint(machine)).toEqual(fingerprint(twin));
  play(machine, 20, 60);
  play(twin, 20, 60);
  expect(fingerprint(machine)).toEqual(fingerprint(twin));
});

it('keeps cartridge RAM over reset and into the next machine if the cartridge has a battery', () => {
  const pokes = [
    [0x0000, 0x0a],
    [0xa000, 99],
  ] as const;
  const withBattery = open(pokeRom(pokes, { type: 0x1b, ram: 2 }));
  play(withBattery, 0, 5);
  const battery = withBattery.battery();
  expect(battery[0]).toBe(99);
  withBattery.reset();
  expect(withBattery.battery()).toEqual(battery);
  expect(open(pokeRom([], { type: 0x1b, ram: 2 }), battery).battery()).toEqual(battery);

  const without = open(pokeRom(pokes, { type: 0x1a, ram: 2 }));
  play(without, 0, 5);
  expect(without.battery()[0]).toBe(99);
  without.reset();
  expect(without.battery()[0]).toBe(0);
});

it('takes a battery file that is too long or too short', () => {
  const rom = pokeRom([], { type: 0x1b, ram: 2 });
  expect(open(rom, new Uint8Array(8192 + 48).fill(1)).battery()).toHaveLength(8192);
  const short = open(rom, Uint8Array.of(1, 2)).battery();
  expect([short.length, short[1], short[2]]).toEqual([8192, 2, open(rom).battery()[2]]);
});

it.each([0, 0x80])('refuses a cartridge that the core does not know (colour flag %i)', (color) => {
  expect(() => open(pokeRom([], { type: 0x22, color }))).toThrow(
    expect.objectContaining({ code: 'invalid_rom' }),
  );
});

it('turns pictures into PNG without loss, few colours or many', () => {
  const machine = open(recorderRom());
  play(machine, 0, 30);
  const noise = machine.picture().map((_, at) => (at * 7919) >> 3);
  const sixteen = machine.picture().map((_, at) => ((at / 3) & 15) * 16);
  for (const picture of [machine.picture(), sixteen, noise]) {
    expect(rgb(encodePng(picture))).toEqual(picture);
  }
  expect(encodePng(machine.picture()).length).toBeLessThan(1000);
});

/** Pixels of a PNG, through its palette if it has one. */
function rgb(png: Uint8Array): Uint8Array {
  const { data, palette, depth } = decode(png);
  if (palette === undefined) return Uint8Array.from(data);
  const pixels: number[] = [];
  for (const byte of data) {
    for (let shift = 8 - depth; shift >= 0; shift -= depth) {
      pixels.push(...(palette[(byte >> shift) & (2 ** depth - 1)] ?? []));
    }
  }
  return Uint8Array.from(pixels);
}

it('lets the recorder see each key change one frame after it was made', () => {
  const machine = open(recorderRom());
  play(machine, 0, 30);
  machine.runFrame(0, false);
  machine.runFrame(1, false);
  machine.runFrame(1, false);
  expect([...machine.memory().read(RECORDER.buttons, 1)]).toEqual([0x10]);
});
