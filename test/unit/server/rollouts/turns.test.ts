import { describe, expect, it } from 'vitest';
import { Turns } from '../../../../server/rollouts/turns.ts';

interface Source {
  readonly name: string;
  readonly session: string;
  queued: number;
}

function take(turns: Turns<Source>, count: number): string[] {
  return Array.from({ length: count }, () => {
    const next = turns.next();
    if (next === undefined) return '-';
    next.queued -= 1;
    return next.name;
  });
}

describe('turns', () => {
  it('go from session to session, and within each from rollout to rollout', () => {
    const turns = new Turns<Source>();
    const sources = [
      { name: 'a1', session: 'a', queued: 3 },
      { name: 'a2', session: 'a', queued: 1 },
      { name: 'b1', session: 'b', queued: 2 },
      { name: 'c1', session: 'c', queued: 1 },
    ];
    for (const source of sources) turns.add(source);
    expect(turns.queued).toBe(7);
    expect(take(turns, 8)).toEqual(['a1', 'b1', 'c1', 'a2', 'b1', 'a1', 'a1', '-']);
  });

  it('pass over who has nothing to run now, and come back to it later', () => {
    const turns = new Turns<Source>();
    const waiting = { name: 'a1', session: 'a', queued: 0 };
    turns.add(waiting);
    turns.add({ name: 'b1', session: 'b', queued: 2 });
    expect(take(turns, 1)).toEqual(['b1']);
    waiting.queued = 1;
    expect(take(turns, 3)).toEqual(['a1', 'b1', '-']);
  });

  it('are none for who has left', () => {
    const turns = new Turns<Source>();
    const leaving = { name: 'a1', session: 'a', queued: 5 };
    turns.add(leaving);
    turns.add({ name: 'a2', session: 'a', queued: 1 });
    turns.remove(leaving);
    expect(take(turns, 2)).toEqual(['a2', '-']);
  });
});
