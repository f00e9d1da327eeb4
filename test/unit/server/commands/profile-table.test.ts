import { describe, expect, it } from 'vitest';
import type { Profile, ProfiledInput } from '../../../../client/index.ts';
import { profileTable } from '../../../../server/commands/profile-table.ts';

const plain = (_colour: string, text: string) => text;

function input(seq: number, at: ProfiledInput['at']): ProfiledInput {
  const what = { kind: 'press', status: 'executed', buttons: 1, hold: 8, gap: 8 } as const;
  return { seq, ...what, firstFrame: null, frames: 16, batch: { id: 1, size: 2, reason: 'group' }, at };
}

const profile: Profile = {
  session: 's1',
  inputs: [
    input(1, { sent: 0, received: 50, settled: 150, acked: 200 }),
    input(2, { sent: 0, received: 50, settled: 350, acked: 400 }),
  ],
  dropped: 0,
  missing: 0,
  clock: undefined,
  originMs: 0,
};

describe('the table of a profile', () => {
  it('shows the way from left to right, each segment from where the one before ended', () => {
    expect(profileTable(profile, plain).split('\n')).toEqual([
      'session s1: 2 inputs in 1 batch',
      '                     mean µs     share       p50       p99       max',
      'client to gateway       50.0    16.7 %        50        50        50  █████',
      'emulator               200.0    66.7 %       100       300       300       ██████████████████████',
      'ack out                 50.0    16.7 %        50        50        50                             █████',
      'together               300.0   100.0 %       200       400       400',
      '',
    ]);
  });

  it('says what is not in it, and how sure the times of the client are', () => {
    const clock = { offsetUs: 1, uncertaintyUs: 34.4 };
    const lines = profileTable({ ...profile, dropped: 1, missing: 3, clock }, plain).split('\n');
    expect(lines.slice(1, 4)).toEqual([
      '1 input more came, for which there was no room',
      '3 inputs more were acked while there was no connection',
      'the ways to and from the client are known to ±34 µs, their sum exactly',
    ]);
  });

  it('of nothing is one line', () => {
    expect(profileTable({ ...profile, inputs: [] }, plain)).toBe('session s1: 0 inputs in 0 batches\n');
  });
});
