import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RomCatalog } from '../../../../server/emulator/rom-catalog.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

let dir: string;
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'joywire-roms-')), 'roms');
  await mkdir(dir);
});
afterEach(() => rm(join(dir, '..'), { recursive: true }));

/** The least that counts as a ROM. */
function rom(title: string): Uint8Array {
  const bytes = new Uint8Array(32 * 1024);
  bytes.set(new TextEncoder().encode(title), 0x134);
  return bytes;
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function catalog() {
  const clock = new FakeClock();
  const skipped: string[] = [];
  const roms = await RomCatalog.open(dir, {
    clock,
    onSkipped: (name, why) => skipped.push(`${name}: ${why}`),
  });
  return { clock, skipped, roms };
}

describe('a catalog of ROMs', () => {
  it('lists the ROMs of its directory with hash and title', async () => {
    await writeFile(join(dir, 'one.gb'), rom('ONE'));
    await writeFile(join(dir, 'Two (USA).GBC'), rom('TWO\u0080'));
    const { roms } = await catalog();
    expect(await roms.list()).toEqual([
      { name: 'Two (USA).GBC', hash: hashOf(rom('TWO\u0080')), title: 'TWO' },
      { name: 'one.gb', hash: hashOf(rom('ONE')), title: 'ONE' },
    ]);
  });

  it('finds one by name or hash, and gives its bytes', async () => {
    await writeFile(join(dir, 'one.gb'), rom('ONE'));
    const { roms } = await catalog();
    const found = await roms.find(hashOf(rom('ONE')).toUpperCase());
    expect(found).toEqual(await roms.find('one.gb'));
    expect(found && new Uint8Array(await roms.read(found))).toEqual(rom('ONE'));
  });

  it('opens nothing that is not in its list, whatever it is called', async () => {
    await writeFile(join(dir, 'one.gb'), rom('ONE'));
    await writeFile(join(dir, '..', 'outside.gb'), rom('OUT'));
    await mkdir(join(dir, 'sub.gb'));
    await writeFile(join(dir, 'sub.gb', 'deep.gb'), rom('DEEP'));
    const { roms } = await catalog();
    const outside = join(dir, '..', 'outside.gb');
    const names = [
      '../outside.gb',
      outside,
      'one.gb\0',
      './one.gb',
      'sub.gb',
      'sub.gb/deep.gb',
      '..',
      '',
      hashOf(rom('OUT')),
    ];
    for (const name of names) expect(await roms.find(name), name).toBeUndefined();
    const forged = { name: '../outside.gb', hash: hashOf(rom('OUT')), title: '' };
    await expect(roms.read(forged)).rejects.toMatchObject({ code: 'invalid_rom' });
  });

  it('follows no symbolic link', async () => {
    await writeFile(join(dir, '..', 'outside.gb'), rom('OUT'));
    await symlink(join(dir, '..', 'outside.gb'), join(dir, 'link.gb'));
    const { roms } = await catalog();
    expect(await roms.list()).toEqual([]);
  });

  it('skips what is no ROM, and says so once', async () => {
    await writeFile(join(dir, 'small.gb'), 'x');
    await writeFile(join(dir, 'readme.txt'), 'x');
    const { roms, skipped, clock } = await catalog();
    clock.advance(2000);
    expect(await roms.list()).toEqual([]);
    expect(skipped).toEqual([expect.stringMatching(/^small\.gb: the ROM has 1 bytes/)]);
  });

  it('sees what has changed within a second, and looks no more often', async () => {
    const { roms, clock } = await catalog();
    await writeFile(join(dir, 'one.gb'), rom('ONE'));
    clock.advance(999);
    expect(await roms.list()).toEqual([]);
    clock.advance(1);
    expect((await roms.list()).map(({ title }) => title)).toEqual(['ONE']);
    await writeFile(join(dir, 'next'), rom('NEXT'));
    await rename(join(dir, 'next'), join(dir, 'one.gb'));
    clock.advance(1000);
    expect((await roms.list()).map(({ title }) => title)).toEqual(['NEXT']);
    await rm(join(dir, 'one.gb'));
    clock.advance(1000);
    expect(await roms.list()).toEqual([]);
  });

  it('gives no other bytes than those it has listed', async () => {
    await writeFile(join(dir, 'one.gb'), rom('ONE'));
    const { roms } = await catalog();
    const found = await roms.find('one.gb');
    await writeFile(join(dir, 'one.gb'), rom('SWAPPED'));
    await expect(found && roms.read(found)).rejects.toMatchObject({ code: 'invalid_rom' });
    await rm(join(dir, 'one.gb'));
    await symlink(join(dir, '..', 'anything'), join(dir, 'one.gb'));
    await expect(found && roms.read(found)).rejects.toMatchObject({ code: 'invalid_rom' });
  });

  it('needs a directory', async () => {
    await expect(
      RomCatalog.open(join(dir, 'none'), { clock: new FakeClock(), onSkipped() {} }),
    ).rejects.toMatchObject({
      code: 'invalid_rom_dir',
    });
  });
});
