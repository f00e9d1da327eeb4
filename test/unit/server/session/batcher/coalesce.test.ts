import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capabilitiesOf } from '../../../../../server/emulator/drivers/embedded/capabilities.ts';
import { readHeader } from '../../../../../server/emulator/drivers/embedded/rom.ts';
import { flatten, Timeline } from '../../../../../server/emulator/drivers/embedded/timeline.ts';
import type { Step, StepOutcome } from '../../../../../server/emulator/drivers/driver.ts';
import { coalesce, shareOut } from '../../../../../server/session/batcher/coalesce.ts';
import { InputEntry } from '../../../../../server/session/entry.ts';
import type { Capabilities } from '../../../../../shared/protocol.ts';
import { recorderRom } from '../../../../support/test-rom.ts';

const CAN = capabilitiesOf(readHeader(recorderRom()), false);
/** Holds and gaps are its own, but waits may be of any length. */
const NATIVE_ONLY: Capabilities = { ...CAN, timing: false, waits: true, nativeHold: 10, nativeGap: 120 };

function entries(steps: readonly Partial<Step>[]): InputEntry[] {
  const none = { kind: 'press', buttons: 0, hold: 0, gap: 0, observe: undefined } as const;
  return steps.map((step, index) => new InputEntry({ ...none, ...step }, index + 1, 0, undefined));
}

const anySteps = fc.array(
  fc.record({
    kind: fc.constantFrom('press', 'press', 'press', 'keys'),
    buttons: fc.constantFrom(0, 0, 1, 1, 2, 17),
    hold: fc.nat(3),
    gap: fc.constantFrom(0, 0, 1, 2),
    observe: fc.constantFrom(undefined, undefined, { hash: true }),
  }),
  { maxLength: 20 },
);

/** The buttons on each frame, what is held before and after, and on which frames each observation is made. */
function played(steps: readonly Step[]): { buttons: number[]; held: number; seen: number[] } {
  const timeline = new Timeline();
  const buttons: number[] = [];
  const seen: number[] = [];
  timeline.hold(4);
  timeline.begin(flatten(steps));
  while (!timeline.idle) {
    while (timeline.framesLeft > 0) {
      buttons.push(timeline.buttons());
      timeline.ran();
    }
    if (steps[timeline.index]?.observe !== undefined) seen.push(buttons.length);
    timeline.finish();
  }
  return { buttons, held: timeline.held, seen };
}

function ran(steps: readonly Step[]): StepOutcome[] {
  let frame = 100;
  return steps.map(({ kind, hold, gap }) => {
    const frames = kind === 'keys' ? 1 : hold + gap;
    const firstFrame = frame;
    frame += frames;
    const rest = { observed: undefined, code: undefined, message: undefined };
    return { status: 'executed', firstFrame, frames, certainty: 'exact', ...rest };
  });
}

describe('lossless coalescing', () => {
  it('[I3] the buttons on every frame, the held keys and the frames observed are those without it', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const asked = entries(steps);
        expect(played(coalesce(asked, CAN).map((run) => run.step))).toEqual(played(asked));
      }),
      { numRuns: 2000 },
    );
  });

  it('[I2] every input has the outcome it has without it', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const asked = entries(steps);
        const runs = coalesce(asked, CAN);
        const outcomes = ran(runs.map((run) => run.step));
        const shared = runs.flatMap((run, index) => {
          const outcome = outcomes[index];
          return outcome === undefined ? [] : shareOut(run, outcome);
        });
        expect(shared).toEqual(ran(asked));
      }),
    );
  });

  it('makes one press of waits and of a hold that goes on', () => {
    const runs = coalesce(
      entries([
        { buttons: 1, hold: 4 },
        { buttons: 1, hold: 3, gap: 2 },
        { buttons: 0, hold: 30 },
        { buttons: 0, hold: 10, gap: 5 },
        { buttons: 1, hold: 4 },
      ]),
      CAN,
    );
    expect(runs.map(({ step, members }) => [step.buttons, step.hold, step.gap, members.length])).toEqual([
      [1, 7, 47, 4],
      [1, 4, 0, 1],
    ]);
  });

  it('never makes a press that the emulator cannot run exactly', () => {
    const runs = coalesce(
      entries([
        { buttons: 1, hold: 10, gap: 120 },
        { buttons: 0, hold: 30 },
        { buttons: 1, hold: 10 },
        { buttons: 1, hold: 10, gap: 120 },
        { buttons: 0, hold: 36_000 },
        { buttons: 0, hold: 36_000 },
      ]),
      NATIVE_ONLY,
    );
    expect(runs.map(({ step }) => [step.buttons, step.hold, step.gap])).toEqual([
      [1, 10, 150],
      [1, 10, 0],
      [1, 10, 120],
      [0, 36_000, 0],
      [0, 36_000, 0],
    ]);
  });

  it('[I5] frames that do not add up are not called exact', () => {
    const [run] = coalesce(
      entries([
        { buttons: 1, hold: 4 },
        { buttons: 0, hold: 6 },
      ]),
      CAN,
    );
    const [outcome] = ran([{ kind: 'press', buttons: 1, hold: 4, gap: 7, observe: undefined }]);
    if (run === undefined || outcome === undefined) throw new Error('nothing ran');
    expect(shareOut(run, outcome)).toMatchObject([
      { firstFrame: 100, frames: 4, certainty: 'derived' },
      { firstFrame: 104, frames: 7, certainty: 'derived' },
    ]);
  });

  it('[I2] what may have run is unknown for every member', () => {
    const [run] = coalesce(
      entries([
        { buttons: 1, hold: 4 },
        { buttons: 0, hold: 6 },
      ]),
      CAN,
    );
    if (run === undefined) throw new Error('nothing to run');
    const none = { firstFrame: null, frames: 0, certainty: 'none', observed: undefined } as const;
    const lost = { ...none, status: 'unknown', code: 'emulator_crashed', message: 'it died' } as const;
    expect(shareOut(run, lost)).toEqual([lost, lost]);
  });
});
