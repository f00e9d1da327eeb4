/** Unknown values from a gateway -> messages, or a fault. The client's side of the one door; never throws. */
import { decodeBase64 } from './base64.ts';
import { Check, compact, field, isInteger, show } from './check.ts';
import { ENTRY_CODES, type EntryCode, REQUEST_ERRORS, type RequestCode } from './errors.ts';
import type { GuardStop } from './guards.ts';
import {
  type BatchInfo,
  type Batching,
  CERTAINTIES,
  type Capabilities,
  type Detail,
  type EmulatorInfo,
  type Encoding,
  FLUSH_REASONS,
  LIMITS,
  type Observed,
  type Outcome,
  PACES,
  type PublishedLimits,
  type RequestError,
  SERVER_TYPES,
  type ServerMessage,
  STATUSES,
  STRATEGIES,
  type Welcome,
} from './protocol.ts';
import { dedupe } from './settings.ts';
import type { Decoded } from './validate.ts';
import { impliedCertainty } from './wire.ts';

/**
 * The decoded array -> a gateway's message. An unknown type of message, or an unknown code, is a fault of kind `request`:
 * a client ignores it, so that the protocol can grow.
 */
export function validateServerMessage(value: unknown, encoding: Encoding): Decoded<ServerMessage> {
  if (!Array.isArray(value)) return wrong(`a message is an array [type, ...]; got ${show(value)}`);
  const fields: readonly unknown[] = value;
  const check = new Check();
  const message = read(check, fields, encoding);
  if (message === undefined) {
    return { ok: false, fault: { kind: 'request', code: 'unknown_message', message: show(fields[0]) } };
  }
  return check.problem === undefined ? { ok: true, message } : wrong(check.problem);
}

function wrong(message: string): Decoded<never> {
  return { ok: false, fault: { kind: 'payload', message } };
}

function read(check: Check, fields: readonly unknown[], encoding: Encoding): ServerMessage | undefined {
  const type = named(SERVER_TYPES, fields[0], encoding);
  switch (type) {
    case 'welcome':
      return { type, welcome: welcome(check, fields[1]) };
    case 'ack':
      return {
        type,
        firstSeq: count(check, fields[1], 'firstSeq'),
        outcomes: check
          .list(fields[2], 'outcomes', LIMITS.maxBatchSize * 64)
          .map((item) => outcome(check, item, encoding)),
        batch: fields[3] === undefined || fields[3] === null ? undefined : batch(check, fields[3], encoding),
      };
    case 'push':
      return {
        type,
        id: count(check, fields[1], 'subscription id'),
        n: count(check, fields[2], 'n'),
        payload: fields[3],
      };
    case 'result':
      return { type, id: count(check, fields[1], 'call id'), value: fields[2] };
    case 'error':
      return {
        type,
        callId: check.optionalInteger(fields[1], 'call id', 0, LIMITS.maxInteger),
        error: requestError(check, fields[2]),
      };
    case 'credit':
      return { type, limit: count(check, fields[1], 'credit') };
    case 'event':
      return { type, name: check.text(fields[1], 'event'), data: check.optionalMap(fields[2], 'data') };
    case 'goaway': {
      const map = check.map(fields[1], 'goaway');
      return {
        type,
        reason: check.text(field(map, 'reason'), 'reason'),
        reconnectInMs: check.number(field(map, 'reconnectInMs'), 'reconnectInMs', 0, LIMITS.maxInteger),
      };
    }
    case 'pong':
      return {
        type,
        n: count(check, fields[1], 'ping number'),
        timeMs: check.number(fields[2], 'time', 0, LIMITS.maxInteger),
      };
    default:
      return undefined;
  }
}

/** A word that travels as its number in msgpack and as itself in JSON. */
function named<T extends string>(words: readonly T[], value: unknown, encoding: Encoding): T | undefined {
  if (encoding === 'json') return words.find((word) => word === value);
  return isInteger(value, 0, words.length - 1) ? words[value] : undefined;
}

function wordOf<T extends string>(
  check: Check,
  words: readonly [T, ...T[]],
  value: unknown,
  name: string,
  encoding: Encoding,
): T {
  const found = named(words, value, encoding);
  if (found !== undefined) return found;
  check.fail(name, value, words.join(', '));
  return words[0];
}

function count(check: Check, value: unknown, name: string): number {
  return check.integer(value, name, 0, LIMITS.maxInteger);
}

/** One outcome, as an array. */
export function outcome(check: Check, value: unknown, encoding: Encoding): Outcome {
  const fields = check.list(value, 'outcome', 64);
  const status = wordOf(check, STATUSES, fields[0], 'status', encoding);
  const [, firstFrame, frames, certainty, more] = fields;
  return {
    status,
    firstFrame: check.optionalInteger(firstFrame, 'firstFrame', 0, LIMITS.maxInteger) ?? null,
    frames: count(check, frames, 'frames'),
    certainty:
      certainty === undefined || certainty === null
        ? impliedCertainty(status)
        : wordOf(check, CERTAINTIES, certainty, 'certainty', encoding),
    detail: more === undefined || more === null ? undefined : detail(check, more, encoding),
  };
}

