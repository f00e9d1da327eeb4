/** Named saved states, each bound to the ROM it was saved from. Kept in memory, up to a count and a size. */
import type { SavedState } from './drivers/driver.ts';

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

const DEFAULT_LIMITS: CheckpointLimits = { count: 256, bytes: 64 * 1024 * 1024 };

export class Checkpoints {
  readonly #limits: CheckpointLimits;
  readonly #states = new Map<string, Map<string, SavedState>>();
  #count = 0;
  #bytes = 0;

  constructor(limits: CheckpointLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** Bytes of all states. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a state under a name, in place of an older one of that name. False when the store is full. */
  put(romHash: string, name: string, state: SavedState): boolean {
    const older = this.get(romHash, name);
    const count = this.#count + (older === undefined ? 1 : 0);
    const bytes = this.#bytes + state.bytes.length - (older?.bytes.length ?? 0);
    if (count > this.#limits.count || bytes > this.#limits.bytes) return false;
    const ofRom = this.#states.get(romHash) ?? new Map<string, SavedState>();
    ofRom.set(name, state);
    this.#states.set(romHash, ofRom);
    this.#count = count;
    this.#bytes = bytes;
    return true;
  }

  get(romHash: string, name: string): SavedState | undefined {
    return this.#states.get(romHash)?.get(name);
  }

  list(romHash: string): CheckpointInfo[] {
    return [...(this.#states.get(romHash) ?? [])].map(([name, state]) => ({
      name,
      frame: state.frame,
      bytes: state.bytes.length,
    }));
  }
}
