/** What was sent between the entries and may have to be sent again after a break, each in its place: calls, flush, cancel. Pure. */
import { guardsBehind } from '../shared/guards.ts';
import { CALLS, type ClientMessage } from '../shared/protocol.ts';

type Call = Extract<ClientMessage, { type: 'call' }>;

interface Aside {
  /** The seq that the next entry had when it was sent. */
  readonly beforeSeq: number;
  readonly message: ClientMessage;
}

/** Entries that were sent together and do not have all their outcomes. */
export interface Unacked {
  readonly firstSeq: number;
  /** What to send again, in order: messages that stand for themselves, without macros and scripts. */
  readonly messages: readonly ClientMessage[];
}

/** What to send again, in order; and the calls that cannot be made again. */
export interface Replay {
  readonly messages: readonly ClientMessage[];
  readonly lost: readonly number[];
}

export class Asides {
  /** By call id; what has no answer under a number below 0. Maps keep their order. */
  readonly #waiting = new Map<number, Aside>();
  #unanswered = 0;

  add(message: ClientMessage, beforeSeq: number): void {
    this.#unanswered -= 1;
    this.#waiting.set(message.type === 'call' ? message.id : this.#unanswered, { beforeSeq, message });
  }

  answered(callId: number): void {
    this.#waiting.delete(callId);
  }

  /** What was about entries that have their outcomes has done its work. */
  acked(throughSeq: number): void {
    for (const [key, { beforeSeq, message }] of this.#waiting) {
      if (message.type !== 'call' && beforeSeq <= throughSeq + 1) this.#waiting.delete(key);
    }
  }

  /** For a gateway that has accepted everything below `nextSeq`. */
  replay(entries: readonly Unacked[], nextSeq: number): Replay {
    const messages: ClientMessage[] = [];
    const lost: number[] = [];
    const asides = [...this.#waiting.values()];
    let at = 0;
    const asidesBefore = (seq: number): void => {
      for (let aside = asides[at]; aside !== undefined && aside.beforeSeq <= seq; aside = asides[++at]) {
        const { message, beforeSeq } = aside;
        if (beforeSeq >= nextSeq || (message.type === 'call' && isTimeless(message))) messages.push(message);
        else if (message.type === 'call') lost.push(message.id);
      }
    };
    for (const unacked of entries) {
      asidesBefore(unacked.firstSeq);
      for (const message of unacked.messages) {
        if (lastSeq(message) >= nextSeq) messages.push(from(nextSeq, message));
      }
    }
    asidesBefore(Infinity);
    // A call that the gateway is known to have had, of a kind that this client does not know, is not made twice.
    return { messages, lost };
  }
}

function lastSeq(message: ClientMessage): number {
  if (message.type === 'inputs') return message.firstSeq + message.presses.length - 1;
  return 'seq' in message ? message.seq : 0;
}

/** The message without the members of a group that ran before the gateway was killed: those from `seq` on are not known to it. */
function from(seq: number, message: ClientMessage): ClientMessage {
  if (message.type !== 'inputs' || seq <= message.firstSeq) return message;
  const skip = seq - message.firstSeq;
  const { guards } = message.options ?? {};
  const rest = { ...message, firstSeq: seq, presses: message.presses.slice(skip) };
  return guards === undefined
    ? rest
    : { ...rest, options: { ...message.options, guards: guardsBehind(guards, skip) } };
}

/** Calls that change something else when they are made twice. */
const ONCE: ReadonlySet<string> = new Set([
  'delete_checkpoint',
  'kick',
  'release',
  'grant_control',
  'give_back',
  'take_control',
]);

/** Whether asking again, later than it was asked first, gives what was wanted and does no harm. */
function isTimeless({ method, params }: Call): boolean {
  if (!CALLS.some((known) => known === method) || ONCE.has(method)) return false;
  // Its runs may begin with the session's own game. Whoever made it asks for its results, and so learns whether it arrived.
  if (method === 'rollout') return false;
  return (method !== 'screen' && method !== 'memory') || params['now'] === true || 'emulator' in params;
}
