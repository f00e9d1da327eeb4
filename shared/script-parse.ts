/** The script language, first half: text becomes a tree whose size in inputs is known before anything is expanded. */
import { BUTTONS, parseButtons } from './buttons.ts';
import type { Guard } from './guards.ts';
import { LIMITS, type Press } from './protocol.ts';
import { parseGuard } from './script-guard.ts';

/** Bounds of one script. */
export interface ScriptLimits {
  /** Most inputs that the whole script may stand for. @default 100000 */
  readonly maxInputs?: number;
  /** Most members of one group. @default maxInputs */
  readonly maxGroup?: number;
  /** Most frames that one hold, gap or wait may last. @default LIMITS.maxHoldFrames */
  readonly maxHoldFrames?: number;
}

/** What is wrong with a script, and where. */
export interface ScriptError {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** What would have been right. */
  readonly allowed?: string;
}

/** What a node stands for. */
interface Item {
  readonly count: number;
  /** How many inputs it stands for, repeats included. */
  readonly inputs: number;
  /** What guards the whole of it, in order. */
  readonly guards: readonly Guard[];
  /** How many guards it stands for: its own, and those of its members as often as they are repeated. */
  readonly allGuards: number;
}

export type ScriptNode = Item &
  (
    | { readonly kind: 'press'; readonly press: Press }
    | { readonly kind: 'group'; readonly members: readonly ScriptNode[] }
  );

/** Deepest nesting of parentheses. */
export const MAX_SCRIPT_DEPTH = 32;
export const DEFAULT_MAX_INPUTS = 100_000;

type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ScriptError };
type Bounds = { readonly [K in keyof ScriptLimits]-?: number };