function detail(check: Check, value: unknown, encoding: Encoding): Detail {
  const map = check.map(value, 'detail');
  const code = field(map, 'code');
  const message = field(map, 'message');
  const seen = field(map, 'observed');
  const checkpoint = field(map, 'checkpoint');
  const approximated = field(map, 'approximated');
  const stop = field(map, 'guard');
  return compact({
    code: isEntryCode(code) ? code : undefined,
    message: message === undefined ? undefined : check.text(message, 'message'),
    observed: seen === undefined ? undefined : observed(check, seen, encoding),
    checkpoint: checkpoint === undefined ? undefined : check.text(checkpoint, 'checkpoint'),
    approximated: approximated === undefined ? undefined : check.text(approximated, 'approximated'),
    coalesced: check.optionalInteger(field(map, 'coalesced'), 'coalesced', 1, LIMITS.maxInteger),
    guard: stop === undefined ? undefined : guardStop(check, stop),
    waited: check.optionalInteger(field(map, 'waited'), 'waited', 0, LIMITS.maxInteger),
  });
}

function guardStop(check: Check, value: unknown): GuardStop {
  const map = check.map(value, 'guard');
  return {
    index: count(check, field(map, 'index'), 'guard.index'),
    frame: count(check, field(map, 'frame'), 'guard.frame'),
    ...compact({ value: check.optionalInteger(field(map, 'value'), 'guard.value', 0, LIMITS.maxInteger) }),
  };
}

function observed(check: Check, value: unknown, encoding: Encoding): Observed {
  const map = check.map(value, 'observed');
  const memory = field(map, 'memory');
  const hash = field(map, 'hash');
  const screen = field(map, 'screen');
  return compact({
    memory:
      memory === undefined
        ? undefined
        : check
            .list(memory, 'memory', LIMITS.maxRanges)
            .map((item) => bytes(check, item, 'memory', encoding)),
    hash: hash === undefined ? undefined : check.text(hash, 'hash'),
    screen: screen === undefined ? undefined : bytes(check, screen, 'screen', encoding),
  });
}

/** A binary value, which in JSON is base64. A copy: the frame it came in may be part of a larger buffer. */
export function bytes(check: Check, value: unknown, name: string, encoding: Encoding): Uint8Array {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  const decoded = encoding === 'json' && typeof value === 'string' ? decodeBase64(value) : undefined;
  if (decoded !== undefined) return decoded;
  check.fail(name, value, encoding === 'json' ? 'base64' : 'bytes');
  return new Uint8Array();
}

function batch(check: Check, value: unknown, encoding: Encoding): BatchInfo {
  const fields = check.list(value, 'batch', 64);
  return {
    id: count(check, fields[0], 'batch id'),
    size: count(check, fields[1], 'batch size'),
    reason: wordOf(check, FLUSH_REASONS, fields[2], 'reason', encoding),
    queuedUs: count(check, fields[3], 'queuedUs'),
    driverUs: count(check, fields[4], 'driverUs'),
  };
}

function isEntryCode(value: unknown): value is EntryCode {
  return typeof value === 'string' && Object.hasOwn(ENTRY_CODES, value);
}

function isRequestCode(value: unknown): value is RequestCode {
  return typeof value === 'string' && Object.hasOwn(REQUEST_ERRORS, value);
}

function requestError(check: Check, value: unknown): RequestError {
  const map = check.map(value, 'error');
  const code = field(map, 'code');
  const allowed = field(map, 'allowed');
  return {
    // A code newer than this client is still an error; its message says what it is.
    code: isRequestCode(code) ? code : 'internal',
    message: check.text(field(map, 'message'), 'message'),
    retryable: check.boolean(field(map, 'retryable'), 'retryable'),
    ...compact({
      seq: check.optionalInteger(field(map, 'seq'), 'seq', 0, LIMITS.maxInteger),
      allowed: allowed === undefined ? undefined : check.text(allowed, 'allowed'),
      subscription: check.optionalInteger(field(map, 'subscription'), 'subscription', 0, LIMITS.maxInteger),
      retryInMs: check.optionalInteger(field(map, 'retryInMs'), 'retryInMs', 0, LIMITS.maxInteger),
    }),
  };
}

