import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeptOutcomes, type KeptOutcome } from '../../../../server/session/kept-outcomes.ts';
import { CERTAINTIES, FLUSH_REASONS, STATUSES } from '../../../../shared/protocol.ts';

const detail = fc.record({ message: fc.string(), coalesced: fc.integer({ min: 2, max: 9 }) });
const outcome = fc.record({
  status: fc.constantFrom(...STATUSES),
  firstFrame: fc.option(fc.maxSafeNat()),
  frames: fc.nat(),
  certainty: fc.constantFrom(...CERTAINTIES),
  detail: fc.option(detail, { nil: undefined }),
});
const batch = fc.record({
  id: fc.integer({ min: 1, max: 2 ** 40 }),
  size: fc.integer({ min: 1, max: 4096 }),
  reason: fc.constantFrom(...FLUSH_REASONS),
  queuedUs: fc.nat(),
  driverUs: fc.nat(),
});
const kept = fc.record({ outcome, batch: fc.option(batch, { nil: undefined }) });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ push: fc.array(kept, { maxLength: 100 }) }) },
  { weight: 2, arbitrary: fc.record({ drop: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ restart: fc.integer({ min: 1, max: 10_000 }) }) },
);

describe('outcomes kept as numbers', () => {
  it('[I7] come back as they were, whatever came and went before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const outcomes = new KeptOutcomes();
        let model: KeptOutcome[] = [];
        let firstSeq = 1;
        for (const one of steps) {
          if ('push' in one) {
            for (const it of one.push) outcomes.push(it.outcome, it.batch);
            model.push(...one.push);
          } else if ('drop' in one) {
            outcomes.dropBefore(firstSeq + one.drop);
            const dropped = Math.min(one.drop, model.length);
            model = model.slice(dropped);
            firstSeq += dropped;
          } else {
            outcomes.restart(one.restart);
            model = [];
            firstSeq = one.restart;
          }
          expect(outcomes).toMatchObject({ firstSeq, nextSeq: firstSeq + model.length });
          expect(outcomes.at(firstSeq - 1)).toBeUndefined();
          expect(outcomes.at(firstSeq + model.length)).toBeUndefined();
        }
        expect(model.map((_, index) => outcomes.at(firstSeq + index))).toEqual(model);
      }),
    );
  });

  it('take no more memory than what is kept and a little', () => {
    const outcomes = new KeptOutcomes();
    const executed = { status: 'executed', firstFrame: 0, frames: 1, certainty: 'exact' } as const;
    for (let seq = 1; seq <= 100_000; seq++) {
      const observed = { screen: new Uint8Array(1000) };
      outcomes.push({ ...executed, detail: seq % 2 === 0 ? { observed } : undefined }, undefined);
      outcomes.dropBefore(seq - 9);
    }
    expect(outcomes.bytes).toBeLessThan(5 * 1200 + 3 * 64 * 48);
    outcomes.dropBefore(100_001);
    expect(outcomes.bytes).toBeLessThanOrEqual(2 * 64 * 48);
    expect(outcomes.wireBytes).toBe(0);
  });
});
