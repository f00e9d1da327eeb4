/** What an emulator's capabilities say about an entry, before anything runs. */
import { formatButtons } from '../../shared/buttons.ts';
import { assertNever } from '../../shared/errors.ts';
import type { Guard } from '../../shared/guards.ts';
import type { Capabilities, Command, Observe, Press } from '../../shared/protocol.ts';

/** Why the emulator cannot run the press, naming the capability; undefined if it can. */
export function pressUnsupported(press: Press, can: Capabilities): string | undefined {
  return (
    buttonsUnsupported(press.buttons, can) ??
    inexact(press, can) ??
    observeUnsupported(press.options?.observe, can)
  );
}

function buttonsUnsupported(buttons: number, can: Capabilities): string | undefined {
  const missing = buttons & ~can.buttons;
  if (missing === 0) return undefined;
  return `buttons: this emulator has no ${formatButtons(missing)}; allowed: ${formatButtons(can.buttons)}`;
}

/** What of a press the emulator could only approximate, naming the capability; undefined if nothing. */
function inexact({ buttons, hold, gap }: Press, can: Capabilities): string | undefined {
  if (!can.chords && isChord(buttons)) return 'chords: this emulator presses one button at a time';
  if (can.timing || (can.waits === true && buttons === 0)) return undefined;
  if (differs(hold, can.nativeHold))
    return `timing: this emulator holds for ${can.nativeHold} frames, no other`;
  if (!differs(gap, can.nativeGap) || (can.waits === true && gap !== undefined && gap > can.nativeGap))
    return undefined;
  const longer = can.waits === true ? ' or more' : '';
  return `timing: this emulator waits ${can.nativeGap} frames${longer} after a press, no other`;
}

/** A press that was approximated, and how. */
export interface Approximated {
  readonly press: Press;
  readonly how: string;
}

/**
 * The press as near to what was asked as the emulator comes, and how: the native hold and gap in place of others, the buttons of a chord one
 * after the other. Undefined when nothing needs approximating, or when it cannot be helped.
 */
export function approximate(press: Press, can: Capabilities): Approximated | undefined {
  if (buttonsUnsupported(press.buttons, can) !== undefined || inexact(press, can) === undefined)
    return undefined;
  const waits = can.timing || (can.waits === true && press.buttons === 0);
  const longer = can.waits === true && (press.gap ?? 0) > can.nativeGap;
  const hold = waits ? press.hold : can.nativeHold;
  const gap = waits || longer ? press.gap : can.nativeGap;
  const how = [
    ...(!can.chords && isChord(press.buttons) ? [`${formatButtons(press.buttons)} one after the other`] : []),
    ...(differs(press.hold, hold ?? can.nativeHold) ? [`hold ${press.hold} as ${hold}`] : []),
    ...(differs(press.gap, gap ?? can.nativeGap) ? [`gap ${press.gap} as ${gap}`] : []),
  ];
  return { press: { ...press, hold, gap }, how: how.join('; ') };
}

function isChord(buttons: number): boolean {
  return (buttons & (buttons - 1)) !== 0;
}

export function observeUnsupported(observe: Observe | undefined, can: Capabilities): string | undefined {
  if (observe === undefined) return undefined;
  if (observe.memory !== undefined && !can.memory) return 'memory: this emulator shows no memory';
  if ((observe.hash === true || observe.screen !== undefined) && !can.screen) {
    return 'screen: this emulator shows no picture';
  }
  return undefined;
}

/** Why the emulator cannot check guards of a group of `members`, naming the capability; undefined if it can, or if there are none. */
export function guardsUnsupported(
  guards: readonly Guard[] | undefined,
  members: number,
  can: Capabilities,
): string | undefined {
  if (guards === undefined) return undefined;
  if (can.guards !== true) return 'guards: this emulator cannot look at its memory between two frames';
  if (members <= can.largestBatch) return undefined;
  return `largestBatch: a group with guards goes in one batch, of at most ${can.largestBatch}; this one has ${members} members`;
}

export function keysUnsupported(buttons: number, can: Capabilities): string | undefined {
  if (!can.keys) return 'keys: this emulator cannot keep buttons held';
  return pressUnsupported({ buttons, hold: undefined, gap: undefined, options: undefined }, can);
}

export function commandUnsupported(command: Command, can: Capabilities): string | undefined {
  switch (command.method) {
    case 'save':
    case 'load':
      return can.states ? undefined : 'states: this emulator neither saves nor loads';
    case 'reset':
      return can.reset ? undefined : 'reset: this emulator cannot be reset';
    case 'pace':
      return can.paces.includes(command.pace)
        ? undefined
        : `paces: this emulator runs at ${can.paces.join(' or ')} only`;
    default:
      return assertNever(command);
  }
}

function differs(asked: number | undefined, native: number): boolean {
  return asked !== undefined && asked !== native;
}
