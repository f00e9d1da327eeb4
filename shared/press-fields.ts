/** Reads presses, macros and their options out of unknown values, for `validate.ts`. What is wrong is in the check. */
import { isButtonMask, parseButtons } from './buttons.ts';
import { type Check, field, isMap } from './check.ts';
import { readGuards } from './guards.ts';
import {
  type Encoding,
  type EntryOptions,
  type GroupOptions,
  LIMITS,
  MACRO_NAME,
  type MacroUse,
  type Member,
  type Press,
} from './protocol.ts';
import { observe } from './settings.ts';

/** `buttons, hold?, gap?, options?` from position `at` on. */
export function press(check: Check, fields: readonly unknown[], at: number, encoding: Encoding): Press {
  return {
    buttons: buttons(check, fields[at], encoding),
    hold: check.optionalInteger(fields[at + 1], 'hold', 0, LIMITS.maxHoldFrames),
    gap: check.optionalInteger(fields[at + 2], 'gap', 0, LIMITS.maxHoldFrames),
    options: entryOptions(check, fields[at + 3]),
  };
}

/** A mask; in JSON also names. */
export function buttons(check: Check, value: unknown, encoding: Encoding): number {
  if (isButtonMask(value)) return value;
  if (encoding === 'json' && typeof value === 'string') {
    const mask = parseButtons(value);
    if (mask !== undefined) return mask;
  }
  const names = 'A, B, SELECT, START, RIGHT, LEFT, UP, DOWN, R, L';
  check.fail(
    'buttons',
    value,
    encoding === 'json'
      ? `a mask from 0 to 1023, or names joined by + out of ${names}`
      : 'a mask from 0 to 1023',
  );
  return 0;
}

function entryOptions(check: Check, value: unknown): EntryOptions | undefined {
  if (value === undefined || value === null) return undefined;
  const wanted = field(check.map(value, 'options'), 'observe');
  return wanted === undefined ? undefined : { observe: observe(check, wanted) };
}

/** Options of a whole group; undefined when there are none. */
export function groupOptions(check: Check, value: unknown): GroupOptions | undefined {
  const options = entryOptions(check, value);
  if (value === undefined || value === null) return undefined;
  const map = check.map(value, 'options');
  const together = field(map, 'together');
  const guards = field(map, 'guards');
  if (together === undefined && guards === undefined) return options;
  return {
    ...options,
    ...(together !== undefined && { together: check.boolean(together, 'together') }),
    ...(guards !== undefined && { guards: readGuards(check, guards) }),
  };
}

/** A press as an array, or a macro as a map. */
export function member(check: Check, value: unknown, encoding: Encoding): Member {
  return isMap(value) ? macroUse(check, value) : press(check, check.list(value, 'member', 64), 0, encoding);
}

function macroUse(check: Check, map: Readonly<Record<string, unknown>>): MacroUse {
  const times = check.optionalInteger(field(map, 'times'), 'times', 1, LIMITS.maxMacroTimes) ?? 1;
  return { use: macroName(check, field(map, 'use'), 'use'), times };
}

/** What a macro is called. @param name of the field, for the message */
export function macroName(check: Check, value: unknown, name: string): string {
  if (typeof value === 'string' && MACRO_NAME.test(value)) return value;
  check.fail(name, value, '1 to 64 of A-Z a-z 0-9 . _ -');
  return '';
}
