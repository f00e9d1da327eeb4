/** Authenticators for tests: one that wants no token, and one that wants this. */
import { Authenticator } from '../../server/access/authenticator.ts';
import { settingsToken } from '../../server/access/static-tokens.ts';

export function authenticator(token?: string): Authenticator {
  return new Authenticator(token === undefined ? [] : [settingsToken(token)], Date.now);
}
