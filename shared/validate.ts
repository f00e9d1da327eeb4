/** Unknown values from a client -> messages, or a fault that says what was wrong and what is allowed. Never throws. */
import { Check, field, isInteger, isMap, show } from './check.ts';
import type { RequestCode } from './errors.ts';
import { buttons, groupOptions, macroName, member, press } from './press-fields.ts';
import {
  CLIENT_TYPES,
  type ClientMessage,
  COMMANDS,
  type Command,
  type Encoding,
  LIMITS,
  type Member,
  PACES,
} from './protocol.ts';
import { checkpointName, hello as helloOf, speed } from './settings.ts';

/**
 * What is wrong with what came. `payload`: not one message of the encoding, the connection ends. `request`: nothing of the
 * message was taken. `entry`: type and seq could be read, so the entries are accepted if it is their turn, and then rejected;
 * `index` is the faulty member of a group.
 */
export type Fault =
  | { readonly kind: 'payload'; readonly message: string }
  | {
      readonly kind: 'request';
      readonly code: RequestCode;
      readonly message: string;
      readonly allowed?: string;
      /** First seq of the message. */
      readonly seq?: number;
      readonly callId?: number;
      readonly subscription?: number;
    }
  | {
      readonly kind: 'entry';
      readonly seq: number;
      readonly count: number;
      readonly index: number;
      readonly message: string;
    };

export type Decoded<M> =
  | { readonly ok: true; readonly message: M }
  | { readonly ok: false; readonly fault: Fault };

type ClientType = Exclude<(typeof CLIENT_TYPES)[number], ''>;

/** The decoded array -> a client's message. */
export function validateClientMessage(value: unknown, encoding: Encoding): Decoded<ClientMessage> {
  if (!Array.isArray(value)) return payload(`a message is an array [type, ...]; got ${show(value)}`);
  const fields: readonly unknown[] = value;
  const type = clientType(fields[0], encoding);
  if (type === undefined) return unknownType(fields[0], encoding);
  switch (type) {
    case 'input':
      return input(fields, encoding);
    case 'inputs':
      return inputs(fields, encoding);
    case 'keys':
      return keys(fields, encoding);
    case 'command':
      return command(fields);
    case 'hello':
      return hello(fields);
    case 'flush':
      return { ok: true, message: { type } };
    case 'cancel':
      return simple(fields, (check) => ({ type, fromSeq: seqOf(check, fields[1], 'fromSeq') }));
    case 'received':
      return simple(fields, (check) => ({
        type,
        throughSeq: check.integer(fields[1], 'throughSeq', 0, LIMITS.maxInteger),
      }));
    case 'subscribe':
      return subscribe(fields);
    case 'unsubscribe':
      return simple(fields, (check) => ({ type, id: idOf(check, fields[1], 'subscription id') }));
    case 'call':
      return call(fields);
    case 'ping':
      return simple(fields, (check) => ({ type, n: idOf(check, fields[1], 'ping number') }));
    case 'bye':
      return simple(fields, (check) => {
        const discard = field(check.optionalMap(fields[1], 'bye'), 'discard');
        return { type, discard: discard === undefined ? false : check.boolean(discard, 'discard') };
      });
    case 'define':
      return define(fields, encoding);
    case 'script':
      return script(fields);
  }
}

function clientType(value: unknown, encoding: Encoding): ClientType | undefined {
  const name = encoding === 'json' ? value : isInteger(value, 1, CLIENT_TYPES.length) && CLIENT_TYPES[value];
  const found = CLIENT_TYPES.find((word) => word === name);
  return found === '' ? undefined : found;
}

function unknownType(value: unknown, encoding: Encoding): Decoded<ClientMessage> {
  const allowed =
    encoding === 'json'
      ? CLIENT_TYPES.slice(1).join(', ')
      : `an integer from 1 to ${CLIENT_TYPES.length - 1}`;
  return request('unknown_message', `message type: got ${show(value)}`, { allowed });
}

function payload(message: string): Decoded<never> {
  return { ok: false, fault: { kind: 'payload', message } };
}

function request(
  code: RequestCode,
  message: string,
  more: { allowed?: string; seq?: number; callId?: number; subscription?: number } = {},
): Decoded<never> {
  return { ok: false, fault: { kind: 'request', code, message, ...more } };
}

/** A message that is wholly right or wholly refused. */
function simple(
  fields: readonly unknown[],
  read: (check: Check) => ClientMessage,
  more: { callId?: number; subscription?: number } = {},
): Decoded<ClientMessage> {
  const check = new Check();
  const message = read(check);
  if (check.problem === undefined) return { ok: true, message };
  return request('invalid_message', `${show(fields[0])}: ${check.problem}`, more);
}

function seqOf(check: Check, value: unknown, name: string): number {
  return check.integer(value, name, 1, LIMITS.maxInteger);
}

function idOf(check: Check, value: unknown, name: string): number {
  return check.integer(value, name, 0, LIMITS.maxInteger);
}

/** Entries: with a readable seq, wrong content is the entry's fault and not the connection's. */
function entry(
  seq: unknown,
  name: string,
  read: (check: Check, seq: number) => ClientMessage,
): Decoded<ClientMessage> {
  if (!isInteger(seq, 1, LIMITS.maxInteger)) {
    return request('invalid_message', `${name}: seq: got ${show(seq)}`, {
      allowed: `an integer from 1 to ${LIMITS.maxInteger}`,
    });
  }
  const check = new Check();
  const message = read(check, seq);
  if (check.problem === undefined) return { ok: true, message };
  return { ok: false, fault: { kind: 'entry', seq, count: 1, index: 0, message: check.problem } };
}

