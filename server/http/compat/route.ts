/** One call of a dialect: what its body must be, and who answers it. */
import type { z } from 'zod';
import { type Answer, invalid, notJson } from './answer.ts';
import type { Game } from './game.ts';

export interface Request {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

export type Route = (request: Request, game: Game) => Promise<Answer>;

/** A call with a JSON body; without a schema the body is not looked at. */
export function route<T extends z.ZodType | undefined>(
  schema: T,
  answer: (body: T extends z.ZodType ? z.output<T> : undefined, game: Game) => Promise<Answer>,
): Route;
export function route(
  schema: z.ZodType | undefined,
  answer: (body: unknown, game: Game) => Promise<Answer>,
): Route {
  return async ({ bytes }, game) => {
    if (schema === undefined) return answer(undefined, game);
    const json = parse(bytes);
    if (!json.ok) return json.answer;
    const parsed = schema.safeParse(json.value);
    return parsed.success ? answer(parsed.data, game) : invalid(parsed.error.issues, json.value);
  };
}

type Parsed =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly answer: Answer };

function parse(bytes: Uint8Array): Parsed {
  if (bytes.length === 0) return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch (error) {
    return { ok: false, answer: notJson(error instanceof Error ? error.message : String(error)) };
  }
}
