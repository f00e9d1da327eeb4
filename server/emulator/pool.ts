/**
 * The emulators that a gateway can lease. A game runs only while its place is leased, so the size of what runs follows demand; who finds
 * none free waits in line.
 */
import type { RequestCode } from '../../shared/errors.ts';
import type { EmulatorInfo } from '../../shared/protocol.ts';
import { type Clock, type Timer, within } from '../clock.ts';
import type { HeaderRecord } from '../journal/record.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { OpenDriver } from './drivers/driver.ts';
import { Emulator } from './emulator.ts';
import type { Health } from './health.ts';
import { fits, hasOwn, type PoolPlace, type RomInfo, type RomSource, type Wanted } from './place.ts';
import { type Applicant, WaitingLine } from './waiting-line.ts';

export type LeaseResult =
  | { readonly ok: true; readonly emulator: Emulator }
  | { readonly ok: false; readonly code: RequestCode; readonly message: string; readonly allowed?: string };

/** One place, for the `emulators` call and `GET /emulators`. */
export interface PoolListing {
  readonly id: string;
  readonly kind: string;
  readonly rom: string;
  readonly state: 'free' | 'starting' | 'leased';
  /** The session that it was leased for. */
  readonly session: string | null;
  readonly emulator: EmulatorInfo | null;
  /** As last probed; null for what needs no probing or has not been probed yet. */
  readonly health: Health | null;
}

export interface PoolDeps {
  readonly checkpoints: Checkpoints;
  readonly clock: Clock;
  /** ROMs that games can be started with, besides those of the places. */
  readonly roms?: RomSource | undefined;
}

/** What a session asked for, looked up. */
interface Request {
  readonly wanted: Wanted;
  /** The ROM that is to be put into a place that has not got it by itself. */
  readonly rom: RomInfo | undefined;
}

/** What a place is started with. */
interface Opening {
  readonly request: Request;
  /** Opens the first game in place of a fresh one, given how its place opens those. */
  readonly first?: (open: OpenDriver) => OpenDriver;
}

export interface PoolSettings {
  /** Longest time in the waiting line, in ms. */
  readonly leaseTimeoutMs: number;
  /** Most sessions in the waiting line. */
  readonly maxInLine: number;
  /** Time between probes of the servers behind emulators, in ms. */
  readonly probeMs: number;
}

type Lease =
  | { readonly kind: 'free' }
  | { readonly kind: 'starting'; readonly session: string }
  | { readonly kind: 'leased'; readonly session: string; readonly emulator: Emulator };

/** ROMs that an error names; the call `roms` lists all. */
const MAX_NAMED = 20;
const FREE: Lease = { kind: 'free' };

export class Pool {
  readonly #places: ReadonlyMap<string, PoolPlace>;
  readonly #checkpoints: Checkpoints;
  readonly #roms: RomSource | undefined;
  readonly #settings: PoolSettings;
  readonly #clock: Clock;
  readonly #line: WaitingLine;
  readonly #leases = new Map<string, Lease>();
  readonly #health = new Map<string, Health>();
  #probing: Timer | undefined;
  #closed = false;

  constructor(places: readonly PoolPlace[], settings: PoolSettings, { checkpoints, clock, roms }: PoolDeps) {
    this.#places = new Map(places.map((place) => [place.id, place]));
    this.#checkpoints = checkpoints;
    this.#roms = roms;
    this.#settings = settings;
    this.#clock = clock;
    this.#line = new WaitingLine(clock);
    if (places.some(({ probe }) => probe !== undefined)) this.#probeLater(0);
  }

  get size(): number {
    return this.#places.size;
  }

