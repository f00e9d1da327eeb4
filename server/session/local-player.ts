/** A player inside the gateway: it has a session like any client, only without a socket in between. */
import type { CloseName } from '../../shared/close-codes.ts';
import { JoywireError } from '../../shared/errors.ts';
import type { Command, Outcome, Press, ServerMessage } from '../../shared/protocol.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { EntryMessage } from './reception.ts';
import type { Link } from './presence.ts';
import type { Session } from './session.ts';

interface Awaited {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: JoywireError) => void;
}

/** Events that tell of the end of a game. */
const LOST: ReadonlySet<string> = new Set(['emulator_replaced', 'emulator_lost']);

export class LocalPlayer implements Link {
  readonly id = undefined;
  readonly #session: Session;
  /** Entries without an outcome, by seq. */
  readonly #awaited = new Map<number, Awaited>();
  #nextSeq = 1;
  #ended: string | undefined;
  #replaced = false;
  #onEnd: (() => void) | undefined;

  constructor(session: Session) {
    this.#session = session;
    session.presence.attach(this);
  }

  get sessionId(): string {
    return this.#session.id;
  }

  /** Why the session is over; undefined while it plays. */
  get ended(): string | undefined {
    return this.#ended;
  }

  /** Whether its game died: the one that took its place has started from power-on. */
  get replaced(): boolean {
    return this.#replaced;
  }

  /** Sends presses as groups, each as large as the session takes. @throws JoywireError `session_ended` */
  async press(presses: readonly Press[]): Promise<Outcome[]> {
    const { limit } = this.#session.credit();
    const outcomes: Outcome[] = [];
    for (let from = 0; from < presses.length; from += limit) {
      const group = presses.slice(from, from + limit);
      const message = {
        type: 'inputs',
        firstSeq: this.#nextSeq,
        presses: group,
        options: undefined,
      } as const;
      outcomes.push(...(await this.#send(message, group.length)));
    }
    return outcomes;
  }

  /** @throws JoywireError `session_ended` */
  async command(command: Command): Promise<Outcome> {
    const [outcome] = await this.#send({ type: 'command', seq: this.#nextSeq, command }, 1);
    if (outcome === undefined) throw new JoywireError('bug', 'a command has one outcome');
    return outcome;
  }

  /** Reads the emulator behind everything sent before. @throws what the reading throws */
  read<T>(reading: (emulator: Emulator) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = () => reading(this.#session.emulator).then(resolve, reject);
      this.#session.read({ kind: 'read', run });
    });
  }

  /** Ends the session after what it has under way; its emulator is free again soon after. */
  leave(): Promise<void> {
    if (this.#ended !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEnd = resolve;
      this.#session.presence.leave(false, 'normal', 'bye');
    });
  }

  /** It reads everything at once. */
  readonly pendingBytes = 0;

  acksReady(): void {
    for (const { firstSeq, outcomes } of this.#session.takeAcks()) {
      for (const [index, outcome] of outcomes.entries()) {
        this.#awaited.get(firstSeq + index)?.resolve(outcome);
        this.#awaited.delete(firstSeq + index);
      }
      this.#session.received(firstSeq + outcomes.length - 1);
    }
    this.#session.acksLeave();
  }

  send(message: ServerMessage): void {
    if (message.type === 'event') this.#replaced ||= LOST.has(message.name);
    if (message.type !== 'error') return;
    const { code, message: text } = message.error;
    this.#fail(new JoywireError(code, text));
  }

  end(_close: CloseName, reason: string): void {
    this.acksReady();
    this.#ended = reason;
    this.#fail(new JoywireError('session_ended', reason));
    this.#onEnd?.();
  }

  #send(message: EntryMessage, count: number): Promise<Outcome[]> {
    if (this.#ended !== undefined) throw new JoywireError('session_ended', this.#ended);
    const outcomes = Array.from({ length: count }, (_, index) => {
      const seq = this.#nextSeq + index;
      return new Promise<Outcome>((resolve, reject) => this.#awaited.set(seq, { resolve, reject }));
    });
    this.#nextSeq += count;
    this.#session.receive(message);
    return Promise.all(outcomes);
  }

  /** Nothing is left to come for what waits. */
  #fail(error: JoywireError): void {
    for (const { reject } of this.#awaited.values()) reject(error);
    this.#awaited.clear();
  }
}