const NAMES = `${Object.keys(BUTTONS).join(', ')} (joined by + for a chord), W:frames to wait, or ( … ) for a group`;
const ITEM_END = /[\s(){}#]/;
const ITEM = /^(?<names>[^:*]*)(?::(?<hold>[^:*]*))?(?::(?<gap>[^:*]*))?(?:\*(?<count>[^:*]*))?$/;

/** Reads a whole script. Costs time and memory in proportion to the text, whatever its repeats stand for. */
export function parseScript(text: string, limits: ScriptLimits = {}): Parsed<readonly ScriptNode[]> {
  const maxInputs = limits.maxInputs ?? DEFAULT_MAX_INPUTS;
  return new Parser(text, {
    maxInputs,
    maxGroup: limits.maxGroup ?? maxInputs,
    maxHoldFrames: limits.maxHoldFrames ?? LIMITS.maxHoldFrames,
  }).script();
}

class Parser {
  readonly #text: string;
  readonly #bounds: Bounds;
  #at = 0;

  constructor(text: string, bounds: Bounds) {
    this.#text = text;
    this.#bounds = bounds;
  }

  script(): Parsed<readonly ScriptNode[]> {
    const nodes = this.#items(0);
    if (!nodes.ok) return nodes;
    if (this.#at < this.#text.length) return this.#fault(this.#at, 'there is no ( for this )');
    return nodes;
  }

  /** Items up to the end of the text or a `)`, which stays unread. */
  #items(depth: number): Parsed<readonly ScriptNode[]> {
    const nodes: ScriptNode[] = [];
    let inputs = 0;
    for (;;) {
      const start = this.#at;
      this.#skipBlanks();
      const next = this.#text[this.#at];
      if (next === undefined || next === ')') return { ok: true, value: nodes };
      if (next === '{' || next === '}') return this.#strayBrace(next);
      if (nodes.length > 0 && this.#at === start) {
        return this.#fault(start, 'expected white space before the next item');
      }
      const itemAt = this.#at;
      const node = next === '(' ? this.#group(depth + 1) : this.#press();
      if (!node.ok) return node;
      inputs += node.value.inputs;
      if (inputs > this.#bounds.maxInputs) return this.#tooMany(itemAt, inputs);
      nodes.push(node.value);
    }
  }

  #group(depth: number): Parsed<ScriptNode> {
    const open = this.#at;
    if (depth > MAX_SCRIPT_DEPTH) {
      return this.#fault(open, 'groups are nested too deep', `at most ${MAX_SCRIPT_DEPTH} levels`);
    }
    this.#at += 1;
    const members = this.#items(depth);
    if (!members.ok) return members;
    if (this.#at === this.#text.length) return this.#fault(open, 'this ( has no )');
    if (members.value.length === 0) return this.#fault(open, 'the group is empty', NAMES);
    this.#at += 1;
    const count = this.#groupCount();
    if (!count.ok) return count;
    const inputs = count.value * members.value.reduce((sum, member) => sum + member.inputs, 0);
    if (inputs > this.#bounds.maxInputs) return this.#tooMany(open, inputs);
    if (inputs > this.#bounds.maxGroup) return this.#groupTooLarge(open, inputs);
    const guards = this.#guards();
    if (!guards.ok) return guards;
    const inside = members.value.reduce((sum, member) => sum + member.allGuards, 0);
    const allGuards = guards.value.length + count.value * inside;
    if (allGuards > LIMITS.maxGuards) return this.#tooManyGuards(open, allGuards);
    const value = { members: members.value, count: count.value, inputs, guards: guards.value, allGuards };
    return { ok: true, value: { kind: 'group', ...value } };
  }

  /** The `*n` right after a `)`; 1 without it. */
  #groupCount(): Parsed<number> {
    const at = this.#at;
    const word = this.#word();
    if (word === '') return { ok: true, value: 1 };
    if (word.startsWith('*')) return this.#number(word.slice(1), at + 1, 'repeat count', 1, Infinity);
    return this.#fault(at, `unexpected "${clip(word)}" after )`, 'white space, or *n to repeat the group');
  }

  #press(): Parsed<ScriptNode> {
    const at = this.#at;
    const word = this.#word();
    const parts = ITEM.exec(word)?.groups;
    if (parts === undefined) return this.#malformed(word, at);
    const { names = '', hold, gap, count: countText } = parts;

    const holdAt = at + names.length + 1;
    const gapAt = holdAt + (hold?.length ?? 0) + 1;
    const countAt = at + word.length - (countText?.length ?? 0);
    const isWait = names.toUpperCase() === 'W';
    const press = isWait ? this.#wait(hold, gap, at, holdAt, gapAt) : this.#buttons(names, at);
    if (!press.ok) return press;

    const { maxHoldFrames } = this.#bounds;
    const holdFrames = this.#optional(hold, holdAt, isWait ? 'wait' : 'hold', 1, maxHoldFrames);
    if (!holdFrames.ok) return holdFrames;
    const gapFrames = this.#optional(gap, gapAt, 'gap', 0, maxHoldFrames);
    if (!gapFrames.ok) return gapFrames;
    const count = this.#optional(countText, countAt, 'repeat count', 1, Infinity);
    if (!count.ok) return count;

    const inputs = count.value ?? 1;
    if (inputs > this.#bounds.maxInputs) return this.#tooMany(countAt, inputs);
    const guards = this.#guards();
    if (!guards.ok) return guards;
    const allGuards = guards.value.length;
    if (allGuards > LIMITS.maxGuards) return this.#tooManyGuards(at, allGuards);
    if (allGuards > 0 && inputs > this.#bounds.maxGroup) return this.#groupTooLarge(countAt, inputs);
    const value = {
      buttons: press.value,
      hold: holdFrames.value,
      gap: isWait ? 0 : gapFrames.value,
      options: undefined,
    };
    const item = { count: inputs, inputs, guards: guards.value, allGuards };
    return { ok: true, value: { kind: 'press', press: value, ...item } };
  }

  /** `W` presses nothing; it must say how long, and has no gap. */
  #wait(
    hold: string | undefined,
    gap: string | undefined,
    at: number,
    holdAt: number,
    gapAt: number,
  ): Parsed<number> {
    if (hold === undefined) return this.#fault(at, 'W must say how many frames to wait', 'W:30');
    if (gap !== undefined) return this.#fault(gapAt, 'a wait has no gap', `W:${clip(hold)}`);
    if (hold === '') return this.#fault(holdAt, 'expected a number of frames', 'W:30');
    return { ok: true, value: 0 };
  }

  #buttons(names: string, at: number): Parsed<number> {
    let mask = 0;
    let nameAt = at;
    for (const name of names.split('+')) {
      if (name === '') return this.#fault(nameAt, "expected a button's name", NAMES);
      const bit = parseButtons(name);
      if (bit === undefined) return this.#fault(nameAt, `there is no button "${clip(name)}"`, NAMES);
      mask |= bit;
      nameAt += name.length + 1;
    }
    return { ok: true, value: mask };
  }

  #optional(
    text: string | undefined,
    at: number,
    what: string,
    least: number,
    most: number,
  ): Parsed<number | undefined> {
    return text === undefined ? { ok: true, value: undefined } : this.#number(text, at, what, least, most);
  }

  #number(text: string, at: number, what: string, least: number, most: number): Parsed<number> {
    const value = /^\d+$/.test(text) ? Number(text) : undefined;
    if (value !== undefined && value >= least && value <= most) return { ok: true, value };
    const allowed = most === Infinity ? `a whole number from ${least} on` : `${least} to ${most} frames`;
    return this.#fault(at, text === '' ? `expected a ${what}` : `"${clip(text)}" is no ${what}`, allowed);
  }

  #malformed(word: string, at: number): Parsed<never> {
    const star = word.indexOf('*');
    const at2 = star >= 0 && word.slice(star + 1).search(/[:*]/) >= 0 ? at + star : at;
    return this.#fault(
      at2,
      `cannot read "${clip(word)}"`,
      'NAME, NAME:hold, NAME:hold:gap, each with *n at its end',
    );
  }

  #tooMany(at: number, inputs: number): Parsed<never> {
    return this.#fault(
      at,
      `the script stands for ${inputs} inputs or more`,
      `at most ${this.#bounds.maxInputs} inputs`,
    );
  }

  #strayBrace(brace: '{' | '}'): Parsed<never> {
    return brace === '}'
      ? this.#fault(this.#at, 'there is no { for this }')
      : this.#fault(
          this.#at,
          'a guard stands right behind its item',
          'A{…} or (A B){…}, without white space',
        );
  }

  #groupTooLarge(at: number, inputs: number): Parsed<never> {
    const allowed = `at most ${this.#bounds.maxGroup} inputs in one group`;
    return this.#fault(at, `the group stands for ${inputs} inputs`, allowed);
  }

  #tooManyGuards(at: number, guards: number): Parsed<never> {
    const allowed = `at most ${LIMITS.maxGuards} guards in one group`;
    return this.#fault(at, `the group stands for ${guards} guards, repeats included`, allowed);
  }

  /** The `{…}` right after an item: none, one or several. */
  #guards(): Parsed<readonly Guard[]> {
    const guards: Guard[] = [];
    while (this.#text[this.#at] === '{') {
      const parsed = parseGuard(this.#text, this.#at);
      if (!parsed.ok) return this.#fault(parsed.at, parsed.message, parsed.allowed);
      guards.push(parsed.guard);
      this.#at = parsed.end;
    }
    if (guards.length > 0 && this.#text[this.#at] === '*') {
      return this.#fault(this.#at, 'a repeat count stands before the guard', 'A*2{…} or (A B)*2{…}');
    }
    return { ok: true, value: guards };
  }

  /** Everything up to white space, a parenthesis, a brace or a comment. */
  #word(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !ITEM_END.test(this.#text.charAt(this.#at))) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  #skipBlanks(): void {
    for (;;) {
      const char = this.#text.charAt(this.#at);
      if (char === '#') this.#skipLine();
      else if (char !== '' && /\s/.test(char)) this.#at += 1;
      else return;
    }
  }

  #skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #fault(at: number, message: string, allowed?: string): Parsed<never> {
    const before = this.#text.slice(0, at);
    const line = before.split('\n').length;
    const column = at - (before.lastIndexOf('\n') + 1) + 1;
    return {
      ok: false,
      error: allowed === undefined ? { message, line, column } : { message, line, column, allowed },
    };
  }
}

/** Quoted text in a message stays short. */
function clip(text: string): string {
  return text.length > 24 ? `${text.slice(0, 24)}…` : text;
}
