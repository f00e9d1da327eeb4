import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CreditQueue, type Job } from '../../../client/credit.ts';

/** A job that notes each step. */
function job(name: string, costs: readonly number[], log: string[]): Job {
  let step = 0;
  return {
    get cost() {
      return costs[step];
    },
    step() {
      const cost = costs[step] ?? 0;
      log.push(`${name}${step}`);
      step += 1;
      return cost;
    },
  };
}

describe('[I8] credit', () => {
  it('is never exceeded, and keeps the order of the calls', () => {
    const action = fc.oneof(
      fc.record({ add: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }) }),
      fc.record({ release: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ limit: fc.integer({ min: 4, max: 12 }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const queue = new CreditQueue(6);
        const log: string[] = [];
        const expected: string[] = [];
        let jobs = 0;
        let before = 0;
        for (const act of actions) {
          if ('add' in act) {
            act.add.forEach((_, index) => expected.push(`${jobs}.${index}`));
            queue.add(job(`${jobs}.`, act.add, log));
            jobs += 1;
          } else if ('release' in act) queue.release(Math.min(act.release, queue.outstanding));
          else queue.setLimit(act.limit);
          // A lowered limit may leave more outstanding than it allows, but nothing is added beyond it.
          expect(queue.outstanding).toBeLessThanOrEqual(Math.max(queue.limit, before));
          before = queue.outstanding;
        }
        queue.setLimit(1_000_000);
        expect(log).toEqual(expected);
      }),
    );
  });

  it('lets nothing overtake a group that waits for more credit', () => {
    const log: string[] = [];
    const queue = new CreditQueue(4);
    queue.add(job('a', [3], log));
    queue.add(job('group', [4], log));
    queue.add(job('b', [1], log));
    queue.add(job('call', [0], log));
    expect(log).toEqual(['a0']);
    queue.release(3);
    expect(log).toEqual(['a0', 'group0']);
    queue.release(4);
    expect(log).toEqual(['a0', 'group0', 'b0', 'call0']);
  });

  it('goes to the next when a waiting job is taken out', () => {
    const log: string[] = [];
    const queue = new CreditQueue(2);
    queue.add(job('a', [1], log));
    const big = job('big', [2], log);
    queue.add(big);
    queue.add(job('b', [1], log));
    expect(queue.remove(big)).toBe(true);
    expect(queue.remove(big)).toBe(false);
    expect(log).toEqual(['a0', 'b0']);
  });
});
