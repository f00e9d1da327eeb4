import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../../../../server/emulator/drivers/driver.ts';
import { Duplicates } from '../../../../../server/session/batcher/dedupe.ts';
import { type Group, InputEntry } from '../../../../../server/session/entry.ts';

function entry(seq: number, step: Partial<Step>, group?: Group): InputEntry {
  const press = { kind: 'press', buttons: 1, hold: 4, gap: 4, observe: undefined } as const;
  return new InputEntry({ ...press, ...step }, seq, 0, group);
}

function seqs(entries: readonly { seq: number }[]): number[] {
  return entries.map(({ seq }) => seq);
}

describe('deduplication', () => {
  it('[I3] lets one of a press through in so many frames, and names the rule of each drop', () => {
    const duplicates = new Duplicates();
    const batch = [entry(1, {}), entry(2, {}), entry(3, { buttons: 2 }), entry(4, {})];
    const { pass, dropped } = duplicates.sort(batch, { frames: 16 }, 100);
    expect(seqs(pass)).toEqual([1, 3, 4]);
    expect(dropped.map(({ entry: { seq }, rule }) => [seq, rule])).toEqual([
      [2, 'dedupe: A again 8 frames after seq 1; at most one in 16 frames'],
    ]);
  });

  it('remembers what passed in the batch before', () => {
    const duplicates = new Duplicates();
    duplicates.sort([entry(1, {})], { frames: 30 }, 0);
    expect(duplicates.sort([entry(2, {})], { frames: 30 }, 29).pass).toEqual([]);
    expect(seqs(duplicates.sort([entry(3, {})], { frames: 30 }, 30).pass)).toEqual([3]);
  });

  it('drops no waits, keys, members of groups, or buttons that the rule is not about', () => {
    const group = { size: 1, ackedWith: undefined, guarded: false };
    const batch = [
      entry(1, {}),
      entry(2, {}, group),
      entry(3, { buttons: 0 }),
      entry(4, { buttons: 0 }),
      entry(5, { kind: 'keys', hold: 0, gap: 0 }),
      entry(6, { buttons: 2 }),
      entry(7, { buttons: 2 }),
    ];
    expect(new Duplicates().sort(batch, { frames: 600, buttons: 1 }, 0).dropped).toEqual([]);
  });

  it('of what passes, equal single presses are never nearer than asked', () => {
    const presses = fc.array(fc.record({ buttons: fc.constantFrom(1, 2), hold: fc.nat(9), gap: fc.nat(9) }));
    fc.assert(
      fc.property(presses, fc.nat(40), (steps, frames) => {
        const batch = steps.map((step, index) => entry(index + 1, step));
        const { pass, dropped } = new Duplicates().sort(batch, { frames }, 0);
        expect(pass.length + dropped.length).toBe(batch.length);
        const latest = new Map<number, number>();
        let frame = 0;
        for (const { buttons, hold, gap } of pass) {
          expect(frame - (latest.get(buttons) ?? -Infinity)).toBeGreaterThanOrEqual(frames);
          latest.set(buttons, frame);
          frame += hold + gap;
        }
      }),
    );
  });
});
