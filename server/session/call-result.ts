/** What a call comes to. */
import { compact } from '../../shared/check.ts';
import type { RequestCode } from '../../shared/errors.ts';
import type { RequestError } from '../../shared/protocol.ts';
import { errorBody } from '../connection/request-error.ts';

export type CallResult = { readonly ok: true; readonly value: unknown } | Refused;

/** It failed, and the connection lives. */
export interface Refused {
  readonly ok: false;
  readonly error: RequestError;
}

export function refused(code: RequestCode, message: string, allowed?: string): Refused {
  return { ok: false, error: errorBody(code, message, compact({ allowed })) };
}
