/** The calls of a connection: reads of a game, lists, statistics, and the session's settings. One function each. */
import { Check, field, show } from '../../shared/check.ts';
import { JoywireError } from '../../shared/errors.ts';
import {
  CALLS,
  type CallMethod,
  type ClientMessage,
  ON_FAILURE,
  type Params,
  PICTURE_FORMATS,
  type ServerMessage,
} from '../../shared/protocol.ts';
import { batching, memoryRanges, observe } from '../../shared/settings.ts';
import { errorMessage } from '../connection/request-error.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { Pool } from '../emulator/pool.ts';
import { observeUnsupported } from '../emulator/support.ts';
import type { Guest } from '../access/guest.ts';
import { ADMIN_METHODS, type AdminCallDeps } from './admin-calls.ts';
import { type CallResult, refused } from './call-result.ts';
import { CONTROL_METHODS, type ControlCallDeps } from './control-calls.ts';
import { CHECKPOINT_METHODS, type CheckpointCallDeps } from './checkpoint-calls.ts';
import { ROLLOUT_METHODS, type RolloutCallDeps } from './rollout-calls.ts';
import type { EmulatorListing } from './emulator-list.ts';
import type { Session } from './session.ts';

type Call = Extract<ClientMessage, { type: 'call' }>;

export interface CallDeps extends CheckpointCallDeps, AdminCallDeps, ControlCallDeps, RolloutCallDeps {
  readonly pool: Pool;
  readonly emulators: () => readonly EmulatorListing[];
  /** Answers the `stats` call for a connection of this session. */
  readonly readStats: (params: Params, sessionId: string | undefined) => CallResult;
  /** A fault of the gateway. */
  readonly onError: (error: unknown) => void;
}

type Answer = CallResult | Promise<CallResult>;
type Method = (params: Params, session: Session | undefined, deps: CallDeps, guest: Guest) => Answer;

const METHODS: Readonly<Record<CallMethod, Method>> = {
  screen(params, session, deps) {
    const check = new Check();
    const format = field(params, 'format');
    const wanted = format === undefined ? 'png' : check.oneOf(format, 'format', PICTURE_FORMATS);
    return readEmulator(check, params, session, deps, async (emulator) => {
      const { frame, value } = await emulator.screen(wanted);
      return { ok: true, value: { frame, format: wanted, bytes: value } };
    });
  },
  memory(params, session, deps) {
    const check = new Check();
    const ranges = memoryRanges(check, field(params, 'ranges'));
    return readEmulator(check, params, session, deps, async (emulator) => {
      const { frame, value } = await emulator.memory(ranges);
      return { ok: true, value: { frame, memory: value } };
    });
  },
  stats(params, session, deps) {
    return deps.readStats(params, session?.id);
  },
  emulators(_params, _session, { emulators }) {
    return { ok: true, value: { emulators: emulators() } };
  },
  async roms(_params, _session, { pool }) {
    return { ok: true, value: { roms: await pool.roms() } };
  },
  grant_control: ofPlayer(CONTROL_METHODS.grant_control),
  give_back: ofPlayer(CONTROL_METHODS.give_back),
  take_control: ofPlayer(CONTROL_METHODS.take_control),
  authenticate: (params, _session, deps, guest) => ADMIN_METHODS.authenticate(params, guest, deps),
  sessions: (params, _session, deps, guest) => ADMIN_METHODS.sessions(params, guest, deps),
  kick: (params, _session, deps, guest) => ADMIN_METHODS.kick(params, guest, deps),
  release: (params, _session, deps, guest) => ADMIN_METHODS.release(params, guest, deps),
  checkpoints: ofSession(CHECKPOINT_METHODS.checkpoints),
  download_checkpoint: ofSession(CHECKPOINT_METHODS.download_checkpoint),
  upload_checkpoint: ofSession(CHECKPOINT_METHODS.upload_checkpoint),
  delete_checkpoint: ofSession(CHECKPOINT_METHODS.delete_checkpoint),
  rollout: ofPlayer(ROLLOUT_METHODS.rollout),
  rollout_results: ofPlayer(ROLLOUT_METHODS.rollout_results),
  cancel_rollout: ofPlayer(ROLLOUT_METHODS.cancel_rollout),
  configure(params, session) {
    if (session === undefined) return refused('not_controller', 'configure: this session watches');
    return configure(params, session);
  },
};

