/**
 * The ROMs of the configured directory, by name and by hash. Clients name what is listed here, and no path that they send is
 * ever opened: a name is looked up in the list, and the list is made by looking into the directory.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { JoywireError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { readHeader, romTitle } from './drivers/embedded/rom.ts';
import type { RomInfo } from './place.ts';

/** The largest cartridge there is: MBC5 with 512 banks of 16 KiB (Pan Docs, "MBC5"). */
const MAX_ROM_BYTES = 8 * 1024 * 1024;
/** Most files that are looked at. */
const MAX_FILES = 1000;
/** How long a look at the directory is good for, in ms: clients may ask as often as they like. */
const FRESH_MS = 1000;
const ROM_NAME = /^[^\p{Cc}/\\]{1,251}\.gbc?$/iu;
/** Neither links, which may lead out of the directory, nor pipes, which may never end, are read. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A file as it was listed, and how it is seen that it is another one now. */
interface Listed {
  readonly info: RomInfo | undefined;
  readonly stamp: string;
}

export interface CatalogDeps {
  readonly clock: Clock;
  /** A file looks like a ROM and is none: told once, until it changes. */
  readonly onSkipped: (name: string, why: string) => void;
}

export class RomCatalog {
  readonly #dir: string;
  readonly #deps: CatalogDeps;
  #listed: ReadonlyMap<string, Listed> = new Map();
  #looking: Promise<void> | undefined;
  #lookedAtMs = -Infinity;

  private constructor(dir: string, deps: CatalogDeps) {
    this.#dir = dir;
    this.#deps = deps;
  }

  /** Lists the directory. @throws JoywireError `invalid_rom_dir` when it cannot be read */
  static async open(dir: string, deps: CatalogDeps): Promise<RomCatalog> {
    const catalog = new RomCatalog(dir, deps);
    try {
      await catalog.#look();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new JoywireError('invalid_rom_dir', `the directory of ROMs cannot be read: ${why}`, { cause });
    }
    return catalog;
  }

  /** Every ROM, by name. What has changed in the directory is seen within a second. */
  async list(): Promise<readonly RomInfo[]> {
    await this.#refresh();
    return [...this.#listed.values()].flatMap(({ info }) => info ?? []);
  }

  /** The ROM of that name or SHA-256. */
  async find(nameOrHash: string): Promise<RomInfo | undefined> {
    const roms = await this.list();
    const hash = nameOrHash.toLowerCase();
    return roms.find(({ name }) => name === nameOrHash) ?? roms.find((rom) => rom.hash === hash);
  }

  /** The bytes of a listed ROM. @throws JoywireError `invalid_rom` when the file is not what was listed any more */
  async read({ name, hash }: RomInfo): Promise<Uint8Array> {
    if (this.#listed.get(name)?.info?.hash !== hash) throw gone(name);
    const bytes = await readRegular(join(this.#dir, name)).catch(() => undefined);
    if (bytes === undefined || sha256(bytes) !== hash) throw gone(name);
    return bytes;
  }

  /** One look serves all who ask meanwhile. A directory that cannot be read just now leaves the list as it is. */
  async #refresh(): Promise<void> {
    if (this.#deps.clock.now() - this.#lookedAtMs < FRESH_MS) return;
    this.#looking ??= this.#look()
      .catch((error: unknown) => this.#deps.onSkipped(this.#dir, String(error)))
      .finally(() => {
        this.#looking = undefined;
      });
    await this.#looking;
  }

  async #look(): Promise<void> {
    this.#lookedAtMs = this.#deps.clock.now();
    const names = (await readdir(this.#dir)).filter((name) => ROM_NAME.test(name)).toSorted();
    const listed = new Map<string, Listed>();
    for (const name of names.slice(0, MAX_FILES)) {
      // One after the other: a directory of thousand ROMs is not to be in memory at once.
      const file = await this.#file(name);
      if (file !== undefined) listed.set(name, file);
    }
    this.#listed = listed;
  }

  async #file(name: string): Promise<Listed | undefined> {
    const path = join(this.#dir, name);
    const known = this.#listed.get(name);
    const stat = await lstat(path).catch(() => undefined);
    if (stat === undefined) return undefined;
    const stamp = [stat.ino, stat.size, stat.mtimeMs, stat.mode].join();
    if (known?.stamp === stamp) return known;
    try {
      const bytes = await readRegular(path);
      readHeader(bytes);
      return { stamp, info: { name, hash: sha256(bytes), title: romTitle(bytes) } };
    } catch (error) {
      this.#deps.onSkipped(name, error instanceof Error ? error.message : String(error));
      return { stamp, info: undefined };
    }
  }
}

/** A whole file, if it is a plain one of the size of a ROM. */
async function readRegular(path: string): Promise<Uint8Array> {
  const file = await open(path, READ_FLAGS);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('it is no plain file');
    if (stat.size > MAX_ROM_BYTES) throw new Error(`it has ${stat.size} bytes; at most ${MAX_ROM_BYTES}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function gone(name: string): JoywireError {
  return new JoywireError('invalid_rom', `${name} has changed since it was listed; ask again`);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
