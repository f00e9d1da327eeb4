/** A place of the pool: one emulator that can be leased, and how its game is opened. */
import type { Hello } from '../../shared/protocol.ts';
import type { OpenDriver } from './drivers/driver.ts';
import type { Health } from './health.ts';

export interface PoolPlace {
  readonly id: string;
  readonly kind: string;
  /** `hash` is '' where the kind cannot know it. */
  readonly rom: { readonly name: string; readonly hash: string };
  readonly open: OpenDriver;
  /** Asks the server behind the emulator how it is, without disturbing a game. Never rejects. Absent for games of this process. */
  readonly probe?: () => Promise<Health>;
  /** Lets go of what all games of the place share, such as a connection. */
  readonly close?: () => Promise<void>;
}

/** What a session may ask for: everything it names must fit. */
export type Wanted = NonNullable<Hello['emulator']>;

export function fits(place: PoolPlace, { id, kind, rom }: Wanted): boolean {
  return (
    (id === undefined || id === place.id) &&
    (kind === undefined || kind === place.kind) &&
    (rom === undefined || rom === place.rom.name || rom === place.rom.hash)
  );
}
