/** A place of the pool: one emulator that can be leased, and how its game is opened. */
import type { Hello } from '../../shared/protocol.ts';
import type { OpenDriver } from './drivers/driver.ts';
import type { Health } from './health.ts';

/** A ROM that sessions may ask for. */
export interface RomInfo {
  readonly name: string;
  /** SHA-256, as hex. */
  readonly hash: string;
  /** What the cartridge's header calls it. */
  readonly title: string;
}

/** ROMs that are no place's own; a `RomCatalog`. */
export interface RomSource {
  list(): Promise<readonly RomInfo[]>;
  find(nameOrHash: string): Promise<RomInfo | undefined>;
  /** @throws JoywireError `invalid_rom` */
  read(rom: RomInfo): Promise<Uint8Array>;
}

export interface PoolPlace {
  readonly id: string;
  readonly kind: string;
  /** `hash` is '' where the kind cannot know it. */
  readonly rom: { readonly name: string; readonly hash: string; readonly title?: string };
  readonly open: OpenDriver;
  /** Opens a game of another ROM. Absent where the place has the one it has. */
  readonly openRom?: (rom: { readonly name: string; readonly bytes: Uint8Array }) => OpenDriver;
  /** Asks the server behind the emulator how it is, without disturbing a game. Never rejects. Absent for games of this process. */
  readonly probe?: () => Promise<Health>;
  /** Lets go of what all games of the place share, such as a connection. */
  readonly close?: () => Promise<void>;
}

/** What a session may ask for: everything it names must fit. */
export type Wanted = NonNullable<Hello['emulator']>;

/** @param found the ROM that is wanted, where it is one that places can be given */
export function fits(place: PoolPlace, { id, kind, rom }: Wanted, found: RomInfo | undefined): boolean {
  return (
    (id === undefined || id === place.id) &&
    (kind === undefined || kind === place.kind) &&
    (rom === undefined || hasOwn(place, rom) || (found !== undefined && place.openRom !== undefined))
  );
}

/** Whether a place is of that ROM by itself. */
export function hasOwn({ rom }: PoolPlace, nameOrHash: string): boolean {
  return nameOrHash === rom.name || (rom.hash !== '' && nameOrHash.toLowerCase() === rom.hash);
}
