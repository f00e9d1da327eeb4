/** Keeps the keyboard with the game. */
import type { TargetedMouseEvent } from 'preact';

/** A button pressed by pointer must not keep the focus: Enter is START then, not the button again. */
export function letGoOfPointerFocus({ detail, currentTarget }: TargetedMouseEvent<HTMLButtonElement>): void {
  if (detail > 0) currentTarget.blur();
}
