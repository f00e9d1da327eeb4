/** Taking an emulator over and giving it back: asks whoever controls it, as often as that is another by the time it has answered. */
import type { Clock } from '../clock.ts';
import type { Emulator } from '../emulator/emulator.ts';
import { type Asking, Consent } from './consent.ts';
import { type Change, Control, takerOf } from './control.ts';
import type { SessionIdentity } from './identity.ts';
import type { Session } from './session.ts';

export type Taking =
  | { readonly kind: 'taken'; readonly session: Session }
  /** Nobody controls it: it is to be leased. */
  | { readonly kind: 'free' }
  | { readonly kind: 'refused'; readonly why: string };

export type GivingBack = 'given' | 'not_controller' | 'alone';

export class Takeover {
  readonly control: Control;
  readonly #consent: Consent;

  constructor(clock: Clock) {
    this.#consent = new Consent(clock);
    this.control = new Control((loser) => this.#consent.moot(loser.id));
  }

  /** Begins a session on an emulator on which somebody plays already. `begin` begins it, or says why not. */
  async take(
    find: () => Emulator | undefined,
    who: SessionIdentity,
    asking: Asking,
    begin: (emulator: Emulator) => Promise<Session | string>,
  ): Promise<Taking> {
    let why = '';
    const change = await this.#change(find, who, asking, (emulator, controller) =>
      this.control.take(emulator, controller, takerOf(who), async () => {
        const begun = await begin(emulator);
        if (typeof begun !== 'string') return begun;
        why = begun;
        return undefined;
      }),
    );
    if (change.kind === 'done') return { kind: 'taken', session: change.value };
    return change.kind === 'undone' ? { kind: 'refused', why } : change;
  }

  /** A session that lost control wants it again. Why not, if not. */
  async retake(session: Session): Promise<string | undefined> {
    const find = () => (session.presence.leaving ? undefined : session.emulator);
    const change = await this.#change(find, session, {}, (_emulator, controller) =>
      this.control.retake(session, controller),
    );
    if (change.kind === 'done') return undefined;
    return change.kind === 'refused' ? change.why : 'the session is over';
  }

  /** Gives control to whom it was taken from, once what the session has sent so far has run. */
  async giveBack(session: Session): Promise<GivingBack> {
    if (!session.standing.controls) return 'not_controller';
    await new Promise<void>((resolve) => {
      session.read({ kind: 'read', run: async () => resolve() });
    });
    const { kind } = await this.control.giveBack(session);
    if (kind === 'alone') return 'alone';
    return kind === 'done' ? 'given' : 'not_controller';
  }

  /** The controller's answer to who asked for control. False when nobody asked. */
  answer(session: string, request: number, granted: boolean): boolean {
    return this.#consent.answer(session, request, granted);
  }

  /** The session is over. */
  leave(session: Session, suspended: boolean, endGame: () => Promise<void>): Promise<void> {
    const left = this.control.leave(session, suspended, endGame);
    this.#consent.moot(session.id);
    return left;
  }

  async #change<T>(
    find: () => Emulator | undefined,
    who: SessionIdentity,
    asking: Asking,
    make: (emulator: Emulator, controller: Session) => Promise<Change<T>>,
  ): Promise<Exclude<Change<T>, { kind: 'moved' | 'alone' }> | Exclude<Taking, { kind: 'taken' }>> {
    for (;;) {
      const emulator = find();
      if (emulator === undefined) return { kind: 'free' };
      await this.control.settled(emulator);
      const controller = this.control.controller(emulator);
      if (controller === undefined) return { kind: 'free' };
      const identity = { name: who.owner, role: who.role };
      const answer = await this.#consent.ask(identity, takerOf(who), controller, asking);
      if (answer.kind === 'refused') return answer;
      if (answer.kind === 'moot') continue;
      const change = await make(emulator, controller);
      if (change.kind === 'done' || change.kind === 'undone') return change;
    }
  }
}
