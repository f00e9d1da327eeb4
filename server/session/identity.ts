/** Who a session is, from its beginning to its end. */
import type { Role } from '../access/identity.ts';

export interface SessionIdentity {
  readonly id: string;
  /** Of the secret it is resumed with only the hash is kept. */
  readonly secretHash: Buffer;
  readonly label: string | undefined;
  /** Name of the token it began with, and what that allows. */
  readonly owner: string;
  readonly role: Role;
}
