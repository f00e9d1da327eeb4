import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EntryOutcome, PendingEntries } from '../../../client/pending.ts';
import { executed } from '../../support/memory-socket.ts';

/** Stands for whatever was sent. */
const FLUSH = { type: 'flush' } as const;
const outcomes = (firstSeq: number, count: number) =>
  Array.from({ length: count }, (_, index) => executed(firstSeq + index));

describe('pending entries', () => {
  it('[I2] are settled in seq order, each exactly once, however acks are cut and repeated', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 20 });
    const cuts = fc.array(fc.record({ back: fc.nat(3), length: fc.integer({ min: 1, max: 7 }) }));
    fc.assert(
      fc.property(sizes, cuts, (counts, acks) => {
        const pending = new PendingEntries(0, 1);
        const settled: (readonly EntryOutcome[])[] = [];
        for (const count of counts) {
          pending.add({
            count,
            again: () => [FLUSH],
            settle: (list) => void settled.push(list),
            fail: () => expect.unreachable(),
          });
        }
        const last = counts.reduce((sum, count) => sum + count, 0);
        let released = 0;
        for (const { back, length } of [...acks, { back: 0, length: last }]) {
          const firstSeq = Math.max(1, pending.ackedThrough + 1 - back);
          const count = Math.min(length, last - firstSeq + 1);
          if (count <= 0) continue;
          const result = pending.ack(firstSeq, outcomes(firstSeq, count), undefined);
          expect(result.ok).toBe(true);
          if (result.ok) released += result.settled;
        }
        expect(settled.map((list) => list.length)).toEqual(counts);
        expect(settled.flat().map(({ seq }) => seq)).toEqual(Array.from({ length: last }, (_, i) => i + 1));
        expect(settled.flat().map(({ firstFrame }) => firstFrame)).toEqual(
          outcomes(1, last).map(({ firstFrame }) => firstFrame),
        );
        expect(released).toBe(last);
      }),
    );
  });

  it('[I2] take no ack with a hole before it', () => {
    const pending = new PendingEntries(0, 1);
    for (let i = 0; i < 3; i += 1) {
      pending.add({
        count: 1,
        again: () => [FLUSH],
        settle: () => expect.unreachable(),
        fail: () => undefined,
      });
    }
    expect(pending.ack(2, outcomes(2, 1), undefined)).toMatchObject({ ok: false });
    expect(pending.ackedThrough).toBe(0);
  });

  it('take no ack of what was never sent', () => {
    const pending = new PendingEntries(0, 1);
    expect(pending.ack(1, outcomes(1, 1), undefined)).toMatchObject({ ok: false });
  });

  it('fail once when no outcome will come, and a late ack changes nothing', () => {
    const pending = new PendingEntries(0, 1);
    const heard: string[] = [];
    pending.add({
      count: 2,
      again: () => [FLUSH],
      settle: () => heard.push('settled'),
      fail: (error) => heard.push(error.message),
    });
    pending.ack(1, outcomes(1, 1), undefined);
    pending.failAll(new Error('gone'));
    pending.failAll(new Error('again'));
    expect(pending.ack(1, outcomes(1, 2), undefined)).toEqual({ ok: true, settled: 0 });
    expect(heard).toEqual(['gone']);
  });
});
