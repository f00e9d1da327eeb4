/** Calls: what each is asked with, and what it answers. */
import { CALLS, type CallMethod, CHECKPOINT_NAME, LIMITS, PICTURE_FORMATS } from '../../shared/protocol.ts';
import { RUN_CODES, RUN_STATUSES } from '../../shared/rollout.ts';
import { ROLES } from '../access/identity.ts';
import { frameCount } from './parts.ts';
import {
  anything,
  boolean,
  bytes,
  constant,
  either,
  growing,
  integer,
  list,
  map,
  matching,
  nullable,
  number,
  ref,
  type Schema,
  type Schemas,
  string,
  text,
  tuple,
  word,
} from './schema.ts';

interface Call {
  readonly summary: string;
  readonly params: Schema;
  readonly result: Schema;
}

const NONE = map({});
const checkpoint = matching(CHECKPOINT_NAME);
const named = map({ name: checkpoint });
const control = map({ emulator: string, frame: frameCount });

const DOCUMENTS = {
  screen: {
    summary: 'The picture of a game',
    params: map({}, { format: word(PICTURE_FORMATS), emulator: text(), now: boolean }),
    result: map({ frame: frameCount, format: word(PICTURE_FORMATS), bytes }),
  },
  memory: {
    summary: 'Memory of a game',
    params: map(
      { ranges: list(ref('MemoryRange'), 0, LIMITS.maxRanges) },
      { emulator: text(), now: boolean },
    ),
    result: map({ frame: frameCount, memory: list(bytes) }),
  },
  stats: {
    summary: 'Figures of a session or of the gateway',
    params: map({}, { scope: word(['session', 'gateway']), session: text(), intervalMs: number() }),
    result: ref('Stats'),
  },
  emulators: {
    summary: 'The emulators of the gateway',
    params: NONE,
    result: map({ emulators: list(ref('EmulatorListing')) }),
  },
  checkpoints: {
    summary: 'The checkpoints of the session’s ROM',
    params: NONE,
    result: map({ checkpoints: list(map({ name: checkpoint, frame: frameCount, bytes: integer() })) }),
  },
  download_checkpoint: {
    summary: 'A checkpoint itself',
    params: named,
    result: map({ name: checkpoint, frame: frameCount, bytes }),
  },
  upload_checkpoint: {
    summary: 'Brings a checkpoint',
    params: map({ name: checkpoint, bytes }),
    result: map({ name: checkpoint, frame: frameCount, bytes: integer() }),
  },
  delete_checkpoint: { summary: 'Forgets a checkpoint', params: named, result: named },
  grant_control: {
    summary: 'Answers who asks for control',
    params: map({ request: integer(1), grant: boolean }),
    result: map({ request: integer(1) }),
  },
  give_back: { summary: 'Gives control back', params: NONE, result: control },
  take_control: { summary: 'Takes control again', params: NONE, result: control },
  authenticate: {
    summary: 'Presents another token of the same name',
    params: map({ token: text() }),
    result: map({ name: string, role: word(ROLES), expiresAtMs: nullable(number()) }),
  },
  sessions: {
    summary: 'Every session, for admins',
    params: NONE,
    result: map({ sessions: list(ref('SessionListing')) }),
  },
  kick: {
    summary: 'Ends a connection, for admins',
    params: either(map({ session: text() }), map({ connection: integer(1) })),
    result: either(map({ session: string }), map({ connection: integer(1) })),
  },
  release: {
    summary: 'Ends a session, or all on an emulator, for admins',
    params: either(map({ session: text() }), map({ emulator: text() })),
    result: either(map({ session: string }), map({ emulator: string })),
  },
  configure: {
    summary: 'Changes settings of the session',
    params: map(
      {},
      {
        batching: ref('Batching'),
        observe: ref('Observe'),
        onFailure: ref('OnFailure'),
        approximate: boolean,
      },
    ),
    result: map({
      batching: ref('Batching'),
      onFailure: ref('OnFailure'),
      observe: nullable(ref('Observe')),
      approximate: boolean,
    }),
  },
  rollout: {
    summary: 'Runs many scripts at once, beside the live game',
    params: map(
      { runs: list(map({ script: string }, { from: checkpoint }), 1, LIMITS.maxRuns) },
      {
        rollout: checkpoint,
        frames: integer(1),
        memory: list(ref('MemoryRange'), 0, LIMITS.maxRanges),
        hash: boolean,
        screen: word(PICTURE_FORMATS),
        keep: boolean,
        outcomes: boolean,
        now: boolean,
      },
    ),
    result: map({ rollout: checkpoint, runs: integer(1, LIMITS.maxRuns) }, { frame: frameCount }),
  },
  rollout_results: {
    summary: 'Results of a rollout, in the order in which its runs ended',
    params: map({ rollout: checkpoint }, { after: integer() }),
    result: map({
      results: list(ref('RunResult')),
      finished: integer(),
      total: integer(),
      done: boolean,
      gateway: text(),
    }),
  },
  cancel_rollout: {
    summary: 'What has not ended is cancelled',
    params: map({ rollout: checkpoint }),
    result: map({ finished: integer(), total: integer() }),
  },
  roms: {
    summary: 'The ROMs that a session may ask for',
    params: NONE,
    result: map({ roms: list(ref('Rom')) }),
  },
} as const satisfies Readonly<Record<CallMethod, Call>>;

/** Their parts. */
export const CALL_PARTS: Schemas = {
  RunResult: map(
    { run: integer(0, LIMITS.maxRuns - 1), status: word(RUN_STATUSES), frames: integer() },
    {
      memory: list(bytes),
      hash: string,
      screen: bytes,
      checkpoint: string,
      outcomes: list(ref('Outcome')),
      code: growing(Object.keys(RUN_CODES)),
      message: string,
    },
  ),
};

/** `call_NAME` and `result_NAME` of each. */
export function callSchemas(): Schemas {
  return Object.fromEntries(
    CALLS.flatMap((name) => {
      const { summary, params, result } = DOCUMENTS[name];
      return [
        [`call_${name}`, { ...params, title: `Parameters of ${name}`, description: summary }],
        [`result_${name}`, { ...result, title: `Result of ${name}`, description: summary }],
      ];
    }),
  );
}

/** The forms of the message `call`: one for each, and one for those that this version does not know. */
export function callMessages(): Schema[] {
  const id = integer();
  const known = CALLS.map((name) => {
    const fields = [constant('call'), id, constant(name)];
    return needsParams(DOCUMENTS[name].params)
      ? tuple([...fields, ref(`call_${name}`)])
      : tuple(fields, [ref(`call_${name}`)]);
  });
  const other = { type: 'string', maxLength: 64, not: { enum: CALLS } };
  return [...known, tuple([constant('call'), id, other], [{ type: 'object', properties: anything }])];
}

function needsParams(params: Schema): boolean {
  const { required } = params;
  return !Array.isArray(required) || required.length > 0;
}
