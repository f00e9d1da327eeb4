/** Who somebody is to the gateway, and what that allows. */
import { z } from 'zod';

/** What a token allows: each role may do what those before it may. */
export const ROLES = ['watch', 'play', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const atMost = (least: number) => z.int().min(least).optional();

/** Bounds of one token, besides those of everybody: sessions that play at once, connections at once, rollouts at once, and what each connection may send. */
export const tokenLimits = z.strictObject({
  sessions: atMost(0),
  connections: atMost(0),
  rollouts: atMost(0),
  messagesPerSecond: atMost(1),
  inputsPerSecond: atMost(1),
});
export type TokenLimits = Readonly<z.output<typeof tokenLimits>>;

/** Who a connection or a request is: from its token, or the local user where none is wanted. */
export interface Identity {
  /** Name of the token, or subject of the JWT. */
  readonly name: string;
  readonly role: Role;
  /** When the token stops to count, in ms since 1970. */
  readonly expiresAtMs?: number | undefined;
  readonly limits?: TokenLimits | undefined;
}

/** Everybody on a gateway that wants no token: may do all. */
export const LOCAL: Identity = { name: 'local', role: 'admin' };

export function mayDo({ role }: Identity, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
