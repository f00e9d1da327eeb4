/** Why there is no connection, in the words of whoever looks at the page. */
import { JoywireError } from '../../index.ts';

export type TroubleKind = 'token' | 'forbidden' | 'full' | 'unknown' | 'gone' | 'refused' | 'other';

export interface Trouble {
  readonly kind: TroubleKind;
  /** What the gateway or the SDK said. */
  readonly message: string;
}

const KINDS: ReadonlyMap<string, TroubleKind> = new Map<string, TroubleKind>([
  ['unauthorized', 'token'],
  ['forbidden', 'forbidden'],
  ['hello_refused', 'forbidden'],
  ['no_emulator', 'full'],
  ['too_many', 'full'],
  ['overloaded', 'full'],
  ['try_again_later', 'full'],
  ['unknown_emulator', 'unknown'],
  ['unsupported', 'unknown'],
  ['control_refused', 'refused'],
  ['connection_failed', 'gone'],
  ['connect_timeout', 'gone'],
  ['connection_lost', 'gone'],
  ['session_lost', 'gone'],
  ['service_restart', 'gone'],
  ['going_away', 'gone'],
]);

export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof JoywireError)) return { kind: 'other', message: String(error) };
  return { kind: KINDS.get(error.code) ?? 'other', message: error.message };
}
