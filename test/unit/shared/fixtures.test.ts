import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { encodeBase64 } from '../../../shared/base64.ts';
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
  type FrameData,
} from '../../../shared/codec.ts';
import { CLIENT_TYPES, type Encoding, SERVER_TYPES } from '../../../shared/protocol.ts';
import { Check } from '../../../shared/check.ts';
import { decodeProfile } from '../../../shared/profile/decode.ts';
import { compileScript, type ScriptItem } from '../../../shared/script.ts';
import type { Decoded } from '../../../shared/validate.ts';
import type { Press } from '../../../shared/protocol.ts';

const from = z.enum(['client', 'server']);
const messagesSchema = z.array(
  z.strictObject({
    name: z.string(),
    from,
    canonical: z.boolean(),
    msgpack: z.string().optional(),
    json: z.string().optional(),
    decoded: z.looseObject({ type: z.string() }),
  }),
);
const badInputSchema = z.array(
  z.strictObject({
    name: z.string(),
    from,
    encoding: z.enum(['msgpack', 'json']),
    hex: z.string().optional(),
    text: z.string().optional(),
    fault: z.looseObject({ kind: z.enum(['payload', 'request', 'entry']) }),
  }),
);
const pressSchema = z.array(z.number().nullable());
const scriptsSchema = z.strictObject({
  good: z.array(
    z.strictObject({
      script: z.string(),
      items: z.array(
        z.union([
          z.strictObject({ press: pressSchema }),
          z.strictObject({ group: z.array(pressSchema), guards: z.array(z.looseObject({})).optional() }),
        ]),
      ),
    }),
  ),
  bad: z.array(
    z.strictObject({
      script: z.string(),
      error: z.strictObject({
        message: z.string(),
        line: z.number(),
        column: z.number(),
        allowed: z.string().optional(),
      }),
    }),
  ),
});

const profilesSchema = z.array(
  z.strictObject({
    name: z.string(),
    payload: z.looseObject({ inputs: z.array(z.number().nullable()) }),
    inputs: z.array(z.looseObject({ seq: z.number() })),
  }),
);

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${name}.json`, import.meta.url), 'utf8'));
}

const messages = messagesSchema.parse(fixture('messages'));
const badInput = badInputSchema.parse(fixture('bad-input'));
const profiles = profilesSchema.parse(fixture('profile'));
const scripts = scriptsSchema.parse(fixture('scripts'));

function unhex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function decode(side: 'client' | 'server', data: FrameData, encoding: Encoding): Decoded<unknown> {
  return side === 'client' ? decodeClientMessage(data, encoding) : decodeServerMessage(data, encoding);
}

/** The message as the fixtures write it: nothing absent, bytes as `{"$hex"}`. */
function written(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $hex: Buffer.from(value).toString('hex') };
  if (Array.isArray(value)) return value.map(written);
  if (typeof value !== 'object' || value === null) return value;
  const present = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(present.map(([key, item]) => [key, written(item)]));
}

/** In JSON, whoever does not know that a payload or result is binary sees base64 text. */
function asJsonShows(decoded: { readonly type: string }): unknown {
  if (decoded.type !== 'push' && decoded.type !== 'result') return decoded;
  return JSON.parse(JSON.stringify(decoded), (_, value: unknown) => {
    const bytes = z.strictObject({ $hex: z.string() }).safeParse(value);
    return bytes.success ? encodeBase64(unhex(bytes.data.$hex)) : value;
  });
}

describe('messages', () => {
  const inMsgpack = messages.filter(({ msgpack }) => msgpack !== undefined);
  const inJson = messages.filter(({ json }) => json !== undefined);
  const canonical = messages.filter((vector) => vector.canonical);

  it.each(inMsgpack)('msgpack is decoded, from the $from: $name', ({ from: side, msgpack = '', decoded }) => {
    const result = decode(side, unhex(msgpack), 'msgpack');
    expect(result.ok && written(result.message)).toEqual(decoded);
  });

  it.each(inJson)('JSON is decoded, from the $from: $name', ({ from: side, json = '', decoded }) => {
    const result = decode(side, json, 'json');
    expect(result.ok && written(result.message)).toEqual(asJsonShows(decoded));
  });

  it.each(canonical)('is what the encoder gives, from the $from: $name', (vector) => {
    const { from: side, msgpack = '', json } = vector;
    const bytes = encodedAgain(side, unhex(msgpack), 'msgpack');
    expect(Buffer.from(bytes).toString('hex')).toBe(msgpack);
    expect(encodedAgain(side, unhex(msgpack), 'json')).toBe(json);
  });
});

/** The message in the bytes, as the encoder writes it; empty when it is none. */
function encodedAgain(side: 'client' | 'server', bytes: Uint8Array, encoding: Encoding): FrameData {
  if (side === 'client') {
    const result = decodeClientMessage(bytes, 'msgpack');
    return result.ok ? encodeClientMessage(result.message, encoding) : '';
  }
  const result = decodeServerMessage(bytes, 'msgpack');
  return result.ok ? encodeServerMessage(result.message, encoding) : '';
}

it('every type of message has a vector in both encodings', () => {
  const types = (side: 'client' | 'server') =>
    new Set(messages.filter((m) => m.from === side && m.canonical).map(({ decoded }) => decoded.type));
  expect(types('client')).toEqual(new Set(CLIENT_TYPES.slice(1)));
  expect(types('server')).toEqual(new Set(SERVER_TYPES.slice(1)));
});

describe('bad input', () => {
  it.each(badInput)('$encoding from the $from: $name', ({ from: side, encoding, hex, text, fault }) => {
    const result = decode(side, encoding === 'json' ? (text ?? '') : unhex(hex ?? ''), encoding);
    expect(result).toMatchObject({ ok: false });
    if (result.ok) return;
    const { message, ...found } = result.fault;
    expect(message).not.toBe('');
    expect({ ...found, allowed: undefined }).toEqual({ ...fault, allowed: undefined });
  });
});

describe('scripts', () => {
  it.each(scripts.good)('$script', ({ script, items }) => {
    const result = compileScript(script);
    expect(result.ok && result.items.map(itemWritten)).toEqual(items);
  });

  it.each(scripts.bad)('wrong: $script', ({ script, error }) => {
    expect(compileScript(script)).toEqual({ ok: false, error });
  });
});

describe('profiles', () => {
  it.each(profiles)('$name', ({ payload, inputs }) => {
    const check = new Check();
    const decoded = decodeProfile(check, payload);
    expect(check.problem).toBeUndefined();
    expect(written(decoded.inputs)).toEqual(inputs);
  });
});

function itemWritten(item: ScriptItem): unknown {
  return item.kind === 'press'
    ? { press: pressWritten(item.press) }
    : { group: item.presses.map(pressWritten), ...(item.guards !== undefined && { guards: item.guards }) };
}

/** As in a message: what is absent at the end is left out, what is absent before is null. */
function pressWritten({ buttons, hold, gap }: Press): unknown[] {
  if (gap !== undefined) return [buttons, hold ?? null, gap];
  return hold === undefined ? [buttons] : [buttons, hold];
}
