import { describe, expect, it } from 'vitest';
import { Rollout, type RolloutDeps } from '../../../../server/rollouts/rollout.ts';
import type { RunStart } from '../../../../server/rollouts/wire.ts';

const START: RunStart = { state: new Uint8Array(1000), held: 0, frame: 7 };
const DONE = { status: 'done', frames: 1 } as const;

function rollout(count: number, deps: Partial<RolloutDeps> = {}): Rollout {
  return new Rollout(
    {
      session: 'session',
      runs: Array.from({ length: count }, (_, at) => ({ script: `W:${at + 1}`, start: START })),
      order: {
        machine: { key: 'rom', rom: new Uint8Array(), sound: false },
        maxFrames: 100,
        memory: undefined,
        hash: false,
        screen: undefined,
        keep: false,
        outcomes: false,
      },
    },
    { keep: () => undefined, roomy: () => true, onProgress: () => undefined, ...deps },
  );
}

describe('a rollout', () => {
  it('hands out each run once, with the one copy of its state, and again what did not begin', () => {
    const runs = rollout(3);
    const first = runs.take();
    const second = runs.take();
    expect([first.run, second.run, runs.queued]).toEqual([0, 1, 1]);
    expect(first.order).toMatchObject({ script: 'W:1', maxFrames: 100, start: { held: 0, frame: 7 } });
    expect(first.order.start.state.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(second.order.start.state).toBe(first.order.start.state);
    runs.returned(0);
    expect(runs.queued).toBe(2);
    expect([runs.take().run, runs.take().run]).toEqual([0, 2]);
  });

  it('holds states until it is over, and results until they are fetched', () => {
    const runs = rollout(2);
    expect(runs.stateBytes).toBe(1000);
    runs.ended(1, { ...DONE, memory: [new Uint8Array(500)] });
    expect(runs.resultBytes).toBeGreaterThan(500);
    runs.ended(0, DONE);
    expect(runs.stateBytes).toBe(0);
    expect(runs.page(0)).toMatchObject({ finished: 2, total: 2, done: true });
    runs.page(1);
    expect(runs.resultBytes).toBeLessThan(500);
    runs.page(2);
    expect(runs.resultBytes).toBe(0);
  });

  it('gives its results page by page, and knows when the last went out', () => {
    const runs = rollout(3);
    for (const run of [2, 0, 1]) runs.ended(run, { ...DONE, screen: new Uint8Array(200_000) });
    const pages = [runs.page(0), runs.page(1), runs.page(2)];
    expect(pages.map(({ results }) => results.map(({ run }) => run))).toEqual([[2], [0], [1]]);
    expect(pages.map(({ done }) => done)).toEqual([false, false, true]);
    expect(runs.told).toBe(true);
    expect(runs.gone).toBe(2);
    expect(runs.page(2).results.map(({ run }) => run)).toEqual([1]);
  });

  it('[I8] begins no run while results that nobody fetches take the room', () => {
    let roomy = true;
    const runs = rollout(3, { roomy: () => roomy });
    runs.take();
    roomy = false;
    expect(runs.queued).toBe(0);
    roomy = true;
    expect(runs.queued).toBe(2);
  });

  it('when it is cancelled has a result for every run, also for those under way', () => {
    const kept: RunStart[] = [];
    const runs = rollout(4, {
      keep: (start) => {
        kept.push(start);
        return 'kept';
      },
    });
    runs.take();
    runs.take();
    runs.cancel();
    runs.cancel();
    expect(runs.finished).toBe(2);
    runs.returned(1);
    runs.ended(0, { ...DONE, kept: START });
    const { results, done } = runs.page(0);
    expect(done).toBe(true);
    expect(results.map(({ run, status }) => [run, status])).toEqual([
      [2, 'cancelled'],
      [3, 'cancelled'],
      [1, 'cancelled'],
      [0, 'cancelled'],
    ]);
    expect(kept).toEqual([]);
  });

  it('wakes who waits at the next result, and not before', async () => {
    const runs = rollout(2);
    let woken = false;
    const waiting = runs.beyond(0).then(() => (woken = true));
    await Promise.resolve();
    expect(woken).toBe(false);
    expect(runs.waiters).toBe(1);
    runs.ended(0, DONE);
    await waiting;
    await runs.beyond(0);
    expect(runs.waiters).toBe(0);
  });
});
