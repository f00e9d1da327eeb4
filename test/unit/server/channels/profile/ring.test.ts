import { describe, expect, it } from 'vitest';
import { Ring } from '../../../../../server/channels/profile/ring.ts';

function filled(ring: Ring, count: number): Ring {
  for (let each = 0; each < count; each++) {
    const seq = ring.next;
    ring.add();
    ring.set(seq, 0, seq * 10);
  }
  return ring;
}

describe('the rows of a profile', () => {
  it('keep what was set when they grow', () => {
    const ring = filled(new Ring(1, 4096), 1000);
    expect(ring.first).toBe(1);
    expect([1, 256, 257, 1000].map((seq) => ring.get(seq, 0))).toEqual([10, 2560, 2570, 10_000]);
  });

  it('[I8] are at most so many: the oldest go', () => {
    const ring = filled(new Ring(5, 512), 1000);
    expect([ring.first, ring.next]).toEqual([493, 1005]);
    expect(ring.get(492, 0)).toBeNaN();
    expect(ring.get(493, 0)).toBe(4930);
    expect(ring.get(1004, 0)).toBe(10_040);
    expect(ring.get(1005, 0)).toBeNaN();
  });

  it('need no more memory while what was read is released', () => {
    const ring = new Ring(1, 65_536);
    const { bytes } = ring;
    for (let round = 0; round < 100; round++) {
      filled(ring, 200);
      ring.release(ring.next);
    }
    expect(ring.bytes).toBe(bytes);
  });

  it('begin empty, also where an older row was', () => {
    const ring = filled(new Ring(1, 256), 256);
    ring.release(257);
    ring.add();
    expect(ring.get(257, 0)).toBeNaN();
    expect(ring.get(1, 0)).toBeNaN();
  });

  it('pass over a cell of a row that is not there', () => {
    const ring = filled(new Ring(10, 256), 1);
    ring.set(9, 0, 1);
    ring.set(11, 0, 1);
    expect(ring.get(10, 0)).toBe(100);
    expect([ring.get(9, 0), ring.get(11, 0)]).toEqual([Number.NaN, Number.NaN]);
  });

  it('find their place at seqs beyond 32 bits', () => {
    const ring = filled(new Ring(2 ** 40 + 3, 256), 300);
    expect(ring.get(2 ** 40 + 302, 0)).toBe((2 ** 40 + 302) * 10);
  });
});
