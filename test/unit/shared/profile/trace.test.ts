import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Moment, MOMENTS, type ProfiledInput } from '../../../../shared/profile/input.ts';
import { profileTrace } from '../../../../shared/profile/trace.ts';
import { SEGMENTS, segmentsOf, totalUs } from '../../../../shared/profile/segments.ts';
import { arbitraryInputs } from '../../../support/profiled-inputs.ts';
import { readTrace, type SeenSlice } from '../../../support/trace-check.ts';

const HEAD = { session: 's1', dropped: 0, missing: 0, originMs: 1_700_000_000_000 };

function traced(inputs: readonly ProfiledInput[]): SeenSlice[] {
  return readTrace(JSON.stringify(profileTrace({ ...HEAD, inputs })));
}

/** A press whose moments are the numbers given, in the order of `MOMENTS`; `undefined` where it lacks one. */
function press(seq: number, batch: number, ...us: readonly (number | undefined)[]): ProfiledInput {
  const at: Partial<Record<Moment, number>> = {};
  for (const [index, moment] of MOMENTS.entries()) {
    const each = us[index];
    if (each !== undefined) at[moment] = each;
  }
  const input = {
    kind: 'press',
    status: 'executed',
    buttons: seq === 2 ? 0x81 : 1,
    hold: 8,
    gap: 8,
  } as const;
  const ran = {
    firstFrame: (seq - 1) * 16,
    frames: 16,
    batch: { id: batch, size: 2, reason: 'group' },
  } as const;
  return { seq, ...input, ...ran, at };
}

const NONE = undefined;
const PAIR = [
  press(1, 4, 1000, 1100, 1110, 1120, 1150, 1151, 1400, 1700, NONE, 1710, 1800),
  press(2, 4, 1000, 1100, 1110, 1120, 1150, 1400, 1650, 1700, NONE, 1710, 1800),
];

describe('a trace', () => {
  it('is well formed, in order, and its slices nest, whatever was recorded', () => {
    fc.assert(
      fc.property(arbitraryInputs(), (inputs) => {
        const slices = traced(inputs);
        const lanes = new Set(slices.map(({ lane }) => lane.replace(/ \(\d+\)$/, '')));
        for (const lane of lanes) expect(['batches', ...SEGMENTS]).toContain(lane);
      }),
    );
  });

  it('loses no time: in its lanes stands all that the inputs took', () => {
    fc.assert(
      fc.property(arbitraryInputs(), (inputs) => {
        const counted = traced(inputs)
          .filter(({ lane }) => !lane.startsWith('batches'))
          .reduce(
            (sum, { startUs, endUs, args }) => sum + (endUs - startUs) * Number(args['inputs'] ?? 1),
            0,
          );
        expect(counted).toBe(inputs.reduce((sum, input) => sum + totalUs(input), 0));
      }),
    );
  });

  it('has a lane for each segment of the way, with slices named by buttons and seq', () => {
    const slices = traced(PAIR).filter(({ lane }) => lane !== 'batches');
    const shown = slices.map(({ lane, name, startUs, endUs }) => `${lane}: ${name} ${startUs}-${endUs}`);
    expect(shown).toEqual([
      'client to gateway: A #1 … A+DOWN #2 (2) 0-100',
      'gateway in: A #1 … A+DOWN #2 (2) 100-110',
      'queue: A #1 … A+DOWN #2 (2) 110-120',
      'to the emulator: A #1 … A+DOWN #2 (2) 120-150',
      'behind others: A+DOWN #2 150-400',
      'behind others: A #1 150-151',
      'frames: A #1 151-400',
      'frames: A+DOWN #2 400-650',
      'back: A #1 400-700',
      'back: A+DOWN #2 650-700',
      'ack out: A #1 … A+DOWN #2 (2) 700-710',
      'gateway to client: A #1 … A+DOWN #2 (2) 710-800',
    ]);
    expect(slices.find(({ lane, name }) => lane === 'frames' && name === 'A #1')?.args).toEqual({
      seq: 1,
      kind: 'press',
      status: 'executed',
      hold: 8,
      gap: 8,
      firstFrame: 0,
      frames: 16,
      batch: 4,
      size: 2,
      reason: 'group',
      totalUs: 800,
    });
  });

  it('shows where the time of a batch went, in one lane', () => {
    const shown = traced(PAIR)
      .filter(({ lane }) => lane === 'batches')
      .map(({ name, startUs, endUs, depth }) => `${'  '.repeat(depth)}${name} ${startUs}-${endUs}`);
    expect(shown).toEqual([
      'batch 4: 2 group 110-710',
      '  queue 110-120',
      '  to the emulator 120-150',
      '  A #1 151-400',
      '  A+DOWN #2 400-650',
      '  back 650-700',
      '  ack 700-710',
    ]);
  });

  it('gives what only overlaps lanes of its own', () => {
    const waited = (seq: number, fromUs: number, toUs: number) =>
      press(seq, seq, NONE, NONE, fromUs, toUs, NONE, NONE, NONE, toUs + 100, NONE, toUs + 110);
    const slices = traced([waited(1, 0, 50), waited(3, 10, 150), waited(4, 60, 250)]);
    const lanesOf = (name: string) =>
      slices.filter(({ lane }) => lane.startsWith(name)).map(({ lane }) => lane);
    expect(lanesOf('queue')).toEqual(['queue', 'queue (2)', 'queue']);
    expect(new Set(lanesOf('batches'))).toEqual(new Set(['batches', 'batches (2)', 'batches (3)']));
    expect(lanesOf('emulator')).toEqual(['emulator', 'emulator', 'emulator']);
  });

  it('of nothing is empty', () => {
    expect(traced([])).toEqual([]);
  });

  it('of a batch of a thousand nests no deeper than viewers show', () => {
    const inputs = Array.from({ length: 1000 }, (_, index) =>
      press(index + 10, 1, NONE, 0, 1, 2, 3, 4 + index, 5 + index, 2000, NONE, 2001),
    );
    const slices = traced(inputs);
    expect(Math.max(...slices.map(({ depth }) => depth))).toBeLessThan(64);
    expect(slices.filter(({ lane }) => lane.startsWith('behind others'))).toHaveLength(1000);
  });

  it("says what it is about, and how sure the client's times are", () => {
    const clock = { offsetUs: 5, uncertaintyUs: 1 };
    const { otherData } = profileTrace({ ...HEAD, inputs: PAIR, dropped: 3, missing: 2, clock });
    expect(otherData).toEqual({
      session: 's1',
      inputs: 2,
      dropped: 3,
      missing: 2,
      startMs: 1_700_000_000_001,
      clientOffsetUs: 5,
      clientUncertaintyUs: 1,
    });
  });
});

describe('the segments of an input', () => {
  it('join without a hole, from its first moment to its last', () => {
    fc.assert(
      fc.property(arbitraryInputs(), (inputs) => {
        for (const input of inputs) {
          const segments = segmentsOf(input);
          const joins = segments.every(
            (one, index) => index === 0 || one.startUs === segments[index - 1]?.endUs,
          );
          expect(joins).toBe(true);
          const lasts = segments.map(({ startUs, endUs }) => endUs - startUs);
          expect(lasts.reduce((sum, us) => sum + us, 0)).toBe(totalUs(input));
        }
      }),
    );
  });
});
