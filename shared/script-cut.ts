/** Cuts a script into pieces of a bounded number of inputs, so that each can travel by itself. Pure. */
import type { ScriptItem } from './script.ts';

/** A part of a script: its own text, and what that compiles to. */
export interface ScriptPiece {
  readonly text: string;
  readonly items: readonly ScriptItem[];
  /** How many inputs it stands for. */
  readonly inputs: number;
}

/**
 * The pieces of a script that compiles to these items; together they compile to the same. Each has at most `mostInputs` inputs (at least 1),
 * unless it is one group, which is never cut. Comments and needless white space are left out.
 */
export function cutScript(
  script: string,
  items: readonly ScriptItem[],
  mostInputs: number,
): readonly ScriptPiece[] {
  const pieces: ScriptPiece[] = [];
  let parts: ScriptPiece[] = [];
  let inputs = 0;
  const close = () => {
    if (parts.length > 0) pieces.push(joined(parts, inputs));
    parts = [];
    inputs = 0;
  };
  for (const part of writtenItems(script, items).flatMap((item) => cutItem(item, mostInputs))) {
    if (inputs + part.inputs > mostInputs) close();
    parts.push(part);
    inputs += part.inputs;
  }
  close();
  return pieces;
}

function joined(parts: readonly ScriptPiece[], inputs: number): ScriptPiece {
  return {
    text: parts.map(({ text }) => text).join(' '),
    items: parts.flatMap(({ items }) => items),
    inputs,
  };
}

/** Each item as it is written, with what it compiles to. */
function writtenItems(script: string, items: readonly ScriptItem[]): readonly ScriptPiece[] {
  let at = 0;
  return topItems(script).map((text) => {
    // What has a guard is a group, too.
    const isGroup = text.startsWith('(') || text.includes('{');
    const count = isGroup ? 1 : Number(/\*(\d+)$/.exec(text)?.[1] ?? 1);
    const own = items.slice(at, at + count);
    at += count;
    const [first] = own;
    return { text, items: own, inputs: first?.kind === 'group' ? first.presses.length : count };
  });
}

/** What stands between white space outside of parentheses and braces, in its shortest form. */
function topItems(script: string): readonly string[] {
  const text = script
    .replaceAll(/#[^\n]*/g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('( ', '(')
    .replaceAll(' )', ')')
    .trim();
  const items: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '(' || char === '{') depth += 1;
    else if (char === ')' || char === '}') depth -= 1;
    else if (char === ' ' && depth === 0) {
      items.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return start < text.length ? [...items, text.slice(start)] : items;
}

/** Repeats of a single that are too many in several. */
function cutItem(item: ScriptPiece, mostInputs: number): readonly ScriptPiece[] {
  const { text, items, inputs } = item;
  if (inputs <= mostInputs || items.length === 1) return [item];
  const single = text.replace(/\*\d+$/, '');
  const pieces: ScriptPiece[] = [];
  for (let at = 0; at < inputs; at += mostInputs) {
    const some = items.slice(at, at + mostInputs);
    pieces.push({ text: `${single}*${some.length}`, items: some, inputs: some.length });
  }
  return pieces;
}
