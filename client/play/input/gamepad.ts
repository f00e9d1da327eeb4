/** Gamepads of the standard layout (W3C Gamepad, section "Remapping"), looked at once a display frame. */
import { BUTTONS } from '../../index.ts';

/** By position as on Nintendo's pads: A is the right one of the four, B the lower. */
const STANDARD: readonly (readonly [index: number, mask: number])[] = [
  [0, BUTTONS.B],
  [1, BUTTONS.A],
  [2, BUTTONS.B],
  [3, BUTTONS.A],
  [8, BUTTONS.SELECT],
  [9, BUTTONS.START],
  [12, BUTTONS.UP],
  [13, BUTTONS.DOWN],
  [14, BUTTONS.LEFT],
  [15, BUTTONS.RIGHT],
];
/** How far a stick must be pushed to count. */
const STICK = 0.5;

/** What is read of a gamepad. */
export interface PadState {
  readonly buttons: readonly { readonly pressed: boolean }[];
  readonly axes: readonly number[];
}

export function padMask({ buttons, axes }: PadState): number {
  let mask = 0;
  for (const [index, button] of STANDARD) if (buttons[index]?.pressed === true) mask |= button;
  const [x = 0, y = 0] = axes;
  if (x <= -STICK) mask |= BUTTONS.LEFT;
  if (x >= STICK) mask |= BUTTONS.RIGHT;
  if (y <= -STICK) mask |= BUTTONS.UP;
  if (y >= STICK) mask |= BUTTONS.DOWN;
  return mask;
}

/** Polls until the returned function is called. @param held the buttons held on any gamepad, at every change */
export function listenToGamepads(held: (mask: number) => void): () => void {
  let last = 0;
  let handle = 0;
  const look = () => {
    let mask = 0;
    for (const pad of navigator.getGamepads()) if (pad?.connected === true) mask |= padMask(pad);
    if (mask !== last) held(mask);
    last = mask;
    handle = requestAnimationFrame(look);
  };
  handle = requestAnimationFrame(look);
  return () => cancelAnimationFrame(handle);
}
