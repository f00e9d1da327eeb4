/** The calls of a connection that have no answer yet: each gets one, at the latest when the session ends. */
import type { ServerMessage } from '../../shared/protocol.ts';
import { errorBody, errorMessage } from './request-error.ts';

export class Unanswered {
  readonly #send: (message: ServerMessage) => void;
  /** Each call by itself, whatever ids the client chose. */
  readonly #calls = new Set<{ readonly id: number }>();

  constructor(send: (message: ServerMessage) => void) {
    this.#send = send;
  }

  /** A call has come; what its answer is to be handed to. What comes after the session's end is dropped. */
  add(id: number): (answer: ServerMessage) => void {
    const call = { id };
    this.#calls.add(call);
    return (answer) => {
      if (this.#calls.delete(call)) this.#send(answer);
    };
  }

  /** The session is over: nothing that was asked will be answered in another way. */
  sessionEnded(): void {
    for (const { id } of this.#calls) {
      this.#send(
        errorMessage(id, errorBody('session_ended', 'the session ended before there was an answer')),
      );
    }
    this.#calls.clear();
  }
}
