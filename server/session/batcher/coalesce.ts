/**
 * Lossless coalescing: neighbours in a batch become one step where the buttons on every frame are provably the same, and what
 * becomes of that step is told for each of them again. Pure.
 */
import { type Capabilities, LIMITS } from '../../../shared/protocol.ts';
import type { Step, StepOutcome } from '../../emulator/drivers/driver.ts';
import { pressUnsupported } from '../../emulator/support.ts';
import type { InputEntry } from '../entry.ts';

/** A step, and the entries it stands for: at least one, in order. */
export interface Run {
  readonly step: Step;
  readonly members: readonly InputEntry[];
}

/** The entries as steps: the fewest that this emulator can run with the same buttons on every frame. */
export function coalesce(entries: readonly InputEntry[], can: Capabilities): readonly Run[] {
  const runs: { step: Step; members: InputEntry[] }[] = [];
  for (const entry of entries) {
    const last = runs.at(-1);
    const step = last && entry.approximated === undefined ? merged(last.step, entry, can) : undefined;
    if (last === undefined || step === undefined || last.members[0]?.approximated !== undefined) {
      runs.push({ step: entry, members: [entry] });
    } else {
      last.step = step;
      last.members.push(entry);
    }
  }
  return runs;
}

/** The outcome of each member: the frames of the step shared out in order, the observation to the last. */
export function shareOut({ members, step }: Run, outcome: StepOutcome): readonly StepOutcome[] {
  if (members.length === 1) return [outcome];
  if (outcome.status !== 'executed' || outcome.firstFrame === null) return members.map(() => outcome);
  const { firstFrame } = outcome;
  // A driver that counted other frames than were asked for leaves it open which of the members they belong to.
  const certain = outcome.frames === step.hold + step.gap;
  const certainty = certain || outcome.certainty === 'none' ? outcome.certainty : 'derived';
  let before = 0;
  return members.map((member, index) => {
    const last = index === members.length - 1;
    const left = Math.max(0, outcome.frames - before);
    const frames = last ? left : Math.min(left, member.hold + member.gap);
    const shared = { ...outcome, firstFrame: firstFrame + before, frames, certainty };
    before += frames;
    return last ? shared : { ...shared, observed: undefined, message: undefined };
  });
}

/** Both as one step; undefined where a frame would have other buttons, or the emulator could not run it. */
function merged(first: Step, second: Step, can: Capabilities): Step | undefined {
  if (first.kind !== 'press' || second.kind !== 'press' || first.observe !== undefined) return undefined;
  // Whether a guarded one runs is not known yet, nor whether frames pass before it.
  if (first.guards !== undefined || second.guards !== undefined) return undefined;
  const timing = together(first, second);
  if (timing === undefined || Math.max(timing.hold, timing.gap) > LIMITS.maxHoldFrames) return undefined;
  const { buttons } = first;
  if (pressUnsupported({ buttons, ...timing, options: undefined }, can) !== undefined) return undefined;
  return { kind: 'press', buttons, ...timing, observe: second.observe };
}

function together(first: Step, second: Step): { hold: number; gap: number } | undefined {
  const waits = second.buttons === 0 || second.hold === 0;
  if (waits && first.buttons === 0) {
    return { hold: first.hold + first.gap + second.hold + second.gap, gap: 0 };
  }
  if (waits) return { hold: first.hold, gap: first.gap + second.hold + second.gap };
  const goesOn = first.buttons === second.buttons && first.gap === 0;
  return goesOn ? { hold: first.hold + second.hold, gap: second.gap } : undefined;
}
