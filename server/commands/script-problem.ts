/** An error in a script, with the line it is in and a caret under the place. */
import type { ScriptError } from '../../shared/script.ts';

/** Most columns of the line that are shown. */
const WIDTH = 76;

export function scriptProblem(script: string, { line, column, message, allowed }: ScriptError): string {
  const text = script.split(/\r\n|\r|\n/)[line - 1] ?? '';
  const right = allowed === undefined ? '' : `; allowed: ${allowed}`;
  const start = Math.max(0, column - 1 - Math.floor(WIDTH / 2));
  // A tab, or anything else that moves the cursor, would part the caret from its place.
  const shown = text.slice(start, start + WIDTH).replaceAll(/\p{Cc}/gu, ' ');
  const caret = `${' '.repeat(column - 1 - start)}^`;
  return `script, line ${line}, column ${column}: ${message}${right}\n  ${shown}\n  ${caret}`;
}
