/** Whose run is next: sessions take turns, and so do the rollouts of each. Pure. */

/** Somebody with runs to be run. */
export interface Waiting {
  readonly session: string;
  /** How many runs may begin now. */
  readonly queued: number;
}

export class Turns<T extends Waiting> {
  /** In the order of their turns, and so are the rollouts of each. */
  readonly #sessions = new Map<string, Set<T>>();

  add(waiting: T): void {
    const own = this.#sessions.get(waiting.session);
    if (own === undefined) this.#sessions.set(waiting.session, new Set([waiting]));
    else own.add(waiting);
  }

  remove(waiting: T): void {
    const own = this.#sessions.get(waiting.session);
    own?.delete(waiting);
    if (own?.size === 0) this.#sessions.delete(waiting.session);
  }

  /** Runs that may begin now, of all together. */
  get queued(): number {
    let queued = 0;
    for (const own of this.#sessions.values()) for (const each of own) queued += each.queued;
    return queued;
  }

  /** Who may begin a run now; its turn is over then. Undefined when nobody has one. */
  next(): T | undefined {
    for (const [session, own] of this.#sessions) {
      const first = [...own].find(({ queued }) => queued > 0);
      if (first === undefined) continue;
      // Maps and sets keep the order in which things were put in: now both are the last.
      own.delete(first);
      own.add(first);
      this.#sessions.delete(session);
      this.#sessions.set(session, own);
      return first;
    }
    return undefined;
  }
}