function input(fields: readonly unknown[], encoding: Encoding): Decoded<ClientMessage> {
  return entry(fields[1], 'input', (check, seq) => ({
    type: 'input',
    seq,
    press: press(check, fields, 2, encoding),
  }));
}

function keys(fields: readonly unknown[], encoding: Encoding): Decoded<ClientMessage> {
  return entry(fields[1], 'keys', (check, seq) => ({
    type: 'keys',
    seq,
    buttons: buttons(check, fields[2], encoding),
  }));
}

function inputs(fields: readonly unknown[], encoding: Encoding): Decoded<ClientMessage> {
  const seq = fields[1];
  const list: unknown = fields[2];
  if (!isInteger(seq, 1, LIMITS.maxInteger)) {
    return request('invalid_message', `inputs: firstSeq: got ${show(seq)}`, {
      allowed: `an integer from 1 to ${LIMITS.maxInteger}`,
    });
  }
  if (!Array.isArray(list) || list.length === 0 || list.length - 1 > LIMITS.maxInteger - seq) {
    return request('invalid_message', `inputs: members: got ${show(list)}`, {
      allowed: 'an array of at least one [buttons, hold?, gap?, options?]',
    });
  }
  const members: readonly unknown[] = list;
  const check = new Check();
  const presses: Member[] = [];
  for (const [index, value] of members.entries()) {
    presses.push(member(check, value, encoding));
    if (check.problem !== undefined) return groupFault(seq, members, index, check.problem);
  }
  const options = groupOptions(check, fields[3]);
  if (check.problem !== undefined) return groupFault(seq, members, members.length - 1, check.problem);
  return { ok: true, message: { type: 'inputs', firstSeq: seq, presses, options } };
}

/** How many seqs a group with macros takes cannot be told here: where it is wrong it is refused as a message. */
function groupFault(
  seq: number,
  members: readonly unknown[],
  index: number,
  message: string,
): Decoded<ClientMessage> {
  if (members.some(isMap)) {
    return request('invalid_message', `inputs: member ${index + 1} of ${members.length}: ${message}`, {
      seq,
    });
  }
  return { ok: false, fault: { kind: 'entry', seq, count: members.length, index, message } };
}

function define(fields: readonly unknown[], encoding: Encoding): Decoded<ClientMessage> {
  return simple(fields, (check) => {
    const name = macroName(check, fields[1], 'name');
    const members: readonly unknown[] = Array.isArray(fields[2]) ? fields[2] : [];
    if (members.length === 0 || members.length > LIMITS.maxMacroPresses) {
      // How many it may be is the gateway's setting.
      check.fail('members', fields[2], 'an array of members that stand for 1 to limits.maxGroup presses');
    }
    const presses: Member[] = [];
    for (const value of members) {
      if (check.problem !== undefined) break;
      presses.push(member(check, value, encoding));
    }
    return { type: 'define', name, presses };
  });
}

function script(fields: readonly unknown[]): Decoded<ClientMessage> {
  const [, seq, text] = fields;
  if (!isInteger(seq, 1, LIMITS.maxInteger)) {
    return request('invalid_message', `script: firstSeq: got ${show(seq)}`, {
      allowed: `an integer from 1 to ${LIMITS.maxInteger}`,
    });
  }
  if (typeof text === 'string' && text.length <= LIMITS.maxScriptLength) {
    return { ok: true, message: { type: 'script', firstSeq: seq, text } };
  }
  const allowed = `a string of at most ${LIMITS.maxScriptLength} characters`;
  return request('invalid_script', `script: text: got ${show(text)}`, { allowed, seq });
}

function command(fields: readonly unknown[]): Decoded<ClientMessage> {
  return entry(fields[1], 'command', (check, seq) => ({
    type: 'command',
    seq,
    command: commandOf(check, fields[2], fields[3]),
  }));
}

function commandOf(check: Check, method: unknown, params: unknown): Command {
  const map = check.optionalMap(params, 'params');
  const name = check.oneOf(method, 'method', COMMANDS);
  switch (name) {
    case 'reset':
      return { method: 'reset' };
    case 'save': {
      const wanted = field(map, 'name');
      return { method: 'save', name: wanted === undefined ? undefined : checkpointName(check, wanted) };
    }
    case 'load':
      return { method: 'load', name: checkpointName(check, field(map, 'name')) };
    case 'pace':
      return {
        method: 'pace',
        pace: check.oneOf(field(map, 'pace'), 'pace', PACES),
        speed: speed(check, field(map, 'speed')),
      };
  }
}

function subscribe(fields: readonly unknown[]): Decoded<ClientMessage> {
  const id = fields[1];
  return simple(
    fields,
    (check) => ({
      type: 'subscribe',
      id: idOf(check, id, 'subscription id'),
      channel: check.text(fields[2], 'channel', 64),
      options: check.optionalMap(fields[3], 'options'),
    }),
    isInteger(id, 0, LIMITS.maxInteger) ? { subscription: id } : {},
  );
}

function call(fields: readonly unknown[]): Decoded<ClientMessage> {
  const id = fields[1];
  return simple(
    fields,
    (check) => ({
      type: 'call',
      id: idOf(check, id, 'call id'),
      method: check.text(fields[2], 'method', 64),
      params: check.optionalMap(fields[3], 'params'),
    }),
    isInteger(id, 0, LIMITS.maxInteger) ? { callId: id } : {},
  );
}

function hello(fields: readonly unknown[]): Decoded<ClientMessage> {
  return simple(fields, (check) => ({ type: 'hello', hello: helloOf(check, fields[1]) }));
}