  get leased(): number {
    return [...this.#leases.values()].filter((lease) => lease.kind !== 'free').length;
  }

  /** How many wait in line. */
  get waiting(): number {
    return this.#line.length;
  }

  /** Starts a game for a session on a place that fits what it wants, when its turn comes. */
  async lease(session: string, wanted: Wanted, applicant: Applicant): Promise<LeaseResult> {
    const rom = wanted.rom === undefined ? undefined : await this.#roms?.find(wanted.rom);
    const request = { wanted, rom };
    const fitting = new Set([...this.#places.values()].filter((place) => fits(place, wanted, rom)));
    if (fitting.size === 0) return this.#unknown(wanted);
    const state = this.#savedState(fitting, request);
    if (!state.ok) return state;
    const deadlineMs = this.#clock.now() + Math.min(wanted.waitMs ?? Infinity, this.#settings.leaseTimeoutMs);
    let failure = '';
    for (;;) {
      const place = [...fitting].find((candidate) => this.#available(candidate));
      const turn = place ?? (await this.#wait(fitting, wanted, applicant, deadlineMs));
      if ('ok' in turn) return { ...turn, message: `${turn.message}${failure}` };
      const result = await this.#start(turn, session, state.bytes, { request });
      // The server of this place is down: another place may do. Without a probe nobody would tell when it is up again.
      if (result.ok || turn.probe === undefined) return result;
      this.#health.set(turn.id, { state: 'unreachable', latencyMs: null, message: result.message });
      failure = `; ${result.message}`;
    }
  }

  /**
   * Starts a game that goes on with an earlier one, on a place that is free now and runs the same ROM on the same kind.
   * @param first opens the game, given how its place opens a fresh one
   */
  async restore(
    session: string,
    { emulator, rom, core }: Pick<HeaderRecord, 'emulator' | 'rom' | 'core'>,
    first: (open: OpenDriver) => OpenDriver,
  ): Promise<LeaseResult> {
    const free = [...this.#places.values()].filter(
      (place) => place.kind === emulator.kind && this.#available(place),
    );
    const own = free.filter((place) => place.rom.hash === rom.hash);
    const found = own.length > 0 || rom.hash === '' ? undefined : await this.#roms?.find(rom.hash);
    const fitting = found === undefined ? own : free.filter(({ openRom }) => openRom !== undefined);
    const place = fitting.find(({ id }) => id === emulator.id) ?? fitting[0];
    if (place === undefined) {
      return refused('no_emulator', `no ${emulator.kind} emulator with ${rom.name} is free`);
    }
    const wanted = { rom: rom.hash, sound: core?.sound ?? false };
    const request = { wanted, rom: found };
    return await this.#start(place, session, undefined, { request, first });
  }

  /** Ends the game and frees its place. */
  async release(emulator: Emulator): Promise<void> {
    try {
      await emulator.close();
    } finally {
      this.#free(emulator.id);
    }
  }

  /** Sends away who waits; from now on nobody waits. */
  stopWaiting(): void {
    this.#closed = true;
    this.#line.close();
  }

  /** Ends every game, also one that is just starting. What a server has not answered after `limitMs` is broken off: whether it ran is not known. */
  async close(limitMs: number): Promise<void> {
    this.stopWaiting();
    this.#probing?.cancel();
    const emulators = [...this.#leases.values()].flatMap((lease) =>
      lease.kind === 'leased' ? [lease.emulator] : [],
    );
    const released = Promise.all(emulators.map((emulator) => this.release(emulator)));
    await within(this.#clock, limitMs, released);
    await Promise.all([...this.#places.values()].map(async (place) => place.close?.()));
    await released;
  }

  find(id: string): Emulator | undefined {
    const lease = this.#lease(id);
    return lease.kind === 'leased' ? lease.emulator : undefined;
  }

  /** Ids of the emulators that run. */
  running(): string[] {
    return this.list().flatMap(({ id, state }) => (state === 'leased' ? [id] : []));
  }

  list(): PoolListing[] {
    return [...this.#places.values()].map(({ id, kind, rom }) => {
      const lease = this.#lease(id);
      return {
        id,
        kind,
        rom: lease.kind === 'leased' ? lease.emulator.info.rom : rom.name,
        state: lease.kind,
        session: lease.kind === 'free' ? null : lease.session,
        emulator: lease.kind === 'leased' ? lease.emulator.info : null,
        health: this.#health.get(id) ?? null,
      };
    });
  }

  #lease(id: string): Lease {
    return this.#leases.get(id) ?? FREE;
  }

  #available(place: PoolPlace): boolean {
    return this.#lease(place.id).kind === 'free' && this.#health.get(place.id)?.state !== 'unreachable';
  }

  /** The place is free: whoever is first in line for it gets it. */
  #free(id: string): void {
    this.#leases.set(id, FREE);
    const place = this.#places.get(id);
    if (place !== undefined && !this.#closed) this.#offer(place);
  }

  /** A waiter takes the place in this very turn of the event loop: `lease` must not see it free until then. */
  #offer(place: PoolPlace): void {
    if (!this.#available(place)) return;
    this.#leases.set(place.id, { kind: 'starting', session: '' });
    if (!this.#line.offer(place)) this.#leases.set(place.id, FREE);
  }

  async #wait(
    fitting: ReadonlySet<PoolPlace>,
    wanted: Wanted,
    applicant: Applicant,
    deadlineMs: number,
  ): Promise<PoolPlace | Extract<LeaseResult, { ok: false }>> {
    const waitMs = deadlineMs - this.#clock.now();
    if (this.#closed) return refused('no_emulator', 'the gateway is stopping');
    if (waitMs <= 0) return refused('no_emulator', this.#taken(fitting, wanted));
    if (this.#line.length >= this.#settings.maxInLine) {
      return refused('no_emulator', `${this.#taken(fitting, wanted)}, and the waiting line is full`);
    }
    const turn = await this.#line.join(fitting, applicant, waitMs);
    switch (turn.kind) {
      case 'place':
        return turn.place;
      case 'timeout':
        return refused('no_emulator', `${this.#taken(fitting, wanted)}; none became free in time`);
      case 'gone':
        return refused('no_emulator', 'who waited is gone');
      case 'closed':
        return refused('no_emulator', 'the gateway is stopping');
    }
  }

  #taken(fitting: ReadonlySet<PoolPlace>, { kind }: Wanted): string {
    const down = [...fitting].filter(({ id }) => this.#health.get(id)?.state === 'unreachable').length;
    const what = kind === undefined ? 'emulators' : `${kind} emulators`;
    const rest = down === 0 ? '' : ` (${down} of them cannot be reached)`;
    return `all ${fitting.size} ${what} that fit are taken${rest}`;
  }

  /** Every ROM that a session may ask for: those of the places, and those they can be given. */
  async roms(): Promise<RomInfo[]> {
    const own = [...this.#places.values()].flatMap(({ rom: { name, hash, title = '' } }) =>
      hash === '' ? [] : [{ name, hash, title }],
    );
    const more = (await this.#roms?.list()) ?? [];
    return [...new Map([...more, ...own].map((rom) => [rom.name, rom])).values()];
  }

  async #start(
    place: PoolPlace,
    session: string,
    state: Uint8Array | undefined,
    { request, first }: Opening,
  ): Promise<LeaseResult> {
    this.#leases.set(place.id, { kind: 'starting', session });
    let emulator: Emulator | undefined;
    try {
      const open = await this.#opener(place, request);
      emulator = await Emulator.start(place.id, open, this.#checkpoints, this.#clock, first?.(open));
      if (state !== undefined) await emulator.driver.load(state);
      this.#leases.set(place.id, { kind: 'leased', session, emulator });
      if (this.#closed) await this.release(emulator);
      return { ok: true, emulator };
    } catch (error) {
      await emulator?.close();
      if (place.probe === undefined) this.#free(place.id);
      else this.#leases.set(place.id, FREE);
      const why = error instanceof Error ? error.message : String(error);
      return refused('emulator_failed', `${place.id} did not start: ${why}`);
    }
  }

  /** Every game of the emulator is opened alike, also one that takes the place of another. */
  async #opener(place: PoolPlace, request: Request): Promise<OpenDriver> {
    const open = await this.#openerOf(place, request);
    const { sound } = request.wanted;
    return sound === undefined ? open : (context) => open({ ...context, sound });
  }

  async #openerOf(place: PoolPlace, request: Request): Promise<OpenDriver> {
    const rom = otherRom(place, request);
    if (rom === undefined || place.openRom === undefined || this.#roms === undefined) return place.open;
    return place.openRom({ name: rom.name, bytes: await this.#roms.read(rom) });
  }

  /** The checkpoint that the game is to start from; every fitting place that is tried must have its ROM. */
  #savedState(
    fitting: Set<PoolPlace>,
    request: Request,
  ): { readonly ok: true; readonly bytes: Uint8Array | undefined } | Extract<LeaseResult, { ok: false }> {
    const name = request.wanted.state;
    if (name === undefined) return { ok: true, bytes: undefined };
    const romOf = (place: PoolPlace) => otherRom(place, request) ?? place.rom;
    const roms = [...new Set([...fitting].map((place) => romOf(place).hash))];
    for (const hash of roms) {
      const saved = this.#checkpoints.get(hash, name);
      if (saved === undefined) continue;
      for (const place of fitting) if (romOf(place).hash !== hash) fitting.delete(place);
      return { ok: true, bytes: saved.bytes };
    }
    const names = roms.flatMap((hash) => this.#checkpoints.list(hash).map((checkpoint) => checkpoint.name));
    const games = [...new Set([...fitting].map((place) => romOf(place).name))].join(', ');
    const allowed = names.join(', ') || 'none is saved yet';
    return refused('unknown_emulator', `no checkpoint ${JSON.stringify(name)} for ${games}`, allowed);
  }

  async #unknown({ id, kind, rom }: Wanted): Promise<LeaseResult> {
    const places = [...this.#places.values()];
    const names = ((await this.#roms?.list()) ?? []).map(({ name }) => name);
    const roms = [...new Set([...places.map((place) => place.rom.name), ...names])].slice(0, MAX_NAMED);
    const allowed = (pick: (place: PoolPlace) => string) => [...new Set(places.map(pick))].join(', ');
    return refused(
      'unknown_emulator',
      `no emulator is ${JSON.stringify({ id, kind, rom })}`,
      `id: ${allowed((p) => p.id)}; kind: ${allowed((p) => p.kind)}; rom: ${roms.join(', ')}`,
    );
  }

  #probeLater(delayMs: number): void {
    this.#probing = this.#clock.after(delayMs, () => {
      const probed = [...this.#places.values()].map((place) => this.#probe(place));
      void Promise.all(probed).then(() => {
        if (!this.#closed) this.#probeLater(this.#settings.probeMs);
      });
    });
  }

  async #probe(place: PoolPlace): Promise<void> {
    if (place.probe === undefined) return;
    this.#health.set(place.id, await place.probe());
    if (!this.#closed) this.#offer(place);
  }
}

/** The ROM that the place has to be given for a request; undefined when its own will do. */
function otherRom(place: PoolPlace, { wanted, rom }: Request): RomInfo | undefined {
  return wanted.rom === undefined || hasOwn(place, wanted.rom) ? undefined : rom;
}

function refused(
  code: RequestCode,
  message: string,
  allowed?: string,
): Extract<LeaseResult, { readonly ok: false }> {
  return { ok: false, code, message, ...(allowed !== undefined && { allowed }) };
}
