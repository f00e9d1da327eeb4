/** The emulators that a gateway can lease: a fixed number of places, each with a game only while it is leased. */
import type { RequestCode } from '../../shared/errors.ts';
import type { EmulatorInfo, Hello } from '../../shared/protocol.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { OpenDriver } from './drivers/driver.ts';
import { Emulator } from './emulator.ts';

/** A place for one emulator, and how its game is opened. */
export interface PoolPlace {
  readonly id: string;
  readonly kind: string;
  readonly rom: { readonly name: string; readonly hash: string };
  readonly open: OpenDriver;
}

export type LeaseResult =
  | { readonly ok: true; readonly emulator: Emulator }
  | { readonly ok: false; readonly code: RequestCode; readonly message: string; readonly allowed?: string };

/** One line of the `emulators` call. */
export interface PoolListing {
  readonly id: string;
  readonly kind: string;
  readonly rom: string;
  readonly state: 'free' | 'starting' | 'leased';
  /** The session that plays on it. */
  readonly session: string | null;
  readonly emulator: EmulatorInfo | null;
}

type Lease =
  | { readonly kind: 'free' }
  | { readonly kind: 'starting'; readonly session: string }
  | { readonly kind: 'leased'; readonly session: string; readonly emulator: Emulator };

const FREE: Lease = { kind: 'free' };

export class Pool {
  readonly #places: ReadonlyMap<string, PoolPlace>;
  readonly #leases = new Map<string, Lease>();
  readonly #checkpoints: Checkpoints;
  #closed = false;

  constructor(places: readonly PoolPlace[], checkpoints: Checkpoints) {
    this.#places = new Map(places.map((place) => [place.id, place]));
    this.#checkpoints = checkpoints;
  }

  get size(): number {
    return this.#places.size;
  }

  get leased(): number {
    return [...this.#leases.values()].filter((lease) => lease.kind !== 'free').length;
  }

  /** Starts a game for a session on a free place that fits what it wants. */
  async lease(session: string, wanted: Hello['emulator'] = {}): Promise<LeaseResult> {
    const fitting = [...this.#places.values()].filter((place) => fits(place, wanted));
    if (fitting.length === 0) return this.#unknown(wanted);
    const place = fitting.find(({ id }) => this.#lease(id).kind === 'free');
    if (place === undefined) {
      const message = `all ${fitting.length} emulators that fit are taken; try again when a session has ended`;
      return { ok: false, code: 'no_emulator', message };
    }
    return this.#start(place, session, wanted.state);
  }

  /** Ends the game and frees its place. */
  async release(emulator: Emulator): Promise<void> {
    await emulator.close();
    this.#leases.set(emulator.id, FREE);
  }

  /** Ends every game, also one that is just starting. */
  async close(): Promise<void> {
    this.#closed = true;
    const emulators = [...this.#leases.values()].flatMap((lease) =>
      lease.kind === 'leased' ? [lease.emulator] : [],
    );
    await Promise.all(emulators.map((emulator) => this.release(emulator)));
  }

  find(id: string): Emulator | undefined {
    const lease = this.#lease(id);
    return lease.kind === 'leased' ? lease.emulator : undefined;
  }

  list(): PoolListing[] {
    return [...this.#places.values()].map(({ id, kind, rom }) => {
      const lease = this.#lease(id);
      return {
        id,
        kind,
        rom: rom.name,
        state: lease.kind,
        session: lease.kind === 'free' ? null : lease.session,
        emulator: lease.kind === 'leased' ? lease.emulator.info : null,
      };
    });
  }

  #lease(id: string): Lease {
    return this.#leases.get(id) ?? FREE;
  }

  async #start(place: PoolPlace, session: string, state: string | undefined): Promise<LeaseResult> {
    const saved = state === undefined ? undefined : this.#checkpoints.get(place.rom.hash, state);
    if (state !== undefined && saved === undefined) {
      const allowed = this.#checkpoints.list(place.rom.hash).map(({ name }) => name);
      return {
        ok: false,
        code: 'unknown_emulator',
        message: `no checkpoint ${JSON.stringify(state)} for ${place.rom.name}`,
        allowed: allowed.join(', ') || 'none is saved yet',
      };
    }
    this.#leases.set(place.id, { kind: 'starting', session });
    try {
      const emulator = await Emulator.start(place.id, place.open, this.#checkpoints);
      if (saved !== undefined) await emulator.driver.load(saved.bytes);
      this.#leases.set(place.id, { kind: 'leased', session, emulator });
      if (this.#closed) await this.release(emulator);
      return { ok: true, emulator };
    } catch (error) {
      this.#leases.set(place.id, FREE);
      const message = `${place.id} did not start: ${error instanceof Error ? error.message : String(error)}`;
      return { ok: false, code: 'emulator_failed', message };
    }
  }

  #unknown(wanted: NonNullable<Hello['emulator']>): LeaseResult {
    const places = [...this.#places.values()];
    const allowed = (pick: (place: PoolPlace) => string) => [...new Set(places.map(pick))].join(', ');
    return {
      ok: false,
      code: 'unknown_emulator',
      message: `no emulator is ${JSON.stringify(wanted)}`,
      allowed: `id: ${allowed((p) => p.id)}; kind: ${allowed((p) => p.kind)}; rom: ${allowed((p) => p.rom.name)}`,
    };
  }
}

function fits(place: PoolPlace, wanted: NonNullable<Hello['emulator']>): boolean {
  const { id, kind, rom } = wanted;
  return (
    (id === undefined || id === place.id) &&
    (kind === undefined || kind === place.kind) &&
    (rom === undefined || rom === place.rom.name || rom === place.rom.hash)
  );
}
