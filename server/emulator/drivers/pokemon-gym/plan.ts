/** How presses become pokemon-gym's actions: keys of 10 frames down and 120 up, several to a request, and waits. Pure. */
import { buttonNames } from '../../../../shared/buttons.ts';
import type { Step } from '../driver.ts';
import type { Action } from '../http/actions.ts';

export const HOLD = 10;
export const GAP = 120;
const KEY_FRAMES = HOLD + GAP;

export type GymContent =
  | { readonly action_type: 'press_key'; readonly keys: readonly string[] }
  | { readonly action_type: 'wait'; readonly frames: number };
export type GymAction = Action<GymContent>;

interface Part {
  readonly step: number;
  /** The key, or undefined for a wait. */
  readonly key: string | undefined;
  readonly frames: number;
  /** Whether its step is over with it, and whether that step is to be looked at then. */
  readonly last: boolean;
  readonly seen: boolean;
}

/** Plain presses in a row travel as one request; a step that is looked at ends its request, because only then is there a picture. */
export function plan(steps: readonly Step[]): GymAction[] {
  const actions: GymAction[] = [];
  let keys: Part[] = [];
  const flush = () => {
    if (keys.length > 0) actions.push(keyAction(keys));
    keys = [];
  };
  for (const part of steps.flatMap(partsOf)) {
    if (part.key === undefined) {
      flush();
      actions.push(waitAction(part));
    } else {
      keys.push(part);
      if (part.seen) flush();
    }
  }
  flush();
  return actions;
}

/** One key each. */
export function split(action: GymAction): GymAction[] {
  const { content, parts, through } = action;
  if (content.action_type === 'wait' || parts.length <= 1) return [action];
  return content.keys.map((key, index) => {
    const part = parts[index];
    const next = parts[index + 1];
    return {
      content: { action_type: 'press_key', keys: [key] },
      frames: KEY_FRAMES,
      parts: part === undefined ? [] : [part],
      // A step is over when the next part belongs to another.
      through: next === undefined ? through : next.step,
    };
  });
}

function partsOf(step: Step, index: number): Part[] {
  const seen = step.observe !== undefined;
  const keys = buttonNames(step.buttons).map((name) => name.toLowerCase());
  const waitFrames = keys.length === 0 ? step.hold + step.gap : Math.max(0, step.gap - GAP);
  const parts = [
    ...keys.map((key) => ({ key, frames: KEY_FRAMES })),
    ...(waitFrames > 0 ? [{ key: undefined, frames: waitFrames }] : []),
  ];
  return parts.map(({ key, frames }, nth) => {
    const last = nth === parts.length - 1;
    return { step: index, key, frames, last, seen: last && seen };
  });
}

function keyAction(parts: readonly Part[]): GymAction {
  return {
    content: { action_type: 'press_key', keys: parts.flatMap(({ key }) => key ?? []) },
    frames: parts.length * KEY_FRAMES,
    parts: parts.map(({ step, frames }) => ({ step, frames })),
    through: throughOf(parts),
  };
}

function waitAction(part: Part): GymAction {
  const { step, frames } = part;
  return {
    content: { action_type: 'wait', frames },
    frames,
    parts: [{ step, frames }],
    through: throughOf([part]),
  };
}

/** Steps without frames that stand before are over too. */
function throughOf(parts: readonly Part[]): number {
  const final = parts.at(-1);
  if (final === undefined) return 0;
  return final.last ? final.step + 1 : final.step;
}
