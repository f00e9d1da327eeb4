/** Named saved states, each bound to the ROM it was saved from: up to a count and a size, in memory and, where there is one, in a store. */
import type { SavedState } from './drivers/driver.ts';
import { SessionStates } from './session-states.ts';

export interface CheckpointInfo {
  readonly name: string;
  /** Frame count of the emulator that saved it. */
  readonly frame: number;
  readonly bytes: number;
}

export interface CheckpointLimits {
  /** @default 256 */
  readonly count: number;
  /** Bytes of all states together. @default 64 MiB */
  readonly bytes: number;
}

/** Keeps checkpoints beyond the life of the process. */
export interface CheckpointStore {
  /** Resolves when it is kept. @throws whatever writing throws */
  write(romHash: string, name: string, state: SavedState): Promise<void>;
  remove(romHash: string, name: string): Promise<void>;
}

const DEFAULT_LIMITS: CheckpointLimits = { count: 256, bytes: 64 * 1024 * 1024 };

/** Most bytes of the states that one session may keep, for whoever has no setting. */
const DEFAULT_SESSION_BYTES = 64 * 1024 * 1024;

export class Checkpoints {
  /** Those that end with a session: found by name like the others, but not listed. */
  readonly ofSessions: SessionStates;
  readonly #limits: CheckpointLimits;
  readonly #store: CheckpointStore | undefined;
  readonly #states = new Map<string, Map<string, SavedState>>();
  #count = 0;
  #bytes = 0;

  constructor(
    store?: CheckpointStore,
    limits: CheckpointLimits = DEFAULT_LIMITS,
    ofSessions = new SessionStates(DEFAULT_SESSION_BYTES),
  ) {
    this.ofSessions = ofSessions;
    this.#store = store;
    this.#limits = limits;
  }

  /** Bytes of all states. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Keeps a state under a name, in place of an older one of that name. False when there is no room.
   * @throws whatever the store throws; the state is then not kept
   */
  async put(romHash: string, name: string, state: SavedState): Promise<boolean> {
    if (!this.#fits(romHash, name, state)) return false;
    await this.#store?.write(romHash, name, state);
    return this.restore(romHash, name, state);
  }

  /** Takes up a state that the store has. False when there is no room. */
  restore(romHash: string, name: string, state: SavedState): boolean {
    if (!this.#fits(romHash, name, state)) return false;
    this.#forget(romHash, name);
    const ofRom = this.#states.get(romHash) ?? new Map<string, SavedState>();
    ofRom.set(name, state);
    this.#states.set(romHash, ofRom);
    this.#count += 1;
    this.#bytes += state.bytes.length;
    return true;
  }

  get(romHash: string, name: string): SavedState | undefined {
    return this.#lasting(romHash, name) ?? this.ofSessions.get(romHash, name);
  }

  /** False when there is none of that name. @throws whatever the store throws; the state is then still kept */
  async remove(romHash: string, name: string): Promise<boolean> {
    if (this.#lasting(romHash, name) === undefined) return this.ofSessions.remove(romHash, name);
    await this.#store?.remove(romHash, name);
    return this.#forget(romHash, name);
  }

  list(romHash: string): CheckpointInfo[] {
    return [...(this.#states.get(romHash) ?? [])].map(([name, state]) => ({
      name,
      frame: state.frame,
      bytes: state.bytes.length,
    }));
  }

  #lasting(romHash: string, name: string): SavedState | undefined {
    return this.#states.get(romHash)?.get(name);
  }

  #fits(romHash: string, name: string, state: SavedState): boolean {
    const older = this.#lasting(romHash, name);
    const count = this.#count + (older === undefined ? 1 : 0);
    const bytes = this.#bytes + state.bytes.length - (older?.bytes.length ?? 0);
    return count <= this.#limits.count && bytes <= this.#limits.bytes;
  }

  #forget(romHash: string, name: string): boolean {
    const state = this.#lasting(romHash, name);
    if (state === undefined) return false;
    this.#states.get(romHash)?.delete(name);
    this.#count -= 1;
    this.#bytes -= state.bytes.length;
    return true;
  }
}
