/** The game that an emulator has now: whether it is free, and which one comes after it when it dies. */
import { JoywireError } from '../../shared/errors.ts';
import { Waiters } from '../../shared/waiters.ts';
import type { Clock } from '../clock.ts';
import type { RunJournal } from '../journal/run-journal.ts';
import type { DriverDeath, EmulatorDriver, OpenDriver } from './drivers/driver.ts';
import type { PaceSetting } from './pace.ts';
import { type Bereft, Recovery } from './recovery.ts';

/** The emulator, as it is told of a change of games. */
export interface GameOwner {
  /** What the next game is to run by. */
  readonly pace: () => PaceSetting;
  /** What the game is rebuilt from when it dies; undefined where it cannot be. */
  readonly record: () => RunJournal | undefined;
  /** The game died and was rebuilt. It counts as running until the owner says `end`. */
  rebuilt(driver: EmulatorDriver, death: DriverDeath): void;
  /** The game died and cannot be rebuilt; another one is looked for. */
  lost(death: DriverDeath): void;
  /** Another game has taken its place, or none could so far (`error`). */
  replaced(death: DriverDeath, error: string | undefined): void;
}

type State =
  | { readonly kind: 'idle' | 'running' }
  /** The game died and the next one is not there yet. */
  | { readonly kind: 'replacing' }
  /** No new game could be started so far: nothing runs here for now. */
  | { readonly kind: 'dead'; readonly why: string }
  | { readonly kind: 'closed' };

const IDLE: State = { kind: 'idle' };
const RUNNING: State = { kind: 'running' };

export class CurrentGame implements Bereft {
  readonly #owner: GameOwner;
  readonly #recovery: Recovery;
  #driver: EmulatorDriver;
  #state: State = IDLE;
  /** A game is there again, or none can be for now. */
  readonly #recovered = new Waiters();
  /** Nothing is under way any more. */
  readonly #free = new Waiters();
  readonly #followers = new Set<() => void>();

  constructor(driver: EmulatorDriver, open: OpenDriver, clock: Clock, owner: GameOwner) {
    this.#owner = owner;
    this.#recovery = new Recovery(open, clock, this);
    this.#driver = driver;
  }

  /** The game; the last one while there is none. */
  get driver(): EmulatorDriver {
    return this.#driver;
  }

  /** The game, if there is one and it has nothing to do. */
  get idle(): EmulatorDriver | undefined {
    return this.#state.kind === 'idle' ? this.#driver : undefined;
  }

  /** Whether work is taken now. Where no game can be started it is taken too, to fail. */
  get ready(): boolean {
    return this.#state.kind === 'idle' || this.#state.kind === 'dead';
  }

  /** Whether the game died and the next one is not there yet. */
  get replacing(): boolean {
    return this.#state.kind === 'replacing';
  }

  get closed(): boolean {
    return this.#state.kind === 'closed';
  }

  /** Something begins on the game. Only when `ready`. @returns why there is no game to do it, if so */
  begin(): string | undefined {
    const state = this.#state;
    if (state.kind === 'dead') return state.why;
    if (state.kind !== 'idle') throw new JoywireError('bug', `the emulator is ${state.kind}`);
    this.#state = RUNNING;
    return undefined;
  }

  /** What began is over. */
  end(): void {
    if (this.#state.kind === 'running') this.#state = IDLE;
    this.#free.tell();
  }

  /** Resolves when nothing is under way: nothing runs, and no game is being started in the place of one that died. */
  async free(): Promise<void> {
    while (this.#state.kind === 'running' || this.#state.kind === 'replacing') await this.#free.next();
  }

  /** Resolves when another game is there, or none can be for now. */
  recovered(): Promise<void> {
    return this.#recovered.next();
  }

  /** Calls `changed` whenever another game takes the place of this one, and when it is closed; the returned function ends that. */
  follow(changed: () => void): () => void {
    this.#followers.add(changed);
    return () => this.#followers.delete(changed);
  }

  async close(): Promise<void> {
    this.#state = { kind: 'closed' };
    this.#tellRecovered();
    this.#free.tell();
    await this.#driver.close();
  }

  died(death: DriverDeath): void {
    if (this.closed) return;
    this.#state = { kind: 'replacing' };
    void this.#recover(death, this.#driver);
  }

  waitNoLonger(death: DriverDeath, why: string): void {
    if (this.closed || this.#state.kind === 'dead') return;
    this.#state = { kind: 'dead', why };
    this.#tellRecovered();
    this.#free.tell();
    this.#owner.replaced(death, why);
  }

  async #recover(death: DriverDeath, last: EmulatorDriver): Promise<void> {
    const record = this.#owner.record();
    const loss = { death, driver: last, pace: this.#owner.pace() };
    const rebuilt = record && (await this.#recovery.rebuild(loss, record));
    if (rebuilt !== undefined) return await this.#goOnWith(rebuilt, death);
    if (this.closed) return;
    this.#owner.lost(death);
    const next = await this.#recovery.replace(loss);
    if (next !== undefined) await this.#beginWith(next, death);
  }

  async #goOnWith(driver: EmulatorDriver, death: DriverDeath): Promise<void> {
    if (this.closed) return await driver.close();
    this.#driver = driver;
    this.#state = RUNNING;
    this.#tellRecovered();
    this.#owner.rebuilt(driver, death);
  }

  async #beginWith(driver: EmulatorDriver, death: DriverDeath): Promise<void> {
    if (this.closed) return await driver.close();
    this.#driver = driver;
    this.#state = IDLE;
    this.#tellRecovered();
    this.#free.tell();
    this.#owner.replaced(death, undefined);
  }

  #tellRecovered(): void {
    this.#recovered.tell();
    for (const changed of this.#followers) changed();
  }
}
