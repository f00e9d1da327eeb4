/** What an operation over HTTP looks like in the document. */
import type { ProblemStatus } from './problems.ts';
import { refusals } from './problems.ts';
import type { Schema } from './schema.ts';

export interface Body {
  readonly description: string;
  readonly type?: string;
  readonly schema?: Schema;
}

export interface OperationSpec {
  readonly id: string;
  readonly summary: string;
  readonly tag: string;
  readonly description?: string;
  /** What a token must allow; absent where none is needed. */
  readonly role?: 'watch' | 'play' | 'admin';
  readonly parameters?: readonly object[];
  readonly request?: Readonly<Record<string, Schema>>;
  readonly answers: Readonly<Record<number, Body>>;
  /** Besides those that every request may meet. */
  readonly refused?: readonly ProblemStatus[];
}

/** Whoever asks may meet these. */
const ANYBODY: readonly ProblemStatus[] = [400, 403, 429, 500];
/** Where a token is needed, these too. */
const WITH_TOKEN: readonly ProblemStatus[] = [401, 503];

export function operation(spec: OperationSpec) {
  const { id, summary, tag, description, role, parameters, request, answers, refused = [] } = spec;
  const statuses = [...ANYBODY, ...(role === undefined ? [] : WITH_TOKEN), ...refused];
  return {
    operationId: id,
    summary,
    tags: [tag],
    ...(description !== undefined && { description }),
    security: role === undefined ? [] : [{ token: [] }, {}],
    ...(role !== undefined && { 'x-joywire-role': role }),
    ...(parameters !== undefined && { parameters }),
    ...(request !== undefined && { requestBody: { required: true, content: contents(request) } }),
    responses: { ...refusals(...statuses), ...bodies(answers) },
  };
}

/** Responses with their bodies; without a type there is none. */
export function bodies(answers: Readonly<Record<number, Body>>) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, type, schema = { type: 'string' } }]) => [
      status,
      { description, ...(type !== undefined && { content: contents({ [type]: schema }) }) },
    ]),
  );
}

function contents(schemas: Readonly<Record<string, Schema>>) {
  return Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }]));
}
