/** Whether a hello may have what it asks for: who says it, what that role may, and how much of it the token has already. */
import type { Hello } from '../../shared/protocol.ts';
import type { Opening } from '../connection/connection.ts';
import type { Authenticator } from './authenticator.ts';
import type { Guest } from './guest.ts';
import { type Identity, mayDo } from './identity.ts';

type Refusal = Extract<Opening, { ok: false }>;

export interface EntranceDeps {
  readonly authenticator: Authenticator;
  /** Sessions that are this token's. */
  readonly sessionsOf: (name: string) => number;
}

export class Entrance {
  readonly #deps: EntranceDeps;
  /** Who is connected. */
  readonly #guests = new Set<Guest>();

  constructor(deps: EntranceDeps) {
    this.#deps = deps;
  }

  /** Lets the guest in as whom it says it is. Why not, if not. */
  async admit(hello: Hello, guest: Guest): Promise<Refusal | undefined> {
    const verdict =
      guest.identity === undefined
        ? await this.#deps.authenticator.identify(hello.token)
        : ({ ok: true, identity: guest.identity } as const);
    if (!verdict.ok) {
      return {
        ok: false,
        close: 'unauthorized',
        code: 'unauthorized',
        message: verdict.message,
        allowed: 'hello.token',
      };
    }
    const { identity } = verdict;
    const refused = this.#refusal(hello, identity);
    if (refused !== undefined) return refused;
    guest.identified(identity);
    this.#guests.add(guest);
    return undefined;
  }

  /** The guest is gone. */
  left(guest: Guest): void {
    this.#guests.delete(guest);
  }

  /** Who presents another token on a connection must be who it was. Why it is not taken, if not. */
  async renew(token: string, guest: Guest): Promise<string | undefined> {
    const verdict = await this.#deps.authenticator.identify(token);
    if (!verdict.ok) return verdict.message;
    if (verdict.identity.name !== guest.identity?.name) return 'the token is another one’s';
    guest.identified(verdict.identity);
    return undefined;
  }

  #refusal(hello: Hello, identity: Identity): Refusal | undefined {
    const plays = hello.role !== 'watch';
    const { name, role, limits = {} } = identity;
    if (plays && !mayDo(identity, 'play')) {
      return forbidden(`the token allows to ${role}; to play it must allow that`, "hello.role: 'watch'");
    }
    const { connections = Infinity, sessions = Infinity } = limits;
    if (this.#connectionsOf(name) >= connections) {
      return tooMany(`the token has ${connections} connections, as many as it may have`);
    }
    const begins = plays && hello.resume === undefined;
    if (begins && this.#deps.sessionsOf(name) >= sessions) {
      return tooMany(`the token has ${sessions} sessions, as many as it may have`);
    }
    return undefined;
  }

  #connectionsOf(name: string): number {
    let count = 0;
    for (const { identity } of this.#guests) if (identity?.name === name) count += 1;
    return count;
  }
}

function forbidden(message: string, allowed: string): Refusal {
  return { ok: false, close: 'hello_refused', code: 'forbidden', message, allowed };
}

function tooMany(message: string): Refusal {
  return { ok: false, close: 'try_again_later', code: 'too_many', message };
}
