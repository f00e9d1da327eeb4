/** Whether a session's entries reach the emulator, or another session has taken over. */
import type { Emulator } from '../emulator/emulator.ts';
import type { PaceSetting } from '../emulator/pace.ts';
import type { Presence } from './presence.ts';
import type { Rest } from './rest.ts';

/** Who takes over, as the one who loses control is told. */
export interface Taker {
  readonly session: string;
  readonly label: string | null;
  /** Name of its token. */
  readonly owner: string;
}

export interface StandingDeps {
  readonly emulator: Emulator;
  readonly presence: Presence;
  readonly rest: Rest;
  /** What is queued is rejected. Resolves when what is in flight has ended. */
  readonly surrender: () => Promise<void>;
  /** It has changed, for the record. */
  readonly onChange: () => void;
  /** Control is lost, and nothing of the session is in flight any more. */
  readonly onYielded: () => void;
}

type State =
  | { readonly kind: 'controls' }
  /** Another session has taken over; `pace` is to be restored when it gives control back. */
  | { readonly kind: 'aside'; readonly by: Taker; readonly pace: PaceSetting };

export class Standing {
  readonly #deps: StandingDeps;
  #state: State = { kind: 'controls' };

  constructor(deps: StandingDeps) {
    this.#deps = deps;
  }

  get controls(): boolean {
    return this.#state.kind === 'controls';
  }

  /** Who took control; undefined while the session has it. */
  get takenBy(): Taker | undefined {
    return this.#state.kind === 'aside' ? this.#state.by : undefined;
  }

  /** The pace when control was lost; undefined while the session has it. */
  get paceBefore(): PaceSetting | undefined {
    return this.#state.kind === 'aside' ? this.#state.pace : undefined;
  }

  /** Another session takes over: what is queued is rejected. Resolves when what is in flight has ended. */
  async yield(by: Taker): Promise<void> {
    const { emulator, presence } = this.#deps;
    this.standAside(by, emulator.pace);
    const quiet = this.#deps.surrender();
    presence.tell('control_lost', { by: by.session, label: by.label, owner: by.owner });
    await quiet;
    // What was in flight may have been a change of the pace.
    this.standAside(by, emulator.pace);
    this.#deps.onChange();
    this.#deps.onYielded();
  }

  /** Whoever took over has left. */
  regain(): void {
    const { emulator, presence, rest } = this.#deps;
    this.#state = { kind: 'controls' };
    this.#deps.onChange();
    presence.tell('control_granted', { emulator: emulator.id, frame: emulator.frame });
    // Whoever left may have left the game at rest, and this one may have nobody to play it.
    if (presence.detached) rest.begin();
    else rest.end();
  }

  /** Another session controls its emulator, also after both were brought back. */
  standAside(by: Taker, pace: PaceSetting): void {
    this.#state = { kind: 'aside', by, pace };
  }
}
