import { describe, expect, it } from 'vitest';
import { type Holder, MemoryBudget } from '../../../../server/memory/budget.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const KIB = 1024;

function rig(limitKib: number, ...heldKib: number[]) {
  const clock = new FakeClock();
  let checkpoints = 0;
  const letGo: number[] = [];
  const relieved: number[][] = [];
  const holders = new Set<Holder>();
  for (const kib of heldKib) {
    const holder = {
      heldBytes: kib * KIB,
      letGo() {
        holders.delete(holder);
        letGo.push(kib);
      },
    };
    holders.add(holder);
  }
  const budget = new MemoryBudget(limitKib * KIB, {
    clock,
    measure: () => ({
      connections: 0,
      outboxes: [...holders].reduce((sum, { heldBytes }) => sum + heldBytes, 0),
      incoming: 0,
      sessions: 0,
      checkpoints,
      rollouts: 0,
    }),
    holders: () => [...holders],
    onRelieved: (connections, bytes) => relieved.push([connections, bytes / KIB]),
  });
  const keep = (kib: number) => {
    checkpoints = kib * KIB;
  };
  return { clock, budget, letGo, relieved, keep };
}

describe('the memory budget', () => {
  it('[I8] lets go of the largest until the rest fits, and of no more', () => {
    const { budget, letGo, relieved } = rig(1000, 300, 500, 400, 100);
    budget.relieve();
    expect(letGo).toEqual([500]);
    expect(relieved).toEqual([[1, 500]]);
    expect(budget.full).toBe(false);
  });

  it('lets everybody alone while it suffices', () => {
    const { budget, letGo } = rig(1000, 300, 500);
    budget.relieve();
    expect(letGo).toEqual([]);
  });

  it('lets small ones alone even if nothing else is left to free: then only new sessions are refused', () => {
    const { budget, letGo, relieved, keep } = rig(1000, 63, 64);
    keep(1000);
    budget.relieve();
    expect(letGo).toEqual([64]);
    expect(relieved).toEqual([[1, 64]]);
    expect(budget.full).toBe(true);
  });

  it('measures again only after a while, for every newcomer asks', () => {
    const { budget, clock, keep } = rig(1000);
    expect(budget.full).toBe(false);
    keep(2000);
    expect(budget.full).toBe(false);
    clock.advance(100);
    expect(budget.full).toBe(true);
  });
});
