/** The option `emulator` of channels that are about one: a running emulator by id, or the session's own. */
import { type Check, field, show } from '../../shared/check.ts';
import type { Params } from '../../shared/protocol.ts';
import { errorBody } from '../connection/request-error.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { Subscriber, SubscribeResult } from './channel.ts';

export interface RunningEmulators {
  readonly emulator: (id: string) => Emulator | undefined;
  /** Ids of all that run. */
  readonly running: () => readonly string[];
  /** The emulator that a session plays on. */
  readonly emulatorOf: (sessionId: string) => string | undefined;
}

type Refused = Extract<SubscribeResult, { ok: false }>;

/** Says what is wrong with all options that were read, this one last. */
export function findEmulator(
  check: Check,
  options: Params,
  { sessionId }: Subscriber,
  deps: RunningEmulators,
): { readonly ok: true; readonly emulator: Emulator } | Refused {
  const named = field(options, 'emulator');
  const own = sessionId === undefined ? undefined : deps.emulatorOf(sessionId);
  const id = named === undefined ? own : check.text(named, 'emulator');
  if (check.problem !== undefined) return { ok: false, error: errorBody('invalid_params', check.problem) };
  const emulator = id === undefined ? undefined : deps.emulator(id);
  // One that is just being closed has told its last already.
  if (emulator !== undefined && !emulator.closed) return { ok: true, emulator };
  const allowed = deps.running().join(', ') || 'none is running';
  return { ok: false, error: errorBody('unknown_emulator', `emulator ${show(id)}`, { allowed }) };
}
