/** What servers answer is unknown until it has been looked at. */
import type { Exchanged } from './exchange.ts';

/** The JSON object in a text; undefined when it is none. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Statuses with which a request was refused before anything of it ran. */
const REFUSALS = new Set([400, 401, 403, 404, 405, 411, 413, 415, 422]);

export function isRefusal(status: number): boolean {
  return REFUSALS.has(status);
}

/** An answer for a message, cut to a readable length. */
export function excerpt(status: number, text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return `${status} ${line.length <= 200 ? line : `${line.slice(0, 200)}…`}`;
}

/** Why an exchange did not bring what it should have, for a message. */
export function reason(exchanged: Exchanged): string {
  return exchanged.kind === 'answer' ? excerpt(exchanged.status, exchanged.text) : exchanged.why;
}
