/**
 * Who controls each emulator: one session at a time. Who takes over stands on top of whom it took over from, and when it leaves or gives
 * back, control goes to the one below.
 */
import type { Emulator } from '../emulator/emulator.ts';
import type { Session } from './session.ts';
import type { Taker } from './standing.ts';

/** What came of an attempt to change who controls. */
export type Change<T = undefined> =
  | { readonly kind: 'done'; readonly value: T }
  /** The session that was to begin did not: control is back where it was. */
  | { readonly kind: 'undone' }
  /** Meanwhile another controls, who was not asked. */
  | { readonly kind: 'moved' }
  /** Nobody is there to give it to. */
  | { readonly kind: 'alone' };

export class Control {
  readonly #onLost: (session: Session) => void;
  /** The sessions that play on each emulator; the last one controls it. */
  readonly #stacks = new Map<Emulator, readonly Session[]>();
  /** Changes of control run one after the other. */
  readonly #changes = new Map<Emulator, Promise<unknown>>();

  /** @param onLost told of a session that loses control */
  constructor(onLost: (session: Session) => void) {
    this.#onLost = onLost;
  }

  /** Who controls the emulator now. */
  controller(emulator: Emulator): Session | undefined {
    return this.#stacks.get(emulator)?.at(-1);
  }

  /** Who else plays on it: first whoever gets control next. */
  others(emulator: Emulator): readonly Session[] {
    return (this.#stacks.get(emulator) ?? []).slice(0, -1).toReversed();
  }

  /** The session plays on its emulator, on top of whoever else does. */
  begin(session: Session): void {
    const { emulator } = session;
    this.#stacks.set(emulator, [...(this.#stacks.get(emulator) ?? []), session]);
  }

  /** Begins the first session of an emulator: who wants to take it over waits for that. */
  open<T>(emulator: Emulator, begin: () => Promise<T>): Promise<T> {
    return this.#change(emulator, begin);
  }

  /** Resolves when the changes so far are made. */
  async settled(emulator: Emulator): Promise<void> {
    await this.#changes.get(emulator);
  }

  /**
   * Takes control away from `loser`; `next` then begins a session on top. When it does not (undefined), control goes back.
   * What is in flight ends first, what is queued is rejected, and no button stays pressed.
   */
  take<T>(
    emulator: Emulator,
    loser: Session,
    by: Taker,
    next: () => Promise<T | undefined>,
  ): Promise<Change<T>> {
    return this.#change(emulator, async () => {
      if (this.controller(emulator) !== loser) return { kind: 'moved' };
      await this.#unseat(loser, by);
      let taken: T | undefined;
      try {
        taken = await next();
      } finally {
        // Also after a fault of ours somebody must control it.
        if (taken === undefined) await this.#handTo(this.controller(emulator));
      }
      if (taken === undefined) return { kind: 'undone' };
      await emulator.goOn();
      this.controller(emulator)?.noteControl(by.owner);
      return { kind: 'done', value: taken };
    });
  }

  /** A session that lost control takes it again, from `loser`. */
  retake(session: Session, loser: Session): Promise<Change> {
    const { emulator } = session;
    return this.#change(emulator, async () => {
      const stack = this.#stacks.get(emulator) ?? [];
      if (stack.at(-1) !== loser) return { kind: 'moved' };
      if (!stack.includes(session)) return { kind: 'undone' };
      await this.#unseat(loser, takerOf(session));
      this.#stacks.set(emulator, [...stack.filter((other) => other !== session), session]);
      await this.#handTo(session);
      return { kind: 'done', value: undefined };
    });
  }

  /** The session gives control to the one below, and goes to the bottom: it gets control again when no other is left. */
  giveBack(session: Session): Promise<Change> {
    const { emulator } = session;
    return this.#change(emulator, async () => {
      const stack = this.#stacks.get(emulator) ?? [];
      if (stack.at(-1) !== session) return { kind: 'moved' };
      const next = stack.at(-2);
      if (next === undefined) return { kind: 'alone' };
      await this.#unseat(session, takerOf(next));
      this.#stacks.set(emulator, [session, ...stack.slice(0, -1)]);
      await this.#handTo(next);
      return { kind: 'done', value: undefined };
    });
  }

  /**
   * The session is over. Control goes to the one below; without one `endGame` ends what they played.
   * @param suspended the gateway is stopping: nobody gets control any more
   */
  leave(session: Session, suspended: boolean, endGame: () => Promise<void>): Promise<void> {
    const { emulator } = session;
    return this.#change(emulator, async () => {
      const stack = this.#stacks.get(emulator) ?? [];
      const left = stack.filter((other) => other !== session);
      if (left.length === 0) {
        this.#stacks.delete(emulator);
        return await endGame();
      }
      this.#stacks.set(emulator, left);
      if (stack.at(-1) !== session || suspended) return;
      await emulator.release();
      await this.#handTo(left.at(-1));
    });
  }

  async #unseat(loser: Session, by: Taker): Promise<void> {
    const { emulator } = loser;
    this.#onLost(loser);
    await loser.standing.yield(by);
    emulator.control(undefined);
    await emulator.release();
  }

  async #handTo(session: Session | undefined): Promise<void> {
    if (session === undefined) return;
    const { emulator } = session;
    const { paceBefore } = session.standing;
    if (paceBefore !== undefined) await emulator.setPace(paceBefore);
    emulator.control(session.news);
    session.standing.regain();
    session.noteControl(session.owner);
  }

  #change<T>(emulator: Emulator, change: () => Promise<T>): Promise<T> {
    const before = this.#changes.get(emulator) ?? Promise.resolve();
    const changed = before.then(change);
    const settled = changed.catch(() => undefined);
    this.#changes.set(emulator, settled);
    void settled.then(() => {
      if (this.#changes.get(emulator) === settled) this.#changes.delete(emulator);
    });
    return changed;
  }
}

export function takerOf({ id, label, owner }: Pick<Session, 'id' | 'label' | 'owner'>): Taker {
  return { session: id, label: label ?? null, owner };
}
