/** Answers in the shapes of the servers that are stood in for: FastAPI's, errors as `{"detail": …}`. */
import type { z } from 'zod';

export interface Answer {
  readonly status: number;
  /** JSON, or bytes as they are. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function refuse(
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, body: { detail }, headers };
}

/** The body is not JSON. */
export function notJson(why: string): Answer {
  const fault = {
    type: 'json_invalid',
    loc: ['body', 0],
    msg: 'JSON decode error',
    input: {},
    ctx: { error: why },
  };
  return { status: 422, body: { detail: [fault] } };
}

/** The body has not the right fields. */
export function invalid(issues: readonly z.core.$ZodIssue[], body: unknown): Answer {
  const detail = issues.map(({ path, message, code }) => ({
    type: isMissing(path, body) ? 'missing' : code,
    loc: ['body', ...path],
    msg: isMissing(path, body) ? 'Field required' : message,
    input: path.length === 0 ? (body ?? null) : (at(body, path) ?? null),
  }));
  return { status: 422, body: { detail } };
}

function isMissing(path: readonly PropertyKey[], body: unknown): boolean {
  return at(body, path) === undefined;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, part) =>
      typeof node === 'object' && node !== null
        ? Object.getOwnPropertyDescriptor(node, part)?.value
        : undefined,
    value,
  );
}
