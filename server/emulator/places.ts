/** The places of a pool, as the configuration asks for them. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { JoywireError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { openEmbedded } from './drivers/embedded/driver.ts';
import { openNoop } from './drivers/noop.ts';
import type { PoolPlace } from './pool.ts';

export interface PlacesDeps {
  readonly clock: Clock;
  /** The compiled worker of embedded games, where it is not beside its driver. */
  readonly workerUrl: URL | undefined;
}

type PlacesConfig = Pick<Config, 'driver' | 'emulators' | 'rom' | 'watchdogMs'>;

/** @throws JoywireError `invalid_rom` when the ROM cannot be read */
export async function poolPlaces(config: PlacesConfig, deps: PlacesDeps): Promise<PoolPlace[]> {
  const ids = Array.from({ length: config.emulators }, (_, index) => `${config.driver}-${index + 1}`);
  if (config.driver === 'noop') {
    return ids.map((id) => ({ id, kind: 'noop', rom: { name: 'noop', hash: '' }, open: openNoop() }));
  }
  const bytes = await readRom(config.rom);
  const rom = { name: basename(config.rom), hash: createHash('sha256').update(bytes).digest('hex') };
  const open = openEmbedded({
    rom: { name: rom.name, bytes },
    clock: deps.clock,
    watchdogMs: config.watchdogMs,
    ...(deps.workerUrl !== undefined && { workerUrl: deps.workerUrl }),
  });
  return ids.map((id) => ({ id, kind: 'embedded', rom, open }));
}

async function readRom(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new JoywireError('invalid_rom', `the ROM cannot be read: ${why}`, { cause });
  }
}
