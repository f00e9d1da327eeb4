/** Arguments -> units to send. What cannot be sent is refused here, before it gets a seq. */
import { Check, compact } from '../shared/check.ts';
import { type Guard, rangeProblem, readGuards } from '../shared/guards.ts';
import { BUTTONS, isButtonMask, parseButtons } from '../shared/buttons.ts';
import type {
  EntryOptions,
  GroupOptions,
  Member,
  Observe,
  Press,
  PublishedLimits,
} from '../shared/protocol.ts';
import type { ScriptItem } from '../shared/script.ts';
import { clientError } from './errors.ts';
import type { PressSpec } from './options.ts';
import type { Unit } from './submission.ts';

/** @throws JoywireError `invalid_argument` */
export function buttonMask(buttons: string | number): number {
  const mask = typeof buttons === 'string' ? parseButtons(buttons) : buttons;
  if (isButtonMask(mask)) return mask;
  const names = Object.keys(BUTTONS).join(', ');
  throw clientError(
    'invalid_argument',
    `buttons: got ${JSON.stringify(buttons)}; allowed: ${names}, joined by +, or a mask from 0 to 1023`,
  );
}

/** @throws JoywireError `invalid_argument` */
export function pressOf(spec: PressSpec, limits: PublishedLimits): Press {
  if (typeof spec !== 'object') {
    return { buttons: buttonMask(spec), hold: undefined, gap: undefined, options: undefined };
  }
  return {
    buttons: buttonMask(spec.buttons),
    hold: frames('hold', spec.hold, limits),
    gap: frames('gap', spec.gap, limits),
    options: entryOptions(spec.observe),
  };
}

function frames(
  name: string,
  value: number | undefined,
  { maxHoldFrames }: PublishedLimits,
): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && value >= 0 && value <= maxHoldFrames) return value;
  throw clientError('invalid_argument', `${name}: got ${value}; allowed: 0 to ${maxHoldFrames} frames`);
}

function entryOptions(observe: Observe | undefined): EntryOptions | undefined {
  return observe === undefined ? undefined : { observe };
}

export function singleUnit(press: Press): Unit {
  return { count: 1, message: (seq) => ({ type: 'input', seq, press }) };
}

/**
 * @param members how the group is sent; by default as its presses
 * @throws JoywireError `group_too_large`, `invalid_argument` when the group is empty
 */
export function groupUnit(
  presses: readonly Press[],
  { observe, together, guards }: GroupOptions,
  limits: PublishedLimits,
  members: readonly Member[] = presses,
): Unit {
  if (presses.length === 0) throw clientError('invalid_argument', 'a group has at least one member');
  if (presses.length > limits.maxGroup) {
    throw clientError(
      'group_too_large',
      `the group has ${presses.length} members; allowed: at most ${limits.maxGroup}`,
    );
  }
  const wanted = compact({ observe, together, guards: guards && checkedGuards(guards, presses.length) });
  const options = Object.keys(wanted).length === 0 ? undefined : wanted;
  return {
    count: presses.length,
    message: (firstSeq) => ({ type: 'inputs', firstSeq, presses: members, options }),
    plain: (firstSeq) => [{ type: 'inputs', firstSeq, presses, options }],
  };
}

/** @throws JoywireError `invalid_argument` naming the guard and the field */
function checkedGuards(guards: readonly Guard[], members: number): readonly Guard[] {
  const check = new Check();
  const read = readGuards(check, guards);
  const problem = check.problem ?? rangeProblem(read, members);
  if (problem !== undefined) throw clientError('invalid_argument', problem);
  return read;
}

/** One item of a script. */
export function itemUnit(
  item: ScriptItem,
  options: Omit<GroupOptions, 'guards'>,
  limits: PublishedLimits,
): Unit {
  const { observe } = options;
  if (item.kind === 'group') {
    return groupUnit(item.presses, { ...options, ...compact({ guards: item.guards }) }, limits);
  }
  return singleUnit(observe === undefined ? item.press : { ...item.press, options: { observe } });
}
