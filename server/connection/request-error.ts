/** Builds `error` messages: the request failed, the connection lives. */
import { REQUEST_ERRORS, type RequestCode } from '../../shared/errors.ts';
import type { RequestError, ServerMessage } from '../../shared/protocol.ts';

/** The body of an error; whether it is retryable follows from its code. */
export function errorBody(
  code: RequestCode,
  message: string,
  more: Omit<RequestError, 'code' | 'message' | 'retryable'> = {},
): RequestError {
  return { code, message, retryable: REQUEST_ERRORS[code].retryable, ...more };
}

export function errorMessage(callId: number | undefined, error: RequestError): ServerMessage {
  return { type: 'error', callId, error };
}
