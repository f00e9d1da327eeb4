/** Schemas that several messages, calls and pages share. */
import { ALL_BUTTONS, BUTTONS } from '../../shared/buttons.ts';
import {
  CERTAINTIES,
  FLUSH_REASONS,
  LIMITS,
  ON_FAILURE,
  PACES,
  PICTURE_FORMATS,
  STATUSES,
  STRATEGIES,
} from '../../shared/protocol.ts';
import {
  boolean,
  bytes,
  described,
  either,
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

const names = Object.keys(BUTTONS).join('|');
/** Names in any case, joined by +, with white space around them; or none. */
const BUTTON_NAMES = new RegExp(
  `^\\s*$|^\\s*(?:${caseless(names)})\\s*(?:\\+\\s*(?:${caseless(names)})\\s*)*$`,
);

export const mask = integer(0, ALL_BUTTONS);
export const seq = described(integer(1), 'Numbers the entries of a session: 1, 2, 3, … without holes');
export const frameCount = described(integer(), 'Frames that the emulator has run');
export const speed = number(LIMITS.minSpeed, LIMITS.maxSpeed);
export const count = integer();

const figures = map({ p50: number(), p90: number(), p99: number(), max: number() });

const span = map({
  durationMs: number(),
  inputs: count,
  inputsPerSecond: number(),
  batches: count,
  bufferingRatio: number(0, 1),
  averageBatchSize: number(),
  largestBatchSize: count,
  flushReasons: map(each(FLUSH_REASONS, count)),
  outcomes: map(each(STATUSES, count)),
  latencyUs: nullable(map({ queue: figures, driver: figures, total: figures })),
  frames: count,
  framesPerSecond: number(),
  replacedPushes: count,
});

/** Of both documents. */
export const PLAIN_PARTS: Schemas = {
  Capabilities: map(
    {
      buttons: mask,
      chords: boolean,
      timing: boolean,
      keys: boolean,
      nativeHold: integer(0, LIMITS.maxHoldFrames),
      nativeGap: integer(0, LIMITS.maxHoldFrames),
      frames: word(CERTAINTIES),
      freeze: boolean,
      screen: boolean,
      memory: boolean,
      states: boolean,
      reset: boolean,
      paces: list(word(PACES)),
      largestBatch: integer(1),
    },
    { waits: boolean, sound: boolean, guards: boolean },
  ),
  Emulator: map({
    id: string,
    kind: string,
    rom: string,
    romHash: described(string, 'SHA-256 as hex, or empty'),
    frame: frameCount,
    capabilities: ref('Capabilities'),
  }),
  EmulatorListing: map({
    id: string,
    kind: string,
    rom: string,
    state: word(['free', 'starting', 'leased']),
    session: nullable(string),
    label: nullable(string),
    others: list(map({ session: string, label: nullable(string) })),
    emulator: nullable(ref('Emulator')),
    health: nullable(
      map(
        { state: word(['healthy', 'slow', 'unreachable']), latencyMs: nullable(number()) },
        { message: string },
      ),
    ),
    load: nullable(map({ outstanding: count, driverUs: nullable(number()), rollouts: count })),
    expiresInMs: nullable(number()),
  }),
  SessionListing: map({
    session: string,
    label: nullable(string),
    owner: string,
    emulator: string,
    connection: nullable(integer(1)),
    controls: boolean,
    connected: boolean,
    expiresInMs: nullable(number()),
    nextSeq: integer(1),
    outstanding: count,
  }),
  Rom: map({ name: string, hash: matching(/^[0-9a-f]{64}$/), title: string }),
};

/** Of messages. */
export const MESSAGE_PARTS: Schemas = {
  Buttons: described(
    either(mask, matching(BUTTON_NAMES)),
    'A bit mask; in JSON also names joined by +, and "" for none',
  ),
  MemoryRange: tuple([integer(0, 0xffff), integer(1, LIMITS.maxMemoryBytes)]),
  Observe: map(
    {},
    { memory: list(ref('MemoryRange'), 0, LIMITS.maxRanges), hash: boolean, screen: word(PICTURE_FORMATS) },
  ),
  Batching: map(
    {},
    {
      strategy: word(STRATEGIES),
      maxWaitMs: number(0, LIMITS.maxWaitMs),
      maxBatchSize: integer(1, LIMITS.maxBatchSize),
      highFrequencyThreshold: integer(1, LIMITS.maxHighFrequencyThreshold),
      coalesce: boolean,
      dedupe: map({ frames: integer(0, LIMITS.maxHoldFrames) }, { buttons: integer(1, ALL_BUTTONS) }),
    },
  ),
  Observed: map(
    {},
    {
      memory: described(list(bytes), 'One for each range; empty where it cannot be read'),
      hash: described(string, 'SHA-256 of the raw picture, as hex'),
      screen: bytes,
    },
  ),
  Span: span,
  Stats: map({
    scope: word(['session', 'gateway']),
    session: nullable(string),
    label: nullable(string),
    atMs: integer(),
    sinceStart: ref('Span'),
    sinceLast: ref('Span'),
    credit: map({ limit: count, outstanding: count }),
    pendingBytes: count,
    expiresInMs: nullable(number()),
    ended: boolean,
  }),
  OnFailure: word(ON_FAILURE),
};

export const label = text();

/** The same schema under each of these names. */
export function each(words: readonly string[], schema: Schema): Schemas {
  return Object.fromEntries(words.map((one) => [one, schema]));
}

function caseless(pattern: string): string {
  return pattern.replaceAll(/[A-Z]/g, (letter) => `[${letter}${letter.toLowerCase()}]`);
}
