/**
 * JSON Schema in few words. What is written here means the same in draft 7 (AsyncAPI 3) and in 2020-12 (OpenAPI 3.1), but for
 * tuples, which only messages have: those are draft 7's.
 */
import { LIMITS } from '../../shared/protocol.ts';

export type Schema = Readonly<Record<string, unknown>>;
export type Schemas = Readonly<Record<string, Schema>>;

export function described(schema: Schema, description: string): Schema {
  return { ...schema, description };
}

export function integer(minimum = 0, maximum: number = LIMITS.maxInteger): Schema {
  return { type: 'integer', minimum, maximum };
}

export function number(minimum = 0, maximum?: number): Schema {
  return { type: 'number', minimum, ...(maximum !== undefined && { maximum }) };
}

export function text(maxLength: number = LIMITS.maxTextLength): Schema {
  return { type: 'string', maxLength };
}

export const string: Schema = { type: 'string' };
export const boolean: Schema = { type: 'boolean' };
export const anything: Schema = {};

export function matching(pattern: RegExp): Schema {
  return { type: 'string', pattern: pattern.source };
}

export function word(words: readonly string[]): Schema {
  return { enum: words.filter((one) => one !== '') };
}

/** These, and others that a newer gateway may send: whoever reads them passes over what it does not know. */
export function growing(words: readonly string[]): Schema {
  return { anyOf: [word(words), string] };
}

export function constant(value: string): Schema {
  return { const: value };
}

/** Bytes: bin in msgpack, base64 with padding in JSON. */
export const bytes: Schema = { type: 'string', contentEncoding: 'base64' };

export function nullable(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

export function list(items: Schema, minItems = 0, maxItems?: number): Schema {
  return { type: 'array', items, minItems, ...(maxItems !== undefined && { maxItems }) };
}

/** An object. What is optional may be missing or null; what is in neither is to be passed over. */
export function map(required: Schemas, optional: Schemas = {}): Schema {
  const absent = Object.entries(optional).map(([name, schema]) => [name, nullable(schema)]);
  return {
    type: 'object',
    properties: { ...required, ...Object.fromEntries(absent) },
    required: Object.keys(required),
  };
}

/** An array of fields, of which those at the end may be missing or null. Further ones are to be passed over. */
export function tuple(required: readonly Schema[], optional: readonly Schema[] = []): Schema {
  return {
    type: 'array',
    items: [...required, ...optional.map(nullable)],
    minItems: required.length,
    additionalItems: true,
  };
}

export function either(...schemas: readonly Schema[]): Schema {
  return { anyOf: schemas };
}

/** A schema of the document's own components. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}
