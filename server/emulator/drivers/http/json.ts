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

/** An answer for a message, cut to a readable length. */
export function excerpt(status: number, text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return `${status} ${line.length <= 200 ? line : `${line.slice(0, 200)}…`}`;
}

/** Why an exchange did not bring what it should have, for a message. */
export function reason(exchanged: Exchanged): string {
  return exchanged.kind === 'answer' ? excerpt(exchanged.status, exchanged.text) : exchanged.why;
}
