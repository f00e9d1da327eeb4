/** The option `session` of channels that are about one: a session by id, or the subscriber's own. */
import { errorBody } from '../connection/request-error.ts';

/** What is said where there is no such session. @param id undefined where none was named, of a connection that plays none */
export function unknownSession(id: string | undefined): ReturnType<typeof errorBody> {
  const message = id === undefined ? 'session: this connection plays none' : `session ${JSON.stringify(id)}`;
  return errorBody('unknown_session', message, { allowed: 'the id of a running session' });
}
