import { describe, expect, it } from 'vitest';
import type { ProfiledInput } from '../../../../shared/profile/input.ts';
import { profileSummary } from '../../../../shared/profile/summary.ts';

function input(seq: number, at: ProfiledInput['at'], batch: number | undefined): ProfiledInput {
  return {
    seq,
    kind: 'press',
    status: 'executed',
    buttons: 1,
    hold: 1,
    gap: 1,
    firstFrame: null,
    frames: 2,
    batch: batch === undefined ? undefined : { id: batch, size: 1, reason: 'single' },
    at,
  };
}

describe('the summary of a profile', () => {
  it('says where the time of the mean input went; the parts add up', () => {
    const inputs = [
      input(1, { received: 0, queued: 10, flushed: 20, settled: 120, acked: 130 }, 1),
      input(2, { received: 50, queued: 60, flushed: 160, settled: 360, acked: 370 }, 2),
      input(3, { received: 50, acked: 80 }, undefined),
    ];
    const { segments, total, ...counts } = profileSummary(inputs);
    expect(counts).toEqual({ inputs: 3, batches: 2 });
    expect(total).toMatchObject({ inputs: 3, meanUs: 160, share: 1, p50Us: 130, p99Us: 320, maxUs: 320 });
    expect(segments.map(({ name, inputs: have, meanUs }) => [name, have, Math.round(meanUs * 3)])).toEqual([
      ['gateway in', 2, 20],
      ['queue', 2, 110],
      ['emulator', 2, 300],
      ['ack out', 3, 50],
    ]);
    expect(segments.reduce((sum, { meanUs }) => sum + meanUs, 0)).toBeCloseTo(total.meanUs);
    expect(segments.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  it('takes percentiles of those that have the segment', () => {
    const inputs = Array.from({ length: 100 }, (_, index) =>
      input(index + 1, { received: 0, queued: index + 1 }, undefined),
    );
    expect(profileSummary(inputs).segments).toEqual([
      { name: 'gateway in', inputs: 100, meanUs: 50.5, share: 1, p50Us: 50, p99Us: 99, maxUs: 100 },
    ]);
  });

  it('of nothing is nothing', () => {
    expect(profileSummary([])).toMatchObject({ inputs: 0, segments: [], total: { meanUs: 0, p99Us: 0 } });
  });
});
