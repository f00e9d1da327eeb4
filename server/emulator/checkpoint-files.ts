/** Checkpoints in the data directory: `checkpoints/ROM-HASH/NAME.state`, each written whole or not at all. */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { CHECKPOINT_NAME } from '../../shared/protocol.ts';
import type { Checkpoints, CheckpointStore } from './checkpoints.ts';
import type { SavedState } from './drivers/driver.ts';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

const SUFFIX = '.state';
/** "JWCP", then the frame count as a 64-bit integer; the deflated state follows. */
const MAGIC = 0x4a574350;
const HEAD_BYTES = 12;

export class CheckpointFiles implements CheckpointStore {
  readonly #folder: string;
  readonly #log: (message: string) => void;
  #written = 0;

  /** @param data the data directory */
  constructor(data: string, log: (message: string) => void) {
    this.#folder = join(data, 'checkpoints');
    this.#log = log;
  }

  async write(romHash: string, name: string, state: SavedState): Promise<void> {
    const folder = join(this.#folder, folderOf(romHash));
    await mkdir(folder, { recursive: true });
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32BE(MAGIC);
    head.writeBigUInt64BE(BigInt(state.frame), 4);
    const unfinished = join(folder, `${name}.${++this.#written}.new`);
    const file = await open(unfinished, 'w');
    try {
      await file.writeFile(Buffer.concat([head, await deflate(state.bytes, { level: 1 })]));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(unfinished, join(folder, name + SUFFIX));
  }

  async remove(romHash: string, name: string): Promise<void> {
    await rm(join(this.#folder, folderOf(romHash), name + SUFFIX), { force: true });
  }

  /** Brings back what an earlier gateway kept. What is broken or too much is said in the log and left where it is. */
  async restoreTo(checkpoints: Checkpoints): Promise<void> {
    for (const rom of await entries(this.#folder)) {
      const folder = join(this.#folder, rom);
      for (const entry of await entries(folder)) {
        const name = entry.endsWith(SUFFIX) ? entry.slice(0, -SUFFIX.length) : '';
        if (!CHECKPOINT_NAME.test(name)) continue;
        const state = await this.#read(join(folder, entry));
        if (state === undefined) continue;
        if (!checkpoints.restore(rom === NO_ROM ? '' : rom, name, state)) {
          this.#log(`checkpoint ${name}: there is no room for it`);
        }
      }
    }
  }

  async #read(path: string): Promise<SavedState | undefined> {
    try {
      const bytes = await readFile(path);
      if (bytes.length < HEAD_BYTES || bytes.readUInt32BE() !== MAGIC) throw new Error('it is no checkpoint');
      const frame = Number(bytes.readBigUInt64BE(4));
      return { frame, bytes: await inflate(bytes.subarray(HEAD_BYTES)) };
    } catch (error) {
      this.#log(
        `checkpoint ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      );
      return undefined;
    }
  }
}

/** Folder of emulators that do not tell their ROM. */
const NO_ROM = 'unknown';

function folderOf(romHash: string): string {
  return romHash === '' ? NO_ROM : romHash;
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
