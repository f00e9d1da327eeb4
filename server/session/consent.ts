/** Whether a session may take control from another: by its role, because nobody needs one here, or because the other agrees. */
import { type Identity, ROLES } from '../access/identity.ts';
import type { Clock } from '../clock.ts';
import type { Session } from './session.ts';
import type { Taker } from './standing.ts';

/** How long a controller may think about it, in ms. */
const ANSWER_MS = 30_000;

export type Answer =
  | { readonly kind: 'granted' }
  | { readonly kind: 'refused'; readonly why: string }
  /** Who was asked does not control it any more. */
  | { readonly kind: 'moot' };

/** Who asks, while it waits for the answer. */
export interface Asking {
  /** Told that the controller is asked, and how long that may take at most. */
  readonly asked?: (answerMs: number) => void;
  /** Aborted when it is gone. */
  readonly signal?: AbortSignal;
}

interface Asked {
  readonly session: string;
  readonly by: string;
  readonly settle: (answer: Answer) => void;
}

export class Consent {
  readonly #clock: Clock;
  readonly #asked = new Map<number, Asked>();
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks the controller, unless the taker may have it anyway. */
  async ask(taker: Identity, by: Taker, controller: Session, asking: Asking): Promise<Answer> {
    if (isHigher(taker, controller)) return { kind: 'granted' };
    if (asking.signal?.aborted === true) return GONE;
    if ([...this.#asked.values()].some((asked) => asked.by === by.session))
      return refused('it is asked already');
    const request = ++this.#last;
    controller.presence.tell('control_requested', {
      request,
      by: by.session,
      label: by.label,
      owner: by.owner,
    });
    asking.asked?.(ANSWER_MS);
    return await this.#answerTo(request, controller.id, by.session, asking.signal);
  }

  /** The controller's answer. False when that was not asked, or not of this session. */
  answer(session: string, request: number, granted: boolean): boolean {
    const asked = this.#asked.get(request);
    if (asked?.session !== session) return false;
    asked.settle(granted ? { kind: 'granted' } : refused('who controls it does not want to give it away'));
    return true;
  }

  /** The session does not control its emulator any more, or is over: what it was asked is another's to answer. */
  moot(session: string): void {
    for (const asked of this.#asked.values()) {
      if (asked.session === session) asked.settle({ kind: 'moot' });
      else if (asked.by === session) asked.settle(GONE);
    }
  }

  #answerTo(request: number, session: string, by: string, signal: AbortSignal | undefined): Promise<Answer> {
    return new Promise((resolve) => {
      const gone = () => settle(GONE);
      const late = refused(`who controls it did not answer within ${ANSWER_MS} ms`);
      const timer = this.#clock.after(ANSWER_MS, () => settle(late));
      const settle = (answer: Answer) => {
        timer.cancel();
        signal?.removeEventListener('abort', gone);
        this.#asked.delete(request);
        resolve(answer);
      };
      signal?.addEventListener('abort', gone, { once: true });
      this.#asked.set(request, { session, by, settle });
    });
  }
}

const GONE = refused('who asked is gone');

function refused(why: string): Answer {
  return { kind: 'refused', why };
}

/** Where no token is wanted everybody is the local user, and may. A name is no proof: a lower role of the same name asks. */
function isHigher(taker: Identity, { role, owner }: Session): boolean {
  const above = ROLES.indexOf(taker.role) - ROLES.indexOf(role);
  return above > 0 || (above === 0 && taker.name === owner);
}
