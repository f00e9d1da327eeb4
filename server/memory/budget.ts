/**
 * What clients make the gateway hold, against what it may hold in all. Beyond that it takes no new sessions, and lets go of the
 * connections that have most under way: their sessions can be resumed, and nothing that was accepted is lost.
 */
import type { Clock } from '../clock.ts';

/** What holds memory, each in bytes, about. */
export interface MemoryUse {
  /** Sockets and what belongs to them. */
  readonly connections: number;
  /** What clients have not read yet. */
  readonly outboxes: number;
  /** Messages that have not arrived whole. */
  readonly incoming: number;
  /** Sessions: entries that wait, and outcomes that are kept. */
  readonly sessions: number;
  readonly checkpoints: number;
  /** States that rollouts begin with and keep, and their results that wait. */
  readonly rollouts: number;
}

export const MEMORY_PARTS = [
  'connections',
  'outboxes',
  'incoming',
  'sessions',
  'checkpoints',
  'rollouts',
] as const;

/** A connection, as far as its memory goes. */
export interface Holder {
  /** Bytes that its end would free. */
  readonly heldBytes: number;
  /** Ends it at once, its buffers with it. */
  letGo(): void;
}

export interface BudgetDeps {
  readonly clock: Clock;
  readonly measure: () => MemoryUse;
  /** The connections whose end would free something. */
  readonly holders: () => readonly Holder[];
  /** So much was freed to get below the limit. */
  readonly onRelieved: (connections: number, bytes: number) => void;
}

/** How long a measurement is good for: every new session asks, and it looks at every connection. */
const FRESH_MS = 100;
/** A connection that holds less is let alone: it is not what the memory went to. */
const SMALLEST_HOLDER_BYTES = 64 * 1024;

export class MemoryBudget {
  readonly limitBytes: number;
  readonly #deps: BudgetDeps;
  #usedBytes = 0;
  #measuredAtMs = -Infinity;

  constructor(limitBytes: number, deps: BudgetDeps) {
    this.limitBytes = limitBytes;
    this.#deps = deps;
  }

  /** Whether no new session may come in. */
  get full(): boolean {
    const now = this.#deps.clock.now();
    if (now - this.#measuredAtMs >= FRESH_MS) {
      this.#usedBytes = sum(this.#deps.measure());
      this.#measuredAtMs = now;
    }
    return this.#usedBytes >= this.limitBytes;
  }

  /** Lets go of the largest connections, one after the other, until the rest fits. Called by the sweep. */
  relieve(): void {
    let usedBytes = sum(this.#deps.measure());
    if (usedBytes < this.limitBytes) return;
    let connections = 0;
    let freed = 0;
    const largestFirst = this.#deps.holders().toSorted((a, b) => b.heldBytes - a.heldBytes);
    for (const holder of largestFirst) {
      const { heldBytes } = holder;
      if (usedBytes < this.limitBytes || heldBytes < SMALLEST_HOLDER_BYTES) break;
      holder.letGo();
      connections += 1;
      freed += heldBytes;
      usedBytes -= heldBytes;
    }
    this.#measuredAtMs = -Infinity;
    if (connections > 0) this.#deps.onRelieved(connections, freed);
  }
}

function sum(use: MemoryUse): number {
  return MEMORY_PARTS.reduce((total, part) => total + use[part], 0);
}
