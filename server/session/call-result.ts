/** What a call comes to. */
import { compact } from '../../shared/check.ts';
import type { RequestCode } from '../../shared/errors.ts';
import type { RequestError } from '../../shared/protocol.ts';
import { errorBody } from '../connection/request-error.ts';

export type CallResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: RequestError };

export function refused(code: RequestCode, message: string, allowed?: string): CallResult {
  return { ok: false, error: errorBody(code, message, compact({ allowed })) };
}
