/** Scripts as models write them: what they are told about them, and how long one takes. */
import type { Client, ScriptItem } from '../../client/index.ts';
import { JoywireError } from '../../shared/errors.ts';
import { compileScript } from '../../shared/script.ts';
import { scriptProblem } from '../commands/script-problem.ts';

export const SCRIPT_RULES = `A script is presses with spaces between them:
  A  B  START  SELECT  UP  DOWN  LEFT  RIGHT   one press: held 8 frames, then 8 frames of nothing
  UP*5          five presses
  A:30          held for 30 frames; A:30:2 with a gap of 2 afterwards
  W:60          waits 60 frames (one second)
  A+B           both at once
  (A B)*2       a group: checked as a whole, run without a pause
  (UP*9){stop 0xC010!=1}     a group with a guard on a byte of memory: what has not begun is skipped once it is not 1
  A{wait 0xC010==1 120}      waits until the byte is 1, at most 120 frames, then presses A; skips it if it never is
A second has about 60 frames.`;

/** @throws JoywireError `script_error`, with the place in the script */
export function readScript(script: string, { limits }: Client): readonly ScriptItem[] {
  const { maxGroup, maxHoldFrames } = limits;
  const compiled = compileScript(script, { maxGroup, maxHoldFrames });
  if (compiled.ok) return compiled.items;
  throw new JoywireError('script_error', scriptProblem(script, compiled.error));
}

/** Most frames that it can take: with every press run, and every guard waiting as long as it may. */
export function framesOf(items: readonly ScriptItem[], { emulator }: Client): number {
  const { nativeHold = 0, nativeGap = 0 } = emulator?.capabilities ?? {};
  return items.reduce((sum, item) => {
    const presses = item.kind === 'press' ? [item.press] : item.presses;
    const waits = item.kind === 'press' ? 0 : waitsOf(item);
    return presses.reduce((all, { hold = nativeHold, gap = nativeGap }) => all + hold + gap, sum + waits);
  }, 0);
}

function waitsOf({ presses, guards = [] }: ScriptItem & { kind: 'group' }): number {
  return guards.reduce(
    (sum, { frames = 0, from = 0, count = presses.length - from }) => sum + frames * count,
    0,
  );
}
