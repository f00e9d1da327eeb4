import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { fastAck } from '../../../shared/fast-ack.ts';
import { CERTAINTIES, FLUSH_REASONS, type Outcome, STATUSES } from '../../../shared/protocol.ts';
import { serverWire } from '../../../shared/wire.ts';

const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });

/** Around where another width begins, and anything else. */
const number = fc.oneof(
  fc.constantFrom(
    0,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
  ),
  fc.nat(),
);
const outcome: fc.Arbitrary<Outcome> = fc.record({
  status: fc.oneof({ weight: 20, arbitrary: fc.constant('executed' as const) }, fc.constantFrom(...STATUSES)),
  firstFrame: fc.oneof({ weight: 20, arbitrary: number }, fc.constant(null)),
  frames: number,
  certainty: fc.constantFrom(...CERTAINTIES),
  detail: fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, fc.constant({ coalesced: 2 })),
});
const batch = fc.record({
  id: number,
  size: number,
  reason: fc.constantFrom(...FLUSH_REASONS),
  queuedUs: number,
  driverUs: number,
});
const ack = fc.record({
  type: fc.constant('ack' as const),
  firstSeq: number,
  outcomes: fc.array(outcome, { minLength: 1, maxLength: 40 }),
  batch: fc.option(batch, { nil: undefined }),
});

describe('the short way of an ack', () => {
  it('writes the bytes of the long way, or nothing', () => {
    let written = 0;
    fc.assert(
      fc.property(ack, (message) => {
        const quick = fastAck(message);
        if (quick === undefined) return;
        written++;
        expect(Buffer.from(quick)).toEqual(Buffer.from(packr.pack(serverWire(message, 'msgpack'))));
      }),
      { numRuns: 2000 },
    );
    expect(written).toBeGreaterThan(20);
  });

  it('leaves earlier acks as they were, however many are written', () => {
    const acks = Array.from({ length: 3000 }, (_, index) => ({
      type: 'ack' as const,
      firstSeq: index,
      outcomes: Array.from({ length: 20 }, (): Outcome => {
        return { status: 'executed', firstFrame: index, frames: 1, certainty: 'exact', detail: undefined };
      }),
      batch: undefined,
    }));
    const written = acks.map(fastAck);
    for (const [index, message] of acks.entries()) {
      expect(Buffer.from(written[index] ?? [])).toEqual(
        Buffer.from(packr.pack(serverWire(message, 'msgpack'))),
      );
    }
  });
});
