/** Answers a hello: lets in who may come, while there is memory, and turns a fault into an answer. */
import type { Entrance } from '../access/entrance.ts';
import type { Guest } from '../access/guest.ts';
import { type Identity, LOCAL } from '../access/identity.ts';
import type { Hello } from '../../shared/protocol.ts';
import type { Opening } from '../connection/connection.ts';
import type { Applicant } from '../emulator/waiting-line.ts';
import { errorFields, type Log } from '../log.ts';
import type { SessionRegistry } from './registry.ts';

export interface OpenerDeps {
  readonly entrance: Entrance;
  readonly sessions: Pick<SessionRegistry, 'find' | 'open'>;
  /** Whether what clients make the gateway hold is all that it may hold. */
  readonly memoryFull: () => boolean;
  readonly log: Log;
}

export class Opener {
  readonly #deps: OpenerDeps;

  constructor(deps: OpenerDeps) {
    this.#deps = deps;
  }

  /** For a guest, who has to say who it is. Never rejects. */
  async admit(hello: Hello, guest: Guest, applicant: Applicant): Promise<Opening> {
    try {
      const refused = await this.#deps.entrance.admit(hello, guest);
      return refused ?? (await this.open(hello, applicant, guest.identity ?? LOCAL));
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** For somebody who is known already. Never rejects. */
  async open(hello: Hello, applicant: Applicant, by: Identity): Promise<Opening> {
    const { sessions, memoryFull } = this.#deps;
    // A session that is here already has its memory, and resuming it lets its outcomes go.
    const known = hello.resume !== undefined && sessions.find(hello.resume.session) !== undefined;
    if (!known && memoryFull()) {
      const message = 'the gateway is short of memory and takes no new sessions';
      return { ok: false, close: 'try_again_later', code: 'overloaded', message };
    }
    try {
      return await sessions.open(hello, applicant, by);
    } catch (error) {
      return this.#failed(error);
    }
  }

  #failed(error: unknown): Opening {
    this.#deps.log.error('opening a session failed', errorFields(error));
    const message = 'opening the session failed in the gateway';
    return { ok: false, close: 'internal_error', code: 'internal', message };
  }
}
