/** fast-check arbitraries of every protocol message. */
import fc from 'fast-check';
import { GUARD_OPS, type Guard } from '../../shared/guards.ts';
import {
  CERTAINTIES,
  type ClientMessage,
  FLUSH_REASONS,
  type Observe,
  type Outcome,
  type Press,
  type ServerMessage,
  STATUSES,
  STRATEGIES,
} from '../../shared/protocol.ts';

const seq = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 2000 });
const id = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const text = fc.string({ maxLength: 30, unit: 'grapheme' });
const frames = fc.integer({ min: 0, max: 36_000 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const memoryRange = fc
  .integer({ min: 0, max: 0xffff })
  .chain((address) =>
    fc.tuple(fc.constant(address), fc.integer({ min: 1, max: Math.min(512, 0x10000 - address) })),
  );

export const observe: fc.Arbitrary<Observe> = fc.record(
  {
    memory: fc.array(memoryRange, { maxLength: 4 }),
    hash: fc.boolean(),
    screen: fc.constantFrom('png' as const, 'raw' as const),
  },
  { requiredKeys: [] },
);

const byte = fc.integer({ min: 0, max: 255 });
const waitFrames = fc.integer({ min: 1, max: 36_000 });
/** Without its range. */
const condition = {
  address: fc.integer({ min: 0, max: 0xffff }),
  op: fc.constantFrom(...GUARD_OPS),
  value: byte,
  mask: byte,
};
const required = ['address', 'op', 'value'] as const;
/** Guards as a script says them: what is the default is left out, and ranges are. */
export const plainGuard: fc.Arbitrary<Guard> = fc.oneof(
  fc.record(condition, { requiredKeys: [...required] }),
  fc.record({ ...condition, then: fc.constant('go' as const) }, { requiredKeys: [...required, 'then'] }),
  fc.record(
    { ...condition, then: fc.constant('wait' as const), frames: waitFrames, orGo: fc.constant(true) },
    { requiredKeys: [...required, 'then', 'frames'] },
  ),
);
const member = fc.nat({ max: 2000 });
const guard: fc.Arbitrary<Guard> = fc
  .tuple(plainGuard, fc.record({ from: member, count: member }, { requiredKeys: [] }))
  .map(([what, range]) => ({ ...what, ...range }));

const options = maybe(fc.record({ observe }));
const groupOptions = maybe(
  fc
    .record(
      { observe, together: fc.boolean(), guards: fc.array(guard, { minLength: 1, maxLength: 16 }) },
      { requiredKeys: [] },
    )
    // Without any they are absent.
    .filter((some) => Object.keys(some).length > 0),
);
export const press: fc.Arbitrary<Press> = fc.record({
  buttons: fc.integer({ min: 0, max: 1023 }),
  hold: maybe(frames),
  gap: maybe(frames),
  options,
});

const macroName = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
const macroUse = fc.record({ use: macroName, times: fc.integer({ min: 1, max: 1024 }) });
const members = fc.array(fc.oneof({ weight: 3, arbitrary: press }, macroUse), { minLength: 1, maxLength: 8 });

const batching = fc.record(
  {
    strategy: fc.constantFrom(...STRATEGIES),
    maxWaitMs: fc.integer({ min: 0, max: 1000 }),
    maxBatchSize: fc.integer({ min: 1, max: 1024 }),
    highFrequencyThreshold: fc.integer({ min: 1, max: 1000 }),
  },
  { requiredKeys: [] },
);

const checkpoint = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
const params = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(fc.integer(), text, fc.boolean()), {
  maxKeys: 4,
  noNullPrototype: true,
});

const hello = fc.record(
  {
    token: text,
    client: text,
    label: text,
    role: fc.constantFrom('play' as const, 'watch' as const),
    emulator: fc.record({ id: text, kind: text, rom: text, state: text }, { requiredKeys: [] }),
    pace: fc.constantFrom('turbo' as const, 'realtime' as const),
    speed: fc.constantFrom(0.5, 1, 2.5),
    batching,
    observe,
    onFailure: fc.constantFrom('stop' as const, 'continue' as const),
    resumeMs: fc.constantFrom(0, 1500.5, 60_000),
    resume: fc.record(
      { session: text, secret: text, received: id, orNew: fc.boolean() },
      { requiredKeys: ['session', 'secret', 'received'] },
    ),
  },
  { requiredKeys: [] },
);

export const clientMessage: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record({ type: fc.constant('hello' as const), hello }),
  fc.record({ type: fc.constant('input' as const), seq, press }),
  fc.record({
    type: fc.constant('inputs' as const),
    firstSeq: seq,
    presses: members,
    options: groupOptions,
  }),
  fc.record({ type: fc.constant('keys' as const), seq, buttons: fc.integer({ min: 0, max: 1023 }) }),
  fc.record({
    type: fc.constant('command' as const),
    seq,
    command: fc.oneof(
      fc.record({ method: fc.constant('reset' as const) }),
      fc.record({ method: fc.constant('save' as const), name: maybe(checkpoint) }),
      fc.record({ method: fc.constant('load' as const), name: checkpoint }),
      fc.record({
        method: fc.constant('pace' as const),
        pace: fc.constantFrom('turbo' as const, 'realtime' as const),
        speed: fc.constantFrom(0.05, 1, 16),
      }),
    ),
  }),
  fc.record({ type: fc.constant('flush' as const) }),
  fc.record({ type: fc.constant('cancel' as const), fromSeq: seq }),
  fc.record({ type: fc.constant('received' as const), throughSeq: id }),
  fc.record({ type: fc.constant('subscribe' as const), id, channel: fc.constant('stats'), options: params }),
  fc.record({ type: fc.constant('unsubscribe' as const), id }),
  fc.record({ type: fc.constant('call' as const), id, method: fc.constant('screen'), params }),
  fc.record({ type: fc.constant('ping' as const), n: id }),
  fc.record({ type: fc.constant('bye' as const), discard: fc.boolean() }),
  fc.record({ type: fc.constant('define' as const), name: macroName, presses: members }),
  fc.record({ type: fc.constant('script' as const), firstSeq: seq, text }),
);

