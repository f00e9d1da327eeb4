/**
 * The script language, second half: a parsed script becomes inputs, and inputs become a script again.
 *
 * `A B UP*3 A:10 A:10:2 A+B W:30 (A B)*2 # comment`: items stand apart by white space, in any case of letters.
 * `NAME+NAME` is a chord, `:hold` and `:hold:gap` are frames (absent: the driver's native press), `*n` repeats,
 * `W:n` presses nothing for n frames. `( … )` declares a group; `( … )*n` is one group of n rounds, and groups
 * inside a group only repeat: they are members of the outermost.
 */
import { formatButtons } from './buttons.ts';
import { assertNever } from './errors.ts';
import type { Press } from './protocol.ts';
import { parseScript, type ScriptError, type ScriptLimits, type ScriptNode } from './script-parse.ts';

export type { ScriptError, ScriptLimits } from './script-parse.ts';

/** What a script compiles to: a press of its own, or presses that belong together. */
export type ScriptItem =
  | { readonly kind: 'press'; readonly press: Press }
  | { readonly kind: 'group'; readonly presses: readonly Press[] };

export type ScriptResult =
  | { readonly ok: true; readonly items: readonly ScriptItem[] }
  | { readonly ok: false; readonly error: ScriptError };

/**
 * Compiles a script. Never throws; an empty script has no items. A script that stands for more than
 * `maxInputs` is refused before any of it is expanded. Repeats share one frozen press object.
 */
export function compileScript(text: string, limits: ScriptLimits = {}): ScriptResult {
  const parsed = parseScript(text, limits);
  if (!parsed.ok) return parsed;
  const items: ScriptItem[] = [];
  for (const node of parsed.value) addItems(node, items);
  return { ok: true, items };
}

/** How many inputs a script stands for, without expanding it; 0 if it cannot be read. */
export function scriptSize(text: string, limits: ScriptLimits = {}): number {
  const parsed = parseScript(text, limits);
  return parsed.ok ? parsed.value.reduce((sum, node) => sum + node.inputs, 0) : 0;
}

function addItems(node: ScriptNode, items: ScriptItem[]): void {
  switch (node.kind) {
    case 'press': {
      const item: ScriptItem = { kind: 'press', press: Object.freeze(node.press) };
      for (let i = 0; i < node.count; i += 1) items.push(item);
      return;
    }
    case 'group': {
      const presses: Press[] = [];
      addPresses(node, presses);
      items.push({ kind: 'group', presses });
      return;
    }
    default:
      assertNever(node);
  }
}

function addPresses(node: ScriptNode, presses: Press[]): void {
  for (let i = 0; i < node.count; i += 1) {
    if (node.kind === 'press') presses.push(node.press);
    else for (const member of node.members) addPresses(member, presses);
  }
}

/**
 * The script for items: `compileScript(formatScript(items))` gives the same items back, as long as they are
 * ones that a script can say (no options, holds of at least one frame, waits without a gap).
 */
export function formatScript(items: readonly ScriptItem[]): string {
  return items.map(formatItem).join(' ');
}

function formatItem(item: ScriptItem): string {
  switch (item.kind) {
    case 'press':
      return formatPress(item.press);
    case 'group':
      return `(${item.presses.map(formatPress).join(' ')})`;
    default:
      return assertNever(item);
  }
}

function formatPress({ buttons, hold, gap }: Press): string {
  if (buttons === 0) return `W:${hold ?? 0}`;
  const frames = hold === undefined ? '' : gap === undefined ? `:${hold}` : `:${hold}:${gap}`;
  return formatButtons(buttons) + frames;
}
