/** Whether a hello may come in: who says it, what that role may, and how many connections the token has already. */
import type { Hello } from '../../shared/protocol.ts';
import type { Opening } from '../connection/connection.ts';
import type { Authenticator, Verdict } from './authenticator.ts';
import type { Guest } from './guest.ts';
import { type Identity, mayDo } from './identity.ts';

type Refusal = Extract<Opening, { ok: false }>;

/** Why another token is not taken. */
export type NotRenewed = Pick<Refusal, 'code' | 'message'>;

export class Entrance {
  readonly #authenticator: Authenticator;
  /** Who is connected. */
  readonly #guests = new Set<Guest>();

  constructor(authenticator: Authenticator) {
    this.#authenticator = authenticator;
  }

  /** Lets the guest in as whom it says it is. Why not, if not. */
  async admit(hello: Hello, guest: Guest): Promise<Refusal | undefined> {
    const verdict =
      guest.identity === undefined
        ? await this.#authenticator.identify(hello.token)
        : ({ ok: true, identity: guest.identity } as const);
    if (!verdict.ok) return unknown(verdict);
    const { identity } = verdict;
    const refused = this.#refusal(hello, identity);
    if (refused !== undefined) return refused;
    guest.admitted(identity, plays(hello));
    this.#guests.add(guest);
    return undefined;
  }

  /** The guest is gone. */
  left(guest: Guest): void {
    this.#guests.delete(guest);
  }

  /** Who presents another token on a connection must be who it was, and still be allowed what it does there. Why it is not taken, if not. */
  async renew(token: string, guest: Guest): Promise<NotRenewed | undefined> {
    const verdict = await this.#authenticator.identify(token);
    if (!verdict.ok) return unknown(verdict);
    const { identity } = verdict;
    if (identity.name !== guest.identity?.name) {
      return { code: 'unauthorized', message: 'the token is another one’s' };
    }
    if (guest.plays && !mayDo(identity, 'play')) {
      return { code: 'forbidden', message: `the token allows to ${identity.role}; this connection plays` };
    }
    guest.renewed(identity);
    return undefined;
  }

  #refusal(hello: Hello, identity: Identity): Refusal | undefined {
    const { name, role, limits = {} } = identity;
    if (plays(hello) && !mayDo(identity, 'play')) {
      return forbidden(
        `the token allows to ${role}; to play it must allow that`,
        "hello.role: 'watch', without resume",
      );
    }
    const { connections = Infinity } = limits;
    if (connections === 0) return forbidden('the token allows no connections', 'another token');
    if (this.#connectionsOf(name) >= connections) {
      return tooMany(`the token has ${connections} connections, as many as it may have`);
    }
    return undefined;
  }

  #connectionsOf(name: string): number {
    let count = 0;
    for (const { identity } of this.#guests) if (identity?.name === name) count += 1;
    return count;
  }
}

/** Whatever role a hello names: who resumes a session plays it. */
function plays({ role, resume }: Hello): boolean {
  return role !== 'watch' || resume !== undefined;
}

function unknown({ message, temporary }: Extract<Verdict, { ok: false }>): Refusal {
  return temporary === true
    ? { ok: false, close: 'try_again_later', code: 'keys_unavailable', message }
    : { ok: false, close: 'unauthorized', code: 'unauthorized', message, allowed: 'hello.token' };
}

function forbidden(message: string, allowed: string): Refusal {
  return { ok: false, close: 'hello_refused', code: 'forbidden', message, allowed };
}

function tooMany(message: string): Refusal {
  return { ok: false, close: 'try_again_later', code: 'too_many', message };
}