const bytes = fc.uint8Array({ maxLength: 40 });
const detail = fc.record(
  {
    code: fc.constantFrom(
      'cancelled' as const,
      'after_failure' as const,
      'emulator_crashed' as const,
      'guard' as const,
    ),
    message: text,
    observed: fc.record(
      { memory: fc.array(bytes, { maxLength: 3 }), hash: text, screen: bytes },
      { requiredKeys: [] },
    ),
    checkpoint,
    guard: fc.record(
      { index: fc.nat({ max: 15 }), frame: id, value: byte },
      { requiredKeys: ['index', 'frame'] },
    ),
    waited: id,
  },
  { requiredKeys: [] },
);
export const outcome: fc.Arbitrary<Outcome> = fc.record({
  status: fc.constantFrom(...STATUSES),
  firstFrame: fc.option(id),
  frames: id,
  certainty: fc.constantFrom(...CERTAINTIES),
  detail: maybe(detail),
});

export const serverMessage: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.record({
    type: fc.constant('ack' as const),
    firstSeq: seq,
    outcomes: fc.array(outcome, { minLength: 1, maxLength: 8 }),
    batch: maybe(
      fc.record({ id, size: id, reason: fc.constantFrom(...FLUSH_REASONS), queuedUs: id, driverUs: id }),
    ),
  }),
  fc.record({ type: fc.constant('push' as const), id, n: id, payload: params }),
  fc.record({ type: fc.constant('result' as const), id, value: params }),
  fc.record({
    type: fc.constant('error' as const),
    callId: maybe(id),
    error: fc.record(
      {
        code: fc.constantFrom('invalid_message' as const, 'sequence_gap' as const, 'no_emulator' as const),
        message: text,
        retryable: fc.boolean(),
        seq: id,
        allowed: text,
        subscription: id,
      },
      { requiredKeys: ['code', 'message', 'retryable'] },
    ),
  }),
  fc.record({ type: fc.constant('credit' as const), limit: id }),
  fc.record({ type: fc.constant('event' as const), name: text, data: params }),
  fc.record({ type: fc.constant('goaway' as const), reason: text, reconnectInMs: id }),
  fc.record({ type: fc.constant('pong' as const), n: id, timeMs: id }),
);
