/**
 * Who controls each emulator: one session at a time. Who takes over stands on top of whom it took over from, and when it leaves, control goes
 * back to the one below.
 */
import type { Pace } from '../../shared/protocol.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { Session } from './session.ts';

/** Who takes over, as the one who loses control is told. */
export interface Taker {
  readonly session: string;
  readonly label: string | null;
  /** Name of its token. */
  readonly owner: string;
}

interface Place {
  readonly session: Session;
  /** Its pace when it lost control. */
  pace: { readonly pace: Pace; readonly speed: number };
}

export class Control {
  readonly #stacks = new Map<Emulator, Place[]>();
  /** Changes of control run one after the other. */
  readonly #changes = new Map<Emulator, Promise<unknown>>();

  /** Who controls the emulator now. */
  controller(emulator: Emulator): Session | undefined {
    return this.#stacks.get(emulator)?.at(-1)?.session;
  }

  /** The session plays on its emulator, on top of whoever else does. */
  begin(session: Session): void {
    const stack = this.#stacks.get(session.emulator) ?? [];
    stack.push({ session, pace: session.emulator.pace });
    this.#stacks.set(session.emulator, stack);
  }

  /**
   * Takes control away from whoever has it; `next` then begins a session on top. When it does not (undefined), control goes back.
   * What is in flight ends first, what is queued is rejected, and no button stays pressed.
   */
  take<T>(emulator: Emulator, by: Taker, next: () => Promise<T | undefined>): Promise<T | undefined> {
    return this.#change(emulator, async () => {
      const loser = this.#stacks.get(emulator)?.at(-1);
      if (loser !== undefined) {
        loser.pace = emulator.pace;
        await loser.session.yieldControl(by);
        emulator.control(undefined);
        await emulator.release();
      }
      const taken = await next();
      if (taken === undefined) await this.#handTo(emulator, this.#stacks.get(emulator)?.at(-1));
      else this.controller(emulator)?.noteControl(by.owner);
      return taken;
    });
  }

  /**
   * The session is over. Whether others still play on its emulator.
   * @param suspended the gateway is stopping: nobody gets control any more
   */
  leave(session: Session, suspended: boolean): Promise<boolean> {
    const { emulator } = session;
    return this.#change(emulator, async () => {
      const stack = this.#stacks.get(emulator) ?? [];
      const wasTop = stack.at(-1)?.session === session;
      const left = stack.filter((place) => place.session !== session);
      if (left.length === 0) {
        this.#stacks.delete(emulator);
        return false;
      }
      this.#stacks.set(emulator, left);
      if (wasTop && !suspended) {
        await emulator.release();
        await this.#handTo(emulator, left.at(-1));
      }
      return true;
    });
  }

  async #handTo(emulator: Emulator, place: Place | undefined): Promise<void> {
    if (place === undefined) return;
    const { session, pace } = place;
    const now = emulator.pace;
    if (emulator.ready && (pace.pace !== now.pace || pace.speed !== now.speed)) {
      await emulator.command({ method: 'pace', ...pace });
    }
    emulator.control(session);
    session.regainControl();
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
