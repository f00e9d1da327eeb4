/** The script language, the part in braces: `{stop 0xD057!=0}`, `{go 0xC0A0<3}`, `{wait 0xC026&0x0F==1 120 go}`. */
import { GUARD_EFFECTS, GUARD_OPS, type Guard, type GuardEffect, type GuardOp } from './guards.ts';
import { LIMITS } from './protocol.ts';

/** A guard without its range, which its place in the script gives; or what is wrong, at which position of the text. */
export type ParsedGuard =
  | { readonly ok: true; readonly guard: Guard; readonly end: number }
  | { readonly ok: false; readonly at: number; readonly message: string; readonly allowed: string };

const SHAPE = '{stop ADDRESS==VALUE}, {go ADDRESS==VALUE} or {wait ADDRESS==VALUE FRAMES}';
/** Longer ones first: `<=` is not `<` and something. */
const OPS_BY_LENGTH = [...GUARD_OPS].sort((a, b) => b.length - a.length);
const NUMBER = /^(?:0[xX][0-9A-Fa-f]+|\d+)$/;

/** Reads the guard whose `{` stands at `start`. `end` is the position behind its `}`. */
export function parseGuard(text: string, start: number): ParsedGuard {
  const scan = new Scan(text, start + 1);
  const guard = readGuard(scan);
  const { problem } = scan;
  return problem === undefined ? { ok: true, guard, end: scan.at } : { ok: false, ...problem };
}

function readGuard(scan: Scan): Guard {
  const then = effect(scan);
  const address = scan.number('an address', 0, 0xffff);
  const mask = scan.takes('&') ? scan.number('a mask', 0, 0xff) : undefined;
  const op = operator(scan);
  const value = scan.number('a value', 0, 0xff);
  const frames =
    then === 'wait' ? scan.number('the most frames to wait', 1, LIMITS.maxHoldFrames) : undefined;
  const orGo = then === 'wait' && scan.takesWord('go');
  scan.close();
  return {
    address,
    op,
    value,
    ...(mask !== undefined && { mask }),
    ...(then !== 'stop' && { then }),
    ...(frames !== undefined && { frames }),
    ...(orGo && { orGo }),
  };
}

function effect(scan: Scan): GuardEffect {
  scan.skipBlanks();
  const { at } = scan;
  const word = scan.word();
  const found = GUARD_EFFECTS.find((name) => name === word.toLowerCase());
  if (found === undefined) {
    scan.fail(at, word === '' ? 'a guard says what it does' : `there is no guard "${word}"`, SHAPE);
  }
  return found ?? 'stop';
}

function operator(scan: Scan): GuardOp {
  const found = OPS_BY_LENGTH.find((op) => scan.takes(op));
  if (found === undefined) scan.fail(scan.at, 'expected a comparison', GUARD_OPS.join(', '));
  return found ?? '==';
}

/** Reads on until something is wrong: from then on nothing counts. */
class Scan {
  at: number;
  problem: { readonly at: number; readonly message: string; readonly allowed: string } | undefined;
  readonly #text: string;

  constructor(text: string, at: number) {
    this.#text = text;
    this.at = at;
  }

  fail(at: number, message: string, allowed: string): void {
    this.problem ??= { at, message, allowed };
  }

  skipBlanks(): void {
    while (/^\s$/.test(this.#text.charAt(this.at))) this.at += 1;
  }

  /** Letters and digits from here on. */
  word(): string {
    const start = this.at;
    while (/^\w$/.test(this.#text.charAt(this.at))) this.at += 1;
    return this.#text.slice(start, this.at);
  }

  /** Whether these characters come next; they are passed over then. */
  takes(characters: string): boolean {
    this.skipBlanks();
    if (!this.#text.startsWith(characters, this.at)) return false;
    this.at += characters.length;
    return true;
  }

  takesWord(wanted: string): boolean {
    this.skipBlanks();
    const { at } = this;
    if (this.word().toLowerCase() === wanted) return true;
    this.at = at;
    return false;
  }

  /** A whole number, decimal or with 0x in front. */
  number(what: string, least: number, most: number): number {
    this.skipBlanks();
    const { at } = this;
    const text = this.word();
    const value = NUMBER.test(text) ? Number(text) : undefined;
    if (value !== undefined && value >= least && value <= most) return value;
    const found = text === '' ? `expected ${what}` : `"${text.slice(0, 24)}" is not ${what}`;
    this.fail(at, found, `${least} to ${most}, or with 0x in front as hexadecimal`);
    return least;
  }

  close(): void {
    if (!this.takes('}')) this.fail(this.at, 'expected the } of the guard', SHAPE);
  }
}
