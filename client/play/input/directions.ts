/** Which way a finger on the cross points. Pure. */
import { BUTTONS } from '../../index.ts';

/** Share of the half width around the middle that points nowhere. */
const DEAD = 0.22;
/** tan of 22.5 degrees: closer to an axis than that is straight. */
const STRAIGHT = Math.SQRT2 - 1;

/** @param x and `y` from -1 (left, top) to 1 (right, bottom), 0 in the middle */
export function directionMask(x: number, y: number): number {
  if (Math.hypot(x, y) < DEAD) return 0;
  let mask = 0;
  if (Math.abs(x) > STRAIGHT * Math.abs(y)) mask |= x < 0 ? BUTTONS.LEFT : BUTTONS.RIGHT;
  if (Math.abs(y) > STRAIGHT * Math.abs(x)) mask |= y < 0 ? BUTTONS.UP : BUTTONS.DOWN;
  return mask;
}