function welcome(check: Check, value: unknown): Welcome {
  const map = check.map(value, 'welcome');
  const emulator = field(map, 'emulator');
  const controller = field(map, 'controller');
  const notResumed = field(map, 'notResumed');
  return {
    session: check.text(field(map, 'session'), 'session'),
    secret: check.text(field(map, 'secret'), 'secret'),
    resumed: check.boolean(field(map, 'resumed'), 'resumed'),
    ...compact({
      controller: controller === undefined ? undefined : controllerInfo(check, controller),
      notResumed: notResumed === undefined ? undefined : check.text(notResumed, 'notResumed'),
    }),
    resumeMs: check.number(field(map, 'resumeMs'), 'resumeMs', 0, LIMITS.maxInteger),
    ackedThrough: count(check, field(map, 'ackedThrough'), 'ackedThrough'),
    nextSeq: count(check, field(map, 'nextSeq'), 'nextSeq'),
    credit: count(check, field(map, 'credit'), 'credit'),
    emulator: emulator === undefined ? null : emulatorInfo(check, emulator),
    batching: batchingSettings(check, field(map, 'batching')),
    limits: limits(check, field(map, 'limits')),
    server: check.text(field(map, 'server'), 'server'),
  };
}

function controllerInfo(check: Check, value: unknown): NonNullable<Welcome['controller']> {
  const map = check.map(value, 'controller');
  const label = field(map, 'label');
  return {
    session: check.text(field(map, 'session'), 'controller.session'),
    label: label === undefined ? null : check.text(label, 'controller.label'),
    owner: check.text(field(map, 'owner'), 'controller.owner'),
  };
}

export function emulatorInfo(check: Check, value: unknown): EmulatorInfo {
  const map = check.map(value, 'emulator');
  return {
    id: check.text(field(map, 'id'), 'id'),
    kind: check.text(field(map, 'kind'), 'kind'),
    rom: check.text(field(map, 'rom'), 'rom'),
    romHash: check.text(field(map, 'romHash'), 'romHash'),
    frame: count(check, field(map, 'frame'), 'frame'),
    capabilities: capabilities(check, field(map, 'capabilities')),
  };
}

function capabilities(check: Check, value: unknown): Capabilities {
  const map = check.map(value, 'capabilities');
  const flag = (name: string) => check.boolean(field(map, name), name);
  return {
    buttons: count(check, field(map, 'buttons'), 'buttons'),
    chords: flag('chords'),
    timing: flag('timing'),
    ...(field(map, 'waits') !== undefined && { waits: flag('waits') }),
    keys: flag('keys'),
    nativeHold: count(check, field(map, 'nativeHold'), 'nativeHold'),
    nativeGap: count(check, field(map, 'nativeGap'), 'nativeGap'),
    frames: check.oneOf(field(map, 'frames'), 'frames', CERTAINTIES),
    freeze: flag('freeze'),
    screen: flag('screen'),
    ...(field(map, 'sound') !== undefined && { sound: flag('sound') }),
    memory: flag('memory'),
    ...(field(map, 'guards') !== undefined && { guards: flag('guards') }),
    states: flag('states'),
    reset: flag('reset'),
    paces: check.list(field(map, 'paces'), 'paces', 16).map((item) => check.oneOf(item, 'pace', PACES)),
    largestBatch: count(check, field(map, 'largestBatch'), 'largestBatch'),
  };
}

/** Batching settings in full, as `welcome` and `configure` answer them. */
export function batchingSettings(check: Check, value: unknown): Batching {
  const map = check.map(value, 'batching');
  const coalesce = field(map, 'coalesce');
  const wanted = field(map, 'dedupe');
  return {
    strategy: check.oneOf(field(map, 'strategy'), 'strategy', STRATEGIES),
    maxWaitMs: check.number(field(map, 'maxWaitMs'), 'maxWaitMs', 0, LIMITS.maxWaitMs),
    maxBatchSize: count(check, field(map, 'maxBatchSize'), 'maxBatchSize'),
    highFrequencyThreshold: count(check, field(map, 'highFrequencyThreshold'), 'highFrequencyThreshold'),
    ...compact({
      coalesce: coalesce === undefined ? undefined : check.boolean(coalesce, 'coalesce'),
      dedupe: wanted === undefined ? undefined : dedupe(check, wanted),
    }),
  };
}

function limits(check: Check, value: unknown): PublishedLimits {
  const map = check.map(value, 'limits');
  const read = (name: keyof PublishedLimits) => count(check, field(map, name), name);
  const optional = (name: keyof PublishedLimits) =>
    check.optionalInteger(field(map, name), name, 0, LIMITS.maxInteger);
  return {
    maxMessageBytes: read('maxMessageBytes'),
    maxGroup: read('maxGroup'),
    maxHoldFrames: read('maxHoldFrames'),
    maxMemoryBytes: read('maxMemoryBytes'),
    maxSubscriptions: read('maxSubscriptions'),
    minIntervalMs: read('minIntervalMs'),
    keptOutcomes: read('keptOutcomes'),
    keepaliveMs: read('keepaliveMs'),
    maxResumeMs: read('maxResumeMs'),
    ...compact({
      maxMacros: optional('maxMacros'),
      maxMacroPresses: optional('maxMacroPresses'),
      maxScriptLength: optional('maxScriptLength'),
    }),
  };
}
