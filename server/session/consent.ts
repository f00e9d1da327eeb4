/** Whether a session may take control from another: by its role, because nobody needs one here, or because the other agrees. */
import type { Clock } from '../clock.ts';
import { type Identity, ROLES } from '../access/identity.ts';
import type { Taker } from './control.ts';
import type { Session } from './session.ts';

/** How long a controller may think about it, in ms. */
const ANSWER_MS = 30_000;

interface Asked {
  readonly session: string;
  readonly answer: (granted: boolean) => void;
}

export class Consent {
  readonly #clock: Clock;
  readonly #asked = new Map<number, Asked>();
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined when it may, else why not. */
  async ask(taker: Identity, by: Taker, controller: Session): Promise<string | undefined> {
    if (isHigher(taker, controller)) return undefined;
    const request = ++this.#last;
    controller.tell('control_requested', { request, by: by.session, label: by.label, owner: by.owner });
    const granted = await new Promise<boolean | undefined>((resolve) => {
      const timer = this.#clock.after(ANSWER_MS, () => resolve(undefined));
      const answer = (yes: boolean) => {
        timer.cancel();
        resolve(yes);
      };
      this.#asked.set(request, { session: controller.id, answer });
    });
    this.#asked.delete(request);
    if (granted === undefined) return `who controls it did not answer within ${ANSWER_MS} ms`;
    return granted ? undefined : 'who controls it does not want to give it away';
  }

  /** The controller's answer. False when that was not asked, or not of this session. */
  answer(session: string, request: number, granted: boolean): boolean {
    const asked = this.#asked.get(request);
    if (asked?.session !== session) return false;
    asked.answer(granted);
    return true;
  }
}

/** Where no token is wanted everybody is the local user, and may. A name is no proof: a lower role of the same name asks. */
function isHigher(taker: Identity, { role, owner }: Session): boolean {
  const above = ROLES.indexOf(taker.role) - ROLES.indexOf(role);
  return above > 0 || (above === 0 && taker.name === owner);
}
