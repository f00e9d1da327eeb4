/** The places of a pool, as the configuration asks for them. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { JoywireError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { openEmbedded } from './drivers/embedded/driver.ts';
import { romTitle } from './drivers/embedded/rom.ts';
import { inputApi } from './drivers/input-api/driver.ts';
import { mgbaHttp } from './drivers/mgba-http/driver.ts';
import { pokemonGym } from './drivers/pokemon-gym/driver.ts';
import { openNoop } from './drivers/noop.ts';
import type { PoolPlace } from './place.ts';

export interface PlacesDeps {
  readonly clock: Clock;
  /** The compiled worker of embedded games, where it is not beside its driver. */
  readonly workerUrl: URL | undefined;
}

type PlacesConfig = Pick<Config, 'driver' | 'emulators' | 'rom' | 'watchdogMs'>;

/** @throws JoywireError `invalid_rom` when a ROM cannot be read */
export async function poolPlaces(config: PlacesConfig, deps: PlacesDeps): Promise<PoolPlace[]> {
  const { driver, emulators } = config;
  const specs: readonly Spec[] =
    typeof emulators === 'number' ? [{ kind: driver, count: emulators }] : emulators;
  const numbers = new Map<string, number>();
  const places: PoolPlace[] = [];
  for (const spec of specs) {
    const opened = 'url' in spec ? serverOf(spec, deps) : await openerOf(spec, config, deps);
    const count = 'url' in spec ? 1 : spec.count;
    for (let nth = 1; nth <= count; nth += 1) {
      const number = (numbers.get(spec.kind) ?? 0) + 1;
      numbers.set(spec.kind, number);
      const named = count === 1 || spec.id === undefined ? spec.id : `${spec.id}-${nth}`;
      places.push({ id: named ?? `${spec.kind}-${number}`, kind: spec.kind, ...opened });
    }
  }
  return places;
}

type Spec = NonNullable<Exclude<PlacesConfig['emulators'], number>>[number];
type LocalSpec = Extract<Spec, { readonly count: number }>;
type RemoteSpec = Extract<Spec, { readonly url: string }>;

const REMOTE = { 'pokemon-gym': pokemonGym, 'input-api': inputApi, 'mgba-http': mgbaHttp } as const;

/** A place for the one game of a server. */
function serverOf({ kind, url }: RemoteSpec, { clock }: PlacesDeps): Omit<PoolPlace, 'id' | 'kind'> {
  return { rom: { name: kind, hash: '' }, ...REMOTE[kind]({ url, clock }) };
}

async function openerOf(
  spec: Pick<LocalSpec, 'kind' | 'rom'>,
  config: PlacesConfig,
  deps: PlacesDeps,
): Promise<Pick<PoolPlace, 'rom' | 'open' | 'openRom'>> {
  if (spec.kind === 'noop') return { rom: { name: 'noop', hash: '' }, open: openNoop() };
  const path = spec.rom ?? config.rom;
  const bytes = await readRom(path);
  const hash = createHash('sha256').update(bytes).digest('hex');
  const rom = { name: basename(path), hash, title: romTitle(bytes) };
  const openRom: NonNullable<PoolPlace['openRom']> = (inserted) =>
    openEmbedded({
      rom: inserted,
      clock: deps.clock,
      watchdogMs: config.watchdogMs,
      ...(deps.workerUrl !== undefined && { workerUrl: deps.workerUrl }),
    });
  return { rom, open: openRom({ name: rom.name, bytes }), openRom };
}

async function readRom(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new JoywireError('invalid_rom', `the ROM cannot be read: ${why}`, { cause });
  }
}
