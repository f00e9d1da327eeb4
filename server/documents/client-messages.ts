/** What a client sends, as JSON carries it. */
import { GUARD_EFFECTS, GUARD_OPS } from '../../shared/guards.ts';
import {
  type CLIENT_TYPES,
  CHECKPOINT_NAME,
  COMMANDS,
  LIMITS,
  MACRO_NAME,
  PACES,
  ROLES,
} from '../../shared/protocol.ts';
import { callMessages } from './calls.ts';
import { channelMessages } from './channels.ts';
import { label, seq, speed } from './parts.ts';
import {
  boolean,
  constant,
  described,
  either,
  integer,
  list,
  map,
  matching,
  number,
  ref,
  type Schema,
  type Schemas,
  text,
  tuple,
  word,
} from './schema.ts';

export interface MessageDocument {
  readonly summary: string;
  readonly payload: Schema;
}

type ClientType = Exclude<(typeof CLIENT_TYPES)[number], ''>;

const frames = integer(0, LIMITS.maxHoldFrames);
const id = integer();
const checkpoint = matching(CHECKPOINT_NAME);

const byte = integer(0, 255);
const condition = { address: integer(0, 0xffff), op: word(GUARD_OPS), value: byte };
const conditionRange = { mask: byte, from: integer(), count: integer() };

/** Their parts. */
export const CLIENT_PARTS: Schemas = {
  EntryOptions: map({}, { observe: ref('Observe') }),
  Guard: described(
    either(
      map(
        { ...condition, frames: integer(1, LIMITS.maxHoldFrames), then: constant('wait') },
        { ...conditionRange, orGo: boolean },
      ),
      map(condition, {
        ...conditionRange,
        then: word(GUARD_EFFECTS.filter((effect) => effect !== 'wait')),
        // They belong to `wait`.
        frames: { type: 'null' },
        orGo: { const: false },
      }),
    ),
    'A condition on a byte of the game’s memory, looked at before each member of its range',
  ),
  GroupOptions: map(
    {},
    { observe: ref('Observe'), together: boolean, guards: list(ref('Guard'), 1, LIMITS.maxGuards) },
  ),
  Press: tuple([ref('Buttons')], [frames, frames, ref('EntryOptions')]),
  MacroUse: map({ use: matching(MACRO_NAME) }, { times: integer(1, LIMITS.maxMacroTimes) }),
  Member: described(either(ref('Press'), ref('MacroUse')), 'A press, or a macro that stands for presses'),
  Hello: map(
    {},
    {
      token: text(),
      client: text(),
      label,
      role: word(ROLES),
      emulator: map(
        {},
        { id: text(), kind: text(), rom: text(), state: text(), waitMs: number(), sound: boolean },
      ),
      takeover: boolean,
      pace: word(PACES),
      speed,
      batching: ref('Batching'),
      observe: ref('Observe'),
      onFailure: ref('OnFailure'),
      approximate: boolean,
      resumeMs: number(),
      resume: map({ session: text(64), secret: text(128), received: integer() }, { orNew: boolean }),
    },
  ),
};

export const CLIENT_MESSAGES = {
  hello: {
    summary: 'Opens a session, or resumes one',
    payload: tuple([constant('hello')], [ref('Hello')]),
  },
  input: {
    summary: 'One press: an entry',
    payload: tuple(
      [constant('input'), seq, ref('Buttons')],
      [
        described(frames, 'Frames pressed; absent: the native press'),
        described(frames, 'Frames released after it; absent: the native press'),
        ref('EntryOptions'),
      ],
    ),
  },
  inputs: {
    summary: 'A group: presses that belong together',
    payload: tuple([constant('inputs'), seq, list(ref('Member'), 1)], [ref('GroupOptions')]),
  },
  keys: {
    summary: 'Sets the buttons that are held from now on: an entry',
    payload: tuple([constant('keys'), seq, ref('Buttons')]),
  },
  command: {
    summary: 'Changes the game or its clock: an entry',
    payload: either(...commands().map(({ method, required, params }) => commandOf(method, required, params))),
  },
  flush: { summary: 'What waits goes at once', payload: tuple([constant('flush')]) },
  cancel: {
    summary: 'Takes back what is still queued from a seq on',
    payload: tuple([constant('cancel'), seq]),
  },
  received: {
    summary: 'Outcomes up to this seq need not be kept',
    payload: tuple([constant('received'), integer()]),
  },
  subscribe: { summary: 'Starts a subscription to a channel', payload: either(...channelMessages()) },
  unsubscribe: { summary: 'Ends a subscription', payload: tuple([constant('unsubscribe'), id]) },
  call: { summary: 'Asks for something', payload: either(...callMessages()) },
  ping: { summary: 'Answered by pong', payload: tuple([constant('ping'), id]) },
  bye: {
    summary: 'Ends the session',
    payload: tuple([constant('bye')], [map({}, { discard: boolean })]),
  },
  define: {
    summary: 'Gives presses a name, to be used in groups',
    payload: tuple([
      constant('define'),
      matching(MACRO_NAME),
      list(ref('Member'), 1, LIMITS.maxMacroPresses),
    ]),
  },
  script: {
    summary: 'The entries that a script stands for',
    payload: tuple([constant('script'), seq, text(LIMITS.maxScriptLength)]),
  },
} as const satisfies Readonly<Record<ClientType, MessageDocument>>;

function commands() {
  const params = {
    load: { required: true, params: map({ name: checkpoint }) },
    save: { required: false, params: map({}, { name: checkpoint }) },
    reset: { required: false, params: map({}) },
    pace: { required: true, params: map({ pace: word(PACES) }, { speed }) },
  } as const satisfies Readonly<Record<(typeof COMMANDS)[number], unknown>>;
  return COMMANDS.map((method) => ({ method, ...params[method] }));
}

function commandOf(method: string, required: boolean, params: Schema): Schema {
  const fields = [constant('command'), seq, constant(method)];
  return required ? tuple([...fields, params]) : tuple(fields, [params]);
}
