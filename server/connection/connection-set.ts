/** All connections of a gateway, and the one sweep that looks after their deadlines. */
import type { Clock } from '../clock.ts';
import type { Connection } from './connection.ts';

const SWEEP_MS = 1000;

export class ConnectionSet {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #connections = new Set<Connection>();
  readonly #onSwept: () => void;
  #sweeping = false;
  #sweptAtMs = 0;
  #onEmpty: (() => void) | undefined;

  /**
   * @param keepaliveMs the shortest deadline that the sweep must keep, roughly
   * @param onSwept called after each sweep
   */
  constructor(clock: Clock, keepaliveMs: number, onSwept: () => void) {
    this.#clock = clock;
    this.#onSwept = onSwept;
    this.#intervalMs = Math.min(SWEEP_MS, Math.max(10, keepaliveMs / 4));
  }

  get size(): number {
    return this.#connections.size;
  }

  all(): Connection[] {
    return [...this.#connections];
  }

  find(id: number): Connection | undefined {
    return this.all().find((connection) => connection.id === id);
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#sweptAtMs = this.#clock.now();
    this.#next();
  }

  delete(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  /** Bytes that wait to be read, over all connections. */
  pendingBytes(): number {
    let bytes = 0;
    for (const connection of this.#connections) bytes += connection.pendingBytes;
    return bytes;
  }

  /** The most that wait on one connection. */
  largestPendingBytes(): number {
    let bytes = 0;
    for (const connection of this.#connections) bytes = Math.max(bytes, connection.pendingBytes);
    return bytes;
  }

  /** On how many connections more than so many bytes wait. */
  pendingBeyond(limitBytes: number): number {
    return this.all().filter(({ pendingBytes }) => pendingBytes > limitBytes).length;
  }

  /** Bytes of messages that have not arrived whole, over all connections. */
  incomingBytes(): number {
    let bytes = 0;
    for (const connection of this.#connections) bytes += connection.incomingBytes;
    return bytes;
  }

  /** Resolves when no connection is left. */
  empty(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  terminate(): void {
    for (const connection of this.all()) connection.terminate();
  }

  #next(): void {
    this.#clock.after(this.#intervalMs, () => {
      for (const connection of this.all()) connection.sweep(this.#sweptAtMs);
      this.#onSwept();
      this.#sweptAtMs = this.#clock.now();
      this.#sweeping = this.#connections.size > 0;
      if (this.#sweeping) this.#next();
    });
  }
}
