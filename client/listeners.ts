/** Typed events: named lists of functions. */

export class Listeners<Events extends object> {
  readonly #lists: { [Name in keyof Events]?: Set<(event: Events[Name]) => void> } = {};

  /** Calls `listener` from now on; the returned function ends that. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const list = (this.#lists[name] ??= new Set());
    list.add(listener);
    return () => void list.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of this.#lists[name] ?? []) {
      try {
        listener(event);
      } catch (error) {
        // A listener's bug must not stop the acks that follow, nor go unseen: it surfaces as an uncaught error.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
