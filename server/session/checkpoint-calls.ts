/** The calls about checkpoints: list, download, upload, delete. They are those of the ROM that the session plays. */
import { decodeBase64 } from '../../shared/base64.ts';
import { Check, field } from '../../shared/check.ts';
import { JoywireError } from '../../shared/errors.ts';
import { CHECKPOINT_NAME, type Params } from '../../shared/protocol.ts';
import type { Checkpoints } from '../emulator/checkpoints.ts';
import { type CallResult, refused } from './call-result.ts';
import type { Session } from './session.ts';

export interface CheckpointCallDeps {
  readonly checkpoints: Checkpoints;
  /** Whether states from outside are taken. */
  readonly stateUploads: boolean;
}

/** A call of a session that plays. */
type Method = (params: Params, session: Session, deps: CheckpointCallDeps) => Promise<CallResult>;

export const CHECKPOINT_METHODS = {
  checkpoints: async (_params, session, { checkpoints }) => {
    return { ok: true, value: { checkpoints: checkpoints.list(romOf(session)) } };
  },

  download_checkpoint: async (params, session, { checkpoints }) => {
    const name = nameOf(params);
    if (typeof name !== 'string') return name;
    const state = checkpoints.get(romOf(session), name);
    if (state === undefined) return unknown(name, session, checkpoints);
    return { ok: true, value: { name, frame: state.frame, bytes: state.bytes } };
  },

  upload_checkpoint: async (params, session, { checkpoints, stateUploads }) => {
    if (!stateUploads)
      return refused('forbidden', 'this gateway takes no states from outside (stateUploads)');
    const name = nameOf(params);
    if (typeof name !== 'string') return name;
    const bytes = bytesOf(field(params, 'bytes'));
    if (bytes === undefined) return refused('invalid_params', 'bytes: allowed: bytes, in JSON as base64');
    try {
      await session.emulator.tryState(bytes);
      const kept = await checkpoints.put(romOf(session), name, { bytes, frame: 0 });
      if (!kept) return refused('checkpoints_full', 'the gateway keeps no more checkpoints');
      return { ok: true, value: { name, frame: 0, bytes: bytes.length } };
    } catch (error) {
      if (!(error instanceof JoywireError)) throw error;
      const code = error.code === 'unsupported' ? 'unsupported' : 'invalid_params';
      return refused(code, `bytes: ${error.message}`);
    }
  },

  delete_checkpoint: async (params, session, { checkpoints }) => {
    const name = nameOf(params);
    if (typeof name !== 'string') return name;
    if (!(await checkpoints.remove(romOf(session), name))) return unknown(name, session, checkpoints);
    return { ok: true, value: { name } };
  },
} as const satisfies Readonly<Record<string, Method>>;

function romOf({ emulator }: Session): string {
  return emulator.info.romHash;
}

function nameOf(params: Params): string | CallResult {
  const check = new Check();
  const name = check.text(field(params, 'name'), 'name');
  if (check.problem !== undefined) return refused('invalid_params', check.problem);
  if (CHECKPOINT_NAME.test(name)) return name;
  return refused('invalid_params', `name: got ${JSON.stringify(name)}; allowed: ${CHECKPOINT_NAME.source}`);
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value.slice();
  return typeof value === 'string' ? decodeBase64(value) : undefined;
}

function unknown(name: string, session: Session, checkpoints: Checkpoints): CallResult {
  const names = checkpoints.list(romOf(session)).map((checkpoint) => checkpoint.name);
  return refused('unknown_checkpoint', `no checkpoint ${name}`, names.join(', ') || 'none is saved yet');
}
