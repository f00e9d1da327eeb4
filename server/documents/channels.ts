/** Channels: what one subscribes with, and what is pushed. */
import { CHANNELS, type ChannelName } from '../../shared/protocol.ts';
import {
  boolean,
  bytes,
  constant,
  described,
  integer,
  list,
  map,
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

interface Channel {
  readonly summary: string;
  readonly options: Schema;
  readonly payload: Schema;
}

const intervalMs = number(0, 3_600_000);

const DOCUMENTS = {
  stats: {
    summary: 'Figures of a session or of the whole gateway, at an interval',
    options: map({}, { scope: word(['session', 'gateway']), session: text(), intervalMs }),
    payload: ref('Stats'),
  },
  screen: {
    summary: 'The picture of an emulator, whenever it changes',
    options: map({}, { emulator: text(), fps: integer(1, 60), scale: integer(1, 2) }),
    payload: described(bytes, 'A picture of a chain: docs/protocol.md, "Pictures"'),
  },
  audio: {
    summary: 'The sound of an emulator',
    options: map({}, { emulator: text() }),
    payload: described(bytes, 'Sound of two frames: docs/protocol.md, "Sound"'),
  },
  profile: {
    summary: 'Of every input of a session when it reached which stage',
    options: map({}, { session: text(), intervalMs }),
    payload: map({
      session: string,
      from: integer(),
      through: integer(),
      dropped: integer(),
      stages: list(string),
      batches: list(integer()),
      inputs: described(
        list(nullable({ type: 'integer' })),
        'Of each seq 7 numbers and one a stage: docs/protocol.md, "Profile"',
      ),
      atUs: integer(),
      originMs: number(),
      ended: boolean,
    }),
  },
} as const satisfies Readonly<Record<ChannelName, Channel>>;

/** `channel_NAME` (its options) and `payload_NAME` of each. */
export function channelSchemas(): Schemas {
  return Object.fromEntries(
    CHANNELS.flatMap((name) => {
      const { summary, options, payload } = DOCUMENTS[name];
      return [
        [`channel_${name}`, { ...options, title: `Options of ${name}`, description: summary }],
        [`payload_${name}`, payload],
      ];
    }),
  );
}

/** The forms of the message `subscribe`. */
export function channelMessages(): Schema[] {
  const known = CHANNELS.map((name) =>
    tuple([constant('subscribe'), integer(), constant(name)], [ref(`channel_${name}`)]),
  );
  const other = { type: 'string', maxLength: 64, not: { enum: CHANNELS } };
  return [...known, tuple([constant('subscribe'), integer(), other], [{ type: 'object' }])];
}
