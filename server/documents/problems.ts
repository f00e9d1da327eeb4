/** How HTTP requests are refused: every status with its codes. */
import { map, type Schema, string, word } from './schema.ts';

interface Refusals {
  readonly description: string;
  readonly codes: readonly string[];
}

/** By status. A test compares it with what the code answers. */
export const PROBLEMS = {
  400: {
    description: 'The request is not a proper one',
    codes: ['invalid_host', 'unknown_subprotocol', 'broken_off'],
  },
  401: { description: 'The token is missing or wrong', codes: ['unauthorized'] },
  403: {
    description: 'The host, the origin or the role of the token is not allowed',
    codes: ['host_not_allowed', 'origin_not_allowed', 'forbidden'],
  },
  404: { description: 'There is no such thing', codes: ['not_found', 'unknown_session'] },
  405: { description: 'Another method; `Allow` names those there are', codes: ['method_not_allowed'] },
  413: { description: 'The body is larger than `maxMessageBytes`', codes: ['too_large'] },
  426: { description: 'This is the WebSocket endpoint', codes: ['upgrade_required'] },
  429: { description: 'The address has too many connections open', codes: ['too_many_connections'] },
  500: { description: 'A fault of the gateway', codes: ['internal'] },
  503: {
    description: 'Not now; `Retry-After` says when',
    codes: ['unavailable', 'keys_unavailable'],
  },
} as const satisfies Readonly<Record<number, Refusals>>;

export type ProblemStatus = keyof typeof PROBLEMS;

/** `Problem400` and so on: each with its own codes. */
export function problemSchemas(): Readonly<Record<string, Schema>> {
  const entries = Object.entries(PROBLEMS);
  return Object.fromEntries(
    entries.map(([status, { codes }]) => [
      `Problem${status}`,
      map({ error: map({ code: word(codes), message: string }, { allowed: string }) }),
    ]),
  );
}

/** `Refused400` and so on. */
export function problemResponses() {
  return Object.fromEntries(
    Object.entries(PROBLEMS).map(([status, { description }]) => [
      `Refused${status}`,
      {
        description,
        content: { 'application/json': { schema: { $ref: `#/components/schemas/Problem${status}` } } },
      },
    ]),
  );
}

export function refusals(...statuses: readonly ProblemStatus[]) {
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/Refused${status}` }]),
  );
}
