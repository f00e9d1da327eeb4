import { describe, expect, it } from 'vitest';
import { Ledger } from '../../../../server/session/ledger.ts';
import { FaultyEntry } from '../../../../server/session/entry.ts';
import { rejected } from '../../../../server/session/admission.ts';
import { hashSecret, resumeProblem } from '../../../../server/session/resume.ts';

const SESSION = { secretHash: hashSecret('right'), ackedThrough: 10, firstKept: 5, leaving: false };
const ask = (received: number, secret = 'right') => ({ session: 's1', secret, received });

describe('a resume', () => {
  it.each([4, 5, 10])('[I7] is granted to who has the outcomes up to %i', (received) => {
    expect(resumeProblem(ask(received), SESSION)).toBeUndefined();
  });

  it.each([
    ['an unknown session', ask(5), undefined, 'session s1 is not here'],
    ['a wrong secret', ask(5, 'wrong'), SESSION, 'the secret is not that of'],
    ['a secret of another length', ask(5, ''), SESSION, 'the secret is not that of'],
    ['a session that is ending', ask(5), { ...SESSION, leaving: true }, 'is ending'],
    ['outcomes that never were', ask(11), SESSION, 'has acked up to 10 only'],
    ['outcomes that are gone', ask(3), SESSION, 'outcomes from 4 on are wanted'],
  ])('is refused for %s', (_, request, session, reason) => {
    expect(resumeProblem(request, session)).toContain(reason);
  });
});

describe('what a ledger keeps', () => {
  const filled = (count: number, kept = 4): Ledger => {
    const ledger = new Ledger(kept);
    for (let seq = 1; seq <= count; seq++) ledger.accept(new FaultyEntry(seq, rejected('unsupported', '')));
    return ledger;
  };
  const seqs = (ledger: Ledger, maxBytes?: number) =>
    ledger
      .takeAcks(maxBytes)
      .flatMap(({ firstSeq, outcomes }) => outcomes.map((_outcome, index) => firstSeq + index));

  it('[I2] [I7] unacked outcomes always, and of the acked ones as many as it is told', () => {
    const ledger = filled(10);
    expect(ledger.firstKept).toBe(1);
    expect(seqs(ledger)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(ledger).toMatchObject({ firstKept: 7, ackedThrough: 10, outstanding: 0 });
  });

  it('[I8] of large ones as many as fit 16 MiB, but what is unacked always', () => {
    const ledger = new Ledger(4096);
    const screen = new Uint8Array(1024 * 1024);
    for (let seq = 1; seq <= 40; seq++) {
      const { detail: _, ...outcome } = rejected('unsupported', '');
      ledger.accept(new FaultyEntry(seq, { ...outcome, detail: { observed: { screen } } }));
    }
    expect(ledger.firstKept).toBe(1);
    seqs(ledger, 1);
    expect(ledger.firstKept).toBe(1);
    ledger.rewind(0);
    seqs(ledger);
    expect(ledger.firstKept).toBe(26);
    ledger.rewind(30);
    expect(seqs(ledger)).toEqual([31, 32, 33, 34, 35, 36, 37, 38, 39, 40]);
    expect(ledger.firstKept).toBe(31);
  });

  it('[I2] [I7] goes out again after a rewind, once, and counts as outstanding until then', () => {
    const ledger = filled(4);
    seqs(ledger);
    ledger.rewind(2);
    expect(ledger).toMatchObject({ firstKept: 3, ackedThrough: 4, outstanding: 2, acksReady: true });
    expect(ledger.repeat(1, 4)).toEqual([]);
    expect(seqs(ledger)).toEqual([3, 4]);
    expect(ledger).toMatchObject({ outstanding: 0, acksReady: false });
  });

  it('[I8] goes out in slices, each of at least one outcome', () => {
    const ledger = filled(3);
    expect(seqs(ledger, 1)).toEqual([1]);
    expect(seqs(ledger, 1)).toEqual([2]);
    expect(ledger.outstanding).toBe(1);
    expect(seqs(ledger)).toEqual([3]);
  });
});
