/** Messages -> the arrays that travel. msgpack carries numbers where JSON carries names, and bytes where JSON carries base64. */
import { encodeBase64 } from './base64.ts';
import { isMap } from './check.ts';
import { assertNever } from './errors.ts';
import {
  type BatchInfo,
  CERTAINTIES,
  CLIENT_TYPES,
  type ClientMessage,
  type Command,
  type Encoding,
  FLUSH_REASONS,
  type Member,
  type Outcome,
  type Press,
  SERVER_TYPES,
  type ServerMessage,
  STATUSES,
  type Status,
} from './protocol.ts';

type Wire = readonly unknown[];

function numbersOf(words: readonly string[]): ReadonlyMap<string, number> {
  return new Map(words.map((word, number) => [word, number]));
}

const CLIENT_TYPE_NUMBERS = numbersOf(CLIENT_TYPES);
const SERVER_TYPE_NUMBERS = numbersOf(SERVER_TYPES);
const STATUS_NUMBERS = numbersOf(STATUSES);
const CERTAINTY_NUMBERS = numbersOf(CERTAINTIES);
const REASON_NUMBERS = numbersOf(FLUSH_REASONS);

function word(name: string, numbers: ReadonlyMap<string, number>, encoding: Encoding): string | number {
  return encoding === 'json' ? name : (numbers.get(name) ?? name);
}

/** The certainty that an outcome has when its array does not say: `exact` for what ran, `none` for what did not. */
export function impliedCertainty(status: Status): Outcome['certainty'] {
  return status === 'executed' ? 'exact' : 'none';
}

export function clientWire(message: ClientMessage, encoding: Encoding): Wire {
  const type = word(message.type, CLIENT_TYPE_NUMBERS, encoding);
  switch (message.type) {
    case 'hello':
      return [type, message.hello];
    case 'input':
      return trimmed([type, message.seq, ...pressWire(message.press)]);
    case 'inputs':
      return trimmed([type, message.firstSeq, message.presses.map(memberWire), message.options]);
    case 'keys':
      return [type, message.seq, message.buttons];
    case 'command':
      return [type, message.seq, message.command.method, commandParams(message.command)];
    case 'flush':
      return [type];
    case 'cancel':
      return [type, message.fromSeq];
    case 'received':
      return [type, message.throughSeq];
    case 'subscribe':
      return [type, message.id, message.channel, message.options];
    case 'unsubscribe':
      return [type, message.id];
    case 'call':
      return [type, message.id, message.method, plain(message.params, encoding)];
    case 'ping':
      return [type, message.n];
    case 'bye':
      return message.discard ? [type, { discard: true }] : [type];
    case 'define':
      return [type, message.name, message.presses.map(memberWire)];
    case 'script':
      return [type, message.firstSeq, message.text];
    default:
      return assertNever(message);
  }
}

export function serverWire(message: ServerMessage, encoding: Encoding): Wire {
  const type = word(message.type, SERVER_TYPE_NUMBERS, encoding);
  switch (message.type) {
    case 'welcome':
      return [type, message.welcome];
    case 'ack': {
      const outcomes = message.outcomes.map((outcome) => outcomeWire(outcome, encoding));
      return message.batch === undefined
        ? [type, message.firstSeq, outcomes]
        : [type, message.firstSeq, outcomes, batchWire(message.batch, encoding)];
    }
    case 'push':
      return [type, message.id, message.n, plain(message.payload, encoding)];
    case 'result':
      return [type, message.id, plain(message.value, encoding)];
    case 'error':
      return [type, message.callId ?? null, message.error];
    case 'credit':
      return [type, message.limit];
    case 'event':
      return [type, message.name, plain(message.data, encoding)];
    case 'goaway':
      return [type, { reason: message.reason, reconnectInMs: message.reconnectInMs }];
    case 'pong':
      return [type, message.n, message.timeMs];
    default:
      return assertNever(message);
  }
}

function memberWire(member: Member): unknown {
  if (!('use' in member)) return trimmed(pressWire(member));
  return member.times === 1 ? { use: member.use } : member;
}

function pressWire(press: Press): unknown[] {
  return [press.buttons, press.hold, press.gap, press.options];
}

function commandParams(command: Command): Readonly<Record<string, unknown>> {
  const { method: _, ...params } = command;
  return params;
}

export function outcomeWire(outcome: Outcome, encoding: Encoding): Wire {
  const status = word(outcome.status, STATUS_NUMBERS, encoding);
  const { firstFrame, frames, certainty, detail } = outcome;
  if (detail === undefined && certainty === impliedCertainty(outcome.status))
    return [status, firstFrame, frames];
  const sure = word(certainty, CERTAINTY_NUMBERS, encoding);
  return detail === undefined
    ? [status, firstFrame, frames, sure]
    : [status, firstFrame, frames, sure, plain(detail, encoding)];
}

function batchWire(batch: BatchInfo, encoding: Encoding): Wire {
  return [batch.id, batch.size, word(batch.reason, REASON_NUMBERS, encoding), batch.queuedUs, batch.driverUs];
}

/** For JSON, the value with its bytes as base64; for msgpack, the value itself. */
function plain(value: unknown, encoding: Encoding): unknown {
  if (encoding === 'msgpack') return value;
  if (value instanceof Uint8Array) return encodeBase64(value);
  if (Array.isArray(value)) return value.map((item) => plain(item, encoding));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, encoding)]));
}

/** Without the absent fields at the end; those between become nil. */
function trimmed(fields: unknown[]): Wire {
  let length = fields.length;
  while (length > 0 && fields[length - 1] === undefined) length--;
  fields.length = length;
  return fields;
}
