import { readFileSync } from 'node:fs';
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asyncApiDocument } from '../../../../server/documents/async-api.ts';
import { CLOSE_CODES } from '../../../../shared/close-codes.ts';
import { ENTRY_CODES, REQUEST_ERRORS } from '../../../../shared/errors.ts';
import { CALLS, CHANNELS, CLIENT_TYPES, COMMANDS, SERVER_TYPES } from '../../../../shared/protocol.ts';
import { Schemas } from '../../../support/schemas.ts';

const document = asyncApiDocument();
const schemas = new Schemas(document, 'draft7');
const { components } = document;

const read = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
const fixtures = <T extends z.ZodType>(name: string, schema: T) =>
  z.array(schema).parse(JSON.parse(read(`test/fixtures/${name}.json`)));

const messages = fixtures(
  'messages',
  z.object({
    name: z.string(),
    from: z.string(),
    json: z.string().optional(),
    decoded: z.object({ type: z.string() }),
  }),
);
const badInput = fixtures(
  'bad-input',
  z.object({
    name: z.string(),
    from: z.string(),
    text: z.string().optional(),
    fault: z.looseObject({ kind: z.string(), code: z.string().optional() }),
  }),
);

/** Faults of several fields together, which no schema can say. */
const BEYOND_SCHEMAS: readonly string[] = [
  'hello that observes beyond the address space',
  'a group that ends beyond the largest seq',
  'input that observes more than 64 KiB',
];

const problemOf = (type: string, value: unknown) =>
  schemas.problem(`/components/messages/${type}/payload`, value);

describe('the AsyncAPI document', () => {
  it('is one by the official schema of version 3', () => {
    const official = z.looseObject({}).parse(specs.schemas['3.0.0']);
    // It brings the schema of schemas with it.
    const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false });
    const validate = ajv.compile(official);
    validate(JSON.parse(JSON.stringify(document)));
    expect(validate.errors ?? []).toEqual([]);
  });

  it('has every type of message and no other, with its number', () => {
    const numbers = Object.entries(components.messages).map(([name, { 'x-joywire-number': n }]) => [name, n]);
    const expected = [CLIENT_TYPES, SERVER_TYPES].flatMap((types) =>
      types.slice(1).map((name, at) => [name, at + 1]),
    );
    expect(Object.fromEntries(numbers)).toEqual(Object.fromEntries(expected));
    expect(numbers).toHaveLength(expected.length);
    expect(Object.keys(document.channels.session.messages).toSorted()).toEqual(
      Object.keys(components.messages).toSorted(),
    );
    expect(Object.keys(document.operations)).toHaveLength(expected.length);
  });

  it.each([
    ['call_', CALLS],
    ['result_', CALLS],
    ['channel_', CHANNELS],
    ['payload_', CHANNELS],
    ['event_', eventsOfThePage()],
  ])('has a schema %s* for each and no other', (prefix, names) => {
    const found = Object.keys(components.schemas).filter((name) => name.startsWith(prefix));
    expect(found.map((name) => name.slice(prefix.length)).toSorted()).toEqual([...names].toSorted());
  });

  it('has every command, error, entry code and close code', () => {
    const commands = JSON.stringify(components.messages['command']?.payload);
    for (const name of COMMANDS) expect(commands).toContain(`{"const":"${name}"}`);
    expect(document['x-joywire-request-errors']).toBe(REQUEST_ERRORS);
    expect(document['x-joywire-entry-codes']).toBe(ENTRY_CODES);
    expect(document['x-joywire-close-codes']).toBe(CLOSE_CODES);
  });

  it('every reference leads somewhere', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)].map(
      ([, pointer = '']) => pointer,
    );
    const at = (pointer: string) =>
      pointer
        .slice(1)
        .split('/')
        .reduce<unknown>(
          (node, key) =>
            typeof node === 'object' && node !== null
              ? Object.entries(node).find(([name]) => name === key)?.[1]
              : undefined,
          document,
        );
    expect(refs.filter((pointer) => at(pointer) === undefined)).toEqual([]);
  });

  it.each(messages.filter(({ json }) => json !== undefined))(
    'takes the example: $from: $name',
    ({ json = '', decoded }) => {
      expect(problemOf(decoded.type, JSON.parse(json))).toBeUndefined();
    },
  );

  const faulty = badInput.filter(
    ({ name, from, text, fault }) =>
      from === 'client' && text !== undefined && fault.kind !== 'payload' && !BEYOND_SCHEMAS.includes(name),
  );
  it.each(faulty)('does not take what is wrong: $name', ({ text = '' }) => {
    const value: unknown = JSON.parse(text);
    const taken = CLIENT_TYPES.slice(1).filter((type) => problemOf(type, value) === undefined);
    expect(taken).toEqual([]);
  });
});

/** The names in the table of events in docs/protocol.md. */
function eventsOfThePage(): string[] {
  const table = read('docs/protocol.md').split('| name | data | meaning |\n|---|---|---|\n')[1] ?? '';
  return [...(table.split('\n\n')[0] ?? '').matchAll(/^\| `(\w+)`/gm)].map(([, name = '']) => name);
}