/** A call that only who plays may make, with or without control. */
function ofPlayer(
  method: (params: Params, session: Session, deps: CallDeps, guest: Guest) => Answer,
): Method {
  return (params, session, deps, guest) =>
    session === undefined
      ? refused('not_controller', 'this session watches')
      : method(params, session, deps, guest);
}

/** The same, about checkpoints. */
function ofSession(method: (params: Params, session: Session, deps: CallDeps) => Answer): Method {
  return (params, session, deps) =>
    session === undefined
      ? refused('not_controller', 'checkpoints belong to the ROM of a session')
      : method(params, session, deps);
}

/** Performs a call and answers it once, with a result or an error. */
export async function performCall(
  call: Call,
  session: Session | undefined,
  deps: CallDeps,
  guest: Guest,
  reply: (message: ServerMessage) => void,
): Promise<void> {
  const result = await attempt(call, session, deps, guest);
  reply(
    result.ok ? { type: 'result', id: call.id, value: result.value } : errorMessage(call.id, result.error),
  );
}

/** A fault of ours is answered too: the caller waits for it. */
async function attempt(
  call: Call,
  session: Session | undefined,
  deps: CallDeps,
  guest: Guest,
): Promise<CallResult> {
  try {
    return await answer(call, session, deps, guest);
  } catch (error) {
    deps.onError(error);
    return refused('internal', `${call.method} failed in the gateway`);
  }
}

function answer(call: Call, session: Session | undefined, deps: CallDeps, guest: Guest): Answer {
  const method = CALLS.find((name) => name === call.method);
  if (method === undefined) {
    return refused('unknown_method', `method ${show(call.method)}`, CALLS.join(', '));
  }
  return METHODS[method](call.params, session, deps, guest);
}

/**
 * Reads an emulator: one's own behind every entry accepted before the call (unless `now`), another's at once.
 */
function readEmulator(
  check: Check,
  params: Params,
  session: Session | undefined,
  deps: CallDeps,
  read: (emulator: Emulator) => Promise<CallResult>,
): Answer {
  const id = field(params, 'emulator');
  const now = field(params, 'now');
  const wantedId = id === undefined ? session?.emulator.id : check.text(id, 'emulator');
  const atOnce = now === undefined ? false : check.boolean(now, 'now');
  if (check.problem !== undefined) return refused('invalid_params', check.problem);
  const emulator = wantedId === undefined ? undefined : deps.pool.find(wantedId);
  if (emulator === undefined) {
    const running = deps.pool.running().join(', ') || 'none is running';
    return refused('unknown_emulator', `emulator ${show(wantedId)}`, running);
  }
  const guarded = () => read(emulator).catch(readFailure);
  if (atOnce || session === undefined || session.emulator !== emulator) return guarded();
  return new Promise((resolve) => {
    session.read({ kind: 'read', run: async () => resolve(await guarded()) });
  });
}

function readFailure(error: unknown): CallResult {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof JoywireError ? error.code : 'internal';
  return refused(isReadCode(code) ? code : 'internal', message);
}

function isReadCode(code: string): code is 'unsupported' | 'emulator_failed' | 'invalid_params' {
  return code === 'unsupported' || code === 'emulator_failed' || code === 'invalid_params';
}

function configure(params: Params, session: Session): CallResult {
  const check = new Check();
  const wantedBatching = field(params, 'batching');
  const wantedFailure = field(params, 'onFailure');
  const wantedApproximate = field(params, 'approximate');
  const change = {
    ...(wantedBatching !== undefined && { batching: batching(check, wantedBatching) }),
    ...(wantedFailure !== undefined && { onFailure: check.oneOf(wantedFailure, 'onFailure', ON_FAILURE) }),
    ...(wantedApproximate !== undefined && {
      approximate: check.boolean(wantedApproximate, 'approximate'),
    }),
    // nil takes the default observation away; absent leaves it.
    ...(Object.hasOwn(params, 'observe') && {
      observe: params['observe'] === null ? undefined : observe(check, params['observe']),
    }),
  };
  if (check.problem !== undefined) return refused('invalid_params', check.problem);
  const problem = observeUnsupported(change.observe, session.emulator.capabilities);
  if (problem !== undefined) return refused('unsupported', problem);
  session.configure(change);
  const { batching: settings, onFailure, approximate } = session;
  return {
    ok: true,
    value: { batching: settings, onFailure, observe: session.observe ?? null, approximate },
  };
}
