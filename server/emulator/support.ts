/** What an emulator's capabilities say about an entry, before anything runs. */
import { formatButtons } from '../../shared/buttons.ts';
import { assertNever } from '../../shared/errors.ts';
import type { Capabilities, Command, Observe, Press } from '../../shared/protocol.ts';

/** Why the emulator cannot run the press, naming the capability; undefined if it can. */
export function pressUnsupported(press: Press, can: Capabilities): string | undefined {
  const { buttons, hold, gap, options } = press;
  if ((buttons & ~can.buttons) !== 0) {
    return `buttons: this emulator has no ${formatButtons(buttons & ~can.buttons)}; allowed: ${formatButtons(can.buttons)}`;
  }
  if (!can.chords && (buttons & (buttons - 1)) !== 0)
    return 'chords: this emulator presses one button at a time';
  if (!can.timing && differs(hold, can.nativeHold)) {
    return `timing: this emulator holds for ${can.nativeHold} frames, no other`;
  }
  if (!can.timing && differs(gap, can.nativeGap)) {
    return `timing: this emulator waits ${can.nativeGap} frames after a press, no other`;
  }
  return observeUnsupported(options?.observe, can);
}

export function observeUnsupported(observe: Observe | undefined, can: Capabilities): string | undefined {
  if (observe === undefined) return undefined;
  if (observe.memory !== undefined && !can.memory) return 'memory: this emulator shows no memory';
  if ((observe.hash === true || observe.screen !== undefined) && !can.screen) {
    return 'screen: this emulator shows no picture';
  }
  return undefined;
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
