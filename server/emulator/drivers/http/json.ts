/** What servers answer is unknown until it has been looked at. */

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
