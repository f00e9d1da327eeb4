/** Looks over JSON text before it is parsed: how deep it nests. */

/** Why the text nests deeper than `maxDepth`, or undefined if it does not. Says nothing about whether it is JSON. */
export function scanJson(text: string, maxDepth: number): string | undefined {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (inString) {
      if (char === 0x5c) i++;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x5b || char === 0x7b) {
      if (++depth > maxDepth) return `nested deeper than ${maxDepth}`;
    } else if (char === 0x5d || char === 0x7d) depth--;
  }
  return undefined;
}
