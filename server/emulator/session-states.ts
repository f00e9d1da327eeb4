/** Saved states that belong to a session and end with it: many, for a short time, in memory alone. */
import { createHash, randomBytes } from 'node:crypto';
import type { SavedState } from './drivers/driver.ts';

/** So many that no two keys have the same. */
const NAME_DIGITS = 24;

interface Kept {
  readonly owner: string;
  readonly romHash: string;
  readonly state: SavedState;
}

export class SessionStates {
  readonly #maxBytes: number;
  /** Names this life of the gateway: what another one kept is gone. */
  readonly life = randomBytes(6).toString('hex');
  readonly #states = new Map<string, Kept>();
  readonly #bytesOf = new Map<string, number>();

  /** @param maxBytes most bytes of the states of one session */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of all states. */
  get bytes(): number {
    let bytes = 0;
    for (const own of this.#bytesOf.values()) bytes += own;
    return bytes;
  }

  /**
   * Keeps a state until its session ends; its name. Undefined when the session keeps as much as it may.
   * @param key what it is to its session: the same gets the same name, also from a later gateway, while no other state has that
   */
  keep(owner: string, romHash: string, key: string, state: SavedState): string | undefined {
    const bytes = (this.#bytesOf.get(owner) ?? 0) + state.bytes.length;
    if (bytes > this.#maxBytes) return undefined;
    this.#bytesOf.set(owner, bytes);
    const name = this.#freeName(`${owner} ${key}`);
    this.#states.set(name, { owner, romHash, state });
    return name;
  }

  get(romHash: string, name: string): SavedState | undefined {
    const kept = this.#states.get(name);
    return kept?.romHash === romHash ? kept.state : undefined;
  }

  /** False when there is none of that name. */
  remove(romHash: string, name: string): boolean {
    const kept = this.#states.get(name);
    if (kept?.romHash !== romHash) return false;
    this.#states.delete(name);
    this.#bytesOf.set(kept.owner, (this.#bytesOf.get(kept.owner) ?? 0) - kept.state.bytes.length);
    return true;
  }

  #freeName(key: string): string {
    const name = `run-${createHash('sha256').update(key).digest('hex').slice(0, NAME_DIGITS)}`;
    let free = name;
    for (let again = 2; this.#states.has(free); again += 1) free = `${name}-${again}`;
    return free;
  }

  /** The session is over. */
  forget(owner: string): void {
    if (!this.#bytesOf.delete(owner)) return;
    for (const [name, kept] of this.#states) if (kept.owner === owner) this.#states.delete(name);
  }
}
