/** What the gateway sends, as JSON carries it. */
import { ENTRY_CODES, REQUEST_ERRORS } from '../../shared/errors.ts';
import {
  CERTAINTIES,
  FLUSH_REASONS,
  type PublishedLimits,
  type SERVER_TYPES,
  STATUSES,
} from '../../shared/protocol.ts';
import type { MessageDocument } from './client-messages.ts';
import { EVENTS } from './events.ts';
import { seq } from './parts.ts';
import {
  anything,
  boolean,
  constant,
  described,
  either,
  growing,
  integer,
  list,
  map,
  nullable,
  number,
  ref,
  type Schema,
  type Schemas,
  string,
  tuple,
  word,
} from './schema.ts';

type ServerType = Exclude<(typeof SERVER_TYPES)[number], ''>;

const id = integer();

/** Those that were added to version 1 later may be absent. */
const LIMIT_FIELDS = {
  maxMessageBytes: integer(),
  maxGroup: integer(),
  maxHoldFrames: integer(),
  maxMemoryBytes: integer(),
  maxSubscriptions: integer(),
  minIntervalMs: integer(),
  keptOutcomes: integer(),
  keepaliveMs: integer(),
  maxResumeMs: integer(),
} as const satisfies Partial<Record<keyof PublishedLimits, Schema>>;
const LATER_LIMITS = {
  maxMacros: integer(),
  maxMacroPresses: integer(),
  maxScriptLength: integer(),
} as const satisfies Record<Exclude<keyof PublishedLimits, keyof typeof LIMIT_FIELDS>, Schema>;

/** Their parts. */
export const SERVER_PARTS: Schemas = {
  Limits: map(LIMIT_FIELDS, LATER_LIMITS),
  Welcome: map(
    {
      session: string,
      secret: string,
      resumed: boolean,
      resumeMs: number(),
      ackedThrough: integer(),
      nextSeq: integer(1),
      credit: integer(),
      emulator: nullable(ref('Emulator')),
      batching: ref('Batching'),
      limits: ref('Limits'),
      server: string,
    },
    { controller: map({ session: string, label: nullable(string), owner: string }), notResumed: string },
  ),
  EntryCode: growing(Object.keys(ENTRY_CODES)),
  Detail: map(
    {},
    {
      code: ref('EntryCode'),
      message: string,
      observed: ref('Observed'),
      approximated: string,
      coalesced: integer(2),
      checkpoint: string,
      guard: map({ index: integer(), frame: integer() }, { value: integer(0, 255) }),
      waited: integer(),
    },
  ),
  Outcome: described(
    tuple([word(STATUSES), nullable(integer()), integer()], [word(CERTAINTIES), ref('Detail')]),
    'Status, first frame, frames, certainty, detail. It covers firstFrame up to, not including, firstFrame + frames',
  ),
  Batch: described(
    tuple([integer(), integer(1), word(FLUSH_REASONS), integer(), integer()]),
    'Id, size, reason, µs in the queue, µs in the driver',
  ),
  RequestCode: growing(Object.keys(REQUEST_ERRORS)),
  Error: map(
    { code: ref('RequestCode'), message: string, retryable: boolean },
    { seq: integer(), allowed: string, subscription: integer(), retryInMs: number() },
  ),
};

export const SERVER_MESSAGES = {
  welcome: {
    summary: 'The session is open, or resumed',
    payload: tuple([constant('welcome'), ref('Welcome')]),
  },
  ack: {
    summary: 'Outcomes of consecutive entries, which travelled in the same batch',
    payload: tuple([constant('ack'), seq, list(ref('Outcome'), 1)], [ref('Batch')]),
  },
  push: {
    summary: 'One payload of a channel',
    payload: tuple([constant('push'), id, integer(1), anything]),
  },
  result: { summary: 'The answer to a call', payload: tuple([constant('result'), id, anything]) },
  error: {
    summary: 'A request failed; the connection lives',
    payload: tuple([constant('error'), nullable(id), ref('Error')]),
  },
  credit: {
    summary: 'So many entries may be without an outcome from now on',
    payload: tuple([constant('credit'), integer()]),
  },
  event: { summary: 'Something happened', payload: either(...eventMessages()) },
  goaway: {
    summary: 'The gateway is stopping',
    payload: tuple([constant('goaway'), map({ reason: string, reconnectInMs: number() })]),
  },
  pong: {
    summary: 'The answer to ping, with the gateway’s clock in ms since 1970',
    payload: tuple([constant('pong'), id, integer()]),
  },
} as const satisfies Readonly<Record<ServerType, MessageDocument>>;

function eventMessages(): Schema[] {
  const names = Object.keys(EVENTS);
  const known = names.map((name) => tuple([constant('event'), constant(name), ref(`event_${name}`)]));
  const other = { type: 'string', not: { enum: names } };
  return [...known, tuple([constant('event'), other], [{ type: 'object' }])];
}
