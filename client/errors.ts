/** The codes of what the SDK itself throws. Everything it throws is a `JoywireError`; look at its `code`. */
import { JoywireError } from '../shared/errors.ts';

/**
 * Why a call to the SDK failed. What the gateway refuses comes with the gateway's own code instead
 * (`REQUEST_ERRORS`: `unauthorized`, `unsupported`, `invalid_params`, ...), and a connection that the gateway
 * ends before the welcome with the name of its close code (`CLOSE_CODES`: `try_again_later`, ...).
 */
export const CLIENT_ERRORS = {
  invalid_url: 'the address is no http, https, ws or wss URL and no host:port',
  invalid_argument: 'an argument cannot be sent; the message says what is allowed',
  script_error: 'the script cannot be read; the message names line and column',
  connection_failed: 'no WebSocket could be opened',
  connect_timeout: 'the gateway did not welcome the session in time',
  connection_lost: 'the connection ended; what became of entries without an outcome is not known',
  session_lost: 'the session could not be resumed; what became of entries without an outcome is not known',
  call_lost: 'the connection broke before the answer came, and the game has gone on since; ask again',
  protocol_error:
    'the gateway sent what is no message of the protocol, or one that contradicts an earlier one',
  group_too_large: 'the group has more members than the gateway takes; nothing was sent',
  message_too_big: 'the message would be larger than the gateway takes; nothing of it was sent',
  session_ended: 'the session has been closed',
  aborted: 'the AbortSignal was aborted',
} as const;

export type ClientErrorCode = keyof typeof CLIENT_ERRORS;

/** A `JoywireError` with one of the SDK's own codes. */
export function clientError(
  code: ClientErrorCode,
  message: string = CLIENT_ERRORS[code],
  cause?: unknown,
): JoywireError {
  return new JoywireError(code, message, cause === undefined ? undefined : { cause });
}
