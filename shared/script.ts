/**
 * The script language, second half: a parsed script becomes inputs, and inputs become a script again.
 *
 * `A B UP*3 A:10 A:10:2 A+B W:30 (A B)*2 # comment`: items stand apart by white space, in any case of letters.
 * `NAME+NAME` is a chord, `:hold` and `:hold:gap` are frames (absent: the driver's native press), `*n` repeats,
 * `W:n` presses nothing for n frames. `( … )` declares a group; `( … )*n` is one group of n rounds, and groups
 * inside a group are members of the outermost. `{ … }` behind an item guards it: the item is then a group, or a range of the
 * group around it.
 */
import { formatButtons } from './buttons.ts';
import { assertNever, JoywireError } from './errors.ts';
import { formatGuard, type Guard, ranged, type RangedGuard } from './guards.ts';
import type { Press } from './protocol.ts';
import { parseScript, type ScriptError, type ScriptLimits, type ScriptNode } from './script-parse.ts';

export type { ScriptError, ScriptLimits } from './script-parse.ts';

/** What a script compiles to: a press of its own, or presses that belong together. */
export type ScriptItem =
  | { readonly kind: 'press'; readonly press: Press }
  | {
      readonly kind: 'group';
      readonly presses: readonly Press[];
      /** The outer before the inner ones, as in the text; a range that is the whole group, or goes to its end, is left out. */
      readonly guards?: readonly Guard[];
    };

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
  if (node.kind === 'press' && node.guards.length === 0) {
    const item: ScriptItem = { kind: 'press', press: Object.freeze(node.press) };
    for (let i = 0; i < node.count; i += 1) items.push(item);
    return;
  }
  const group: OpenGroup = { presses: [], guards: [] };
  addMembers(node, group);
  const { presses } = group;
  const guards = group.guards.map((guard) => shortened(guard, presses.length));
  items.push(guards.length === 0 ? { kind: 'group', presses } : { kind: 'group', presses, guards });
}

interface OpenGroup {
  readonly presses: Press[];
  readonly guards: RangedGuard[];
}

function addMembers(node: ScriptNode, group: OpenGroup): void {
  const range = { from: group.presses.length, count: node.inputs };
  for (const guard of node.guards) group.guards.push({ ...guard, ...range });
  for (let i = 0; i < node.count; i += 1) {
    if (node.kind === 'press') group.presses.push(node.press);
    else for (const member of node.members) addMembers(member, group);
  }
}

/** Without what its range need not say. */
function shortened({ from, count, ...guard }: RangedGuard, members: number): Guard {
  return { ...guard, ...(from > 0 && { from }), ...(from + count < members && { count }) };
}

/**
 * The script for items: `compileScript(formatScript(items))` gives the same items back, as long as they are
 * ones that a script can say: no options, holds of at least one frame, waits without a gap; and ranges of guards that lie in or beside
 * each other, the outer and the earlier ones first.
 * @throws JoywireError `invalid_argument` for other ranges
 */
export function formatScript(items: readonly ScriptItem[]): string {
  return items.map(formatItem).join(' ');
}

function formatItem(item: ScriptItem): string {
  switch (item.kind) {
    case 'press':
      return formatPress(item.press);
    case 'group':
      return new GroupText(item).text();
    default:
      return assertNever(item);
  }
}

function formatPress({ buttons, hold, gap }: Press): string {
  if (buttons === 0) return `W:${hold ?? 0}`;
  const frames = hold === undefined ? '' : gap === undefined ? `:${hold}` : `:${hold}:${gap}`;
  return formatButtons(buttons) + frames;
}

/** Writes a group down, with parentheses inside around what guards a part of it. */
class GroupText {
  readonly #presses: readonly Press[];
  readonly #guards: readonly RangedGuard[];
  /** Guards that are written. */
  #written = 0;

  constructor({ presses, guards = [] }: ScriptItem & { kind: 'group' }) {
    this.#presses = presses;
    this.#guards = ranged(guards, presses.length);
  }

  /** @throws JoywireError `invalid_argument` for ranges that are not inside or beside each other, or not in order */
  text(): string {
    const text = this.#range(0, this.#presses.length);
    if (this.#written === this.#guards.length) return text;
    throw new JoywireError(
      'invalid_argument',
      `guards[${this.#written}]: a script cannot say its range; allowed: ranges inside or beside each other, the outer and the earlier first`,
    );
  }

  #range(from: number, to: number): string {
    const own = this.#ownGuards(from, to);
    const parts: string[] = [];
    for (let at = from; at < to; ) {
      const guard = this.#guards[this.#written];
      const end = guard?.from === at ? at + guard.count : at;
      const inner = end > at && end <= to;
      parts.push(
        inner
          ? this.#range(at, end)
          : this.#presses
              .slice(at, at + 1)
              .map(formatPress)
              .join(''),
      );
      at = inner ? end : at + 1;
    }
    const members = parts.join(' ');
    return to - from === 1 && own !== '' ? members + own : `(${members})${own}`;
  }

  #ownGuards(from: number, to: number): string {
    let text = '';
    for (let guard = this.#guards[this.#written]; guard !== undefined; guard = this.#guards[this.#written]) {
      if (guard.from !== from || guard.from + guard.count !== to) break;
      text += formatGuard(guard);
      this.#written += 1;
    }
    return text;
  }
}
