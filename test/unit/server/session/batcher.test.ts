import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InputEntry } from '../../../../server/session/entry.ts';
import { STRATEGIES } from '../../../../shared/protocol.ts';
import { SessionRig } from '../../../support/session-rig.ts';

const reasons = (rig: SessionRig) => rig.acks.map((ack) => [ack.outcomes.length, ack.batch?.reason]);

describe('threshold', () => {
  it('below the threshold rate an input goes at once', async () => {
    const rig = await SessionRig.start();
    for (let seq = 1; seq <= 4; seq++) {
      rig.press(seq);
      rig.clock.tick();
      rig.finish();
      rig.clock.advance(10);
    }
    expect(reasons(rig)).toEqual([1, 2, 3, 4].map(() => [1, 'single']));
  });

  it('from the threshold rate on inputs wait for maxWaitMs, and go together', async () => {
    const rig = await SessionRig.start();
    for (let seq = 1; seq <= 4; seq++) {
      rig.press(seq);
      rig.clock.tick();
      rig.finish();
    }
    rig.press(5);
    rig.clock.advance(1);
    rig.press(6);
    rig.clock.advance(1.9);
    expect(rig.driver.batches).toHaveLength(4);
    rig.clock.advance(0.1);
    expect(rig.driver.batches).toHaveLength(5);
    rig.finish();
    expect(reasons(rig).at(-1)).toEqual([2, 'time']);
    expect(rig.acks.at(-1)?.batch?.queuedUs).toBe(3000);
  });

  it('enough waiting inputs go before the time is over', async () => {
    const rig = await SessionRig.start();
    for (let seq = 1; seq <= 8; seq++) rig.press(seq);
    rig.clock.tick();
    rig.finish();
    expect(reasons(rig)).toEqual([[8, 'size']]);
  });

  it('the rate falls with the sliding second', async () => {
    const rig = await SessionRig.start();
    for (let seq = 1; seq <= 8; seq++) rig.press(seq);
    rig.clock.tick();
    rig.finish();
    rig.clock.advance(1000);
    rig.press(9);
    rig.clock.tick();
    rig.finish();
    expect(reasons(rig).at(-1)).toEqual([1, 'single']);
  });

  it('what became due while a batch was in flight is the next batch, beyond maxBatchSize', async () => {
    const rig = await SessionRig.start();
    rig.press(1);
    rig.clock.tick();
    for (let seq = 2; seq <= 30; seq++) rig.press(seq);
    rig.clock.advance(50);
    expect(rig.driver.batches).toHaveLength(1);
    rig.finish();
    rig.finish();
    expect(reasons(rig)).toEqual([
      [1, 'single'],
      [29, 'backlog'],
    ]);
  });

  it('what is not yet due when the batch returns waits until it is', async () => {
    const rig = await SessionRig.start({ batching: { highFrequencyThreshold: 1 } });
    for (let seq = 1; seq <= 8; seq++) rig.press(seq);
    rig.clock.advance(2);
    rig.press(9);
    rig.clock.advance(1);
    rig.finish();
    expect(rig.driver.batches).toHaveLength(1);
    rig.clock.advance(2);
    rig.finish();
    expect(reasons(rig)).toEqual([
      [8, 'size'],
      [1, 'time'],
    ]);
  });
});

describe('eager', () => {
  it('never waits while the emulator is idle, and batches what gathers meanwhile', async () => {
    const rig = await SessionRig.start({ batching: { strategy: 'eager' } });
    rig.press(1);
    rig.clock.tick();
    rig.press(2);
    rig.press(3);
    rig.clock.tick();
    rig.finish();
    rig.finish();
    expect(reasons(rig)).toEqual([
      [1, 'idle'],
      [2, 'backlog'],
    ]);
  });
});

describe('adaptive', () => {
  /** Presses at these times on a driver whose batches take a + b·n ms and are told whole. */
  async function played(times: readonly number[], a: number, b: number) {
    const rig = await SessionRig.start({ batching: { strategy: 'adaptive' } });
    rig.driver.onBatch = (batch) => {
      rig.clock.after(a + b * batch.steps.length, () => {
        rig.driver.execute(batch);
        batch.sink.done();
      });
    };
    const startMs = rig.clock.now();
    for (const [index, atMs] of times.entries()) {
      // Presses of one time are of one tick.
      if (startMs + atMs > rig.clock.now()) rig.clock.advance(startMs + atMs - rig.clock.now());
      rig.press(index + 1);
    }
    rig.clock.advance(10_000);
    return rig.driver.batches.map(({ steps, atMs }) => [steps.length, atMs - startMs]);
  }
  /** `count` pairs of presses 1 ms apart, a pair every 200 ms. */
  const pairs = (count: number) => Array.from({ length: count }, (_, i) => [200 * i, 200 * i + 1]).flat();

  it('learns that another press follows at once, and waits for it where a request costs much', async () => {
    expect((await played(pairs(20), 20, 1)).at(-1)).toEqual([2, 3801]);
  });

  it('does not wait where a request costs next to nothing', async () => {
    expect((await played(pairs(20), 0.25, 1)).at(-1)).toEqual([1, 3801.25]);
  });

  it('sends a backlog in small batches where every press costs much and a request little', async () => {
    const learning = Array.from({ length: 8 }, (_, i) => [1000 * i, 1000 * i + 1, 1000 * i + 2]).flat();
    const batches = await played([...learning, ...Array.from({ length: 6 }, () => 9000)], 2, 90);
    expect(batches.slice(-6).map(([size]) => size)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('sends a backlog whole where a request costs much and every press little', async () => {
    const learning = Array.from({ length: 8 }, (_, i) => [1000 * i, 1000 * i + 1, 1000 * i + 2]).flat();
    const batches = await played([...learning, ...Array.from({ length: 6 }, () => 9000)], 50, 1);
    expect(batches.at(-1)?.[0]).toBe(6);
  });

  it('[I10] decides the same from the same arrivals and timings', async () => {
    expect(await played(pairs(30), 20, 3)).toEqual(await played(pairs(30), 20, 3));
  });
});

describe('groups, flushes and barriers', () => {
  it('a group goes at once with what waits before it', async () => {
    const rig = await SessionRig.start({ batching: { highFrequencyThreshold: 1 } });
    rig.press(1);
    rig.group(2, 3);
    rig.press(5);
    rig.clock.tick();
    rig.finish();
    expect(reasons(rig)).toEqual([[4, 'group']]);
    rig.clock.advance(3);
    rig.finish();
    expect(reasons(rig).at(-1)).toEqual([1, 'time']);
  });

  it('flush sends what waits', async () => {
    const rig = await SessionRig.start({ batching: { highFrequencyThreshold: 1, maxWaitMs: 1000 } });
    rig.press(1);
    rig.press(2);
    rig.session.flush();
    rig.clock.tick();
    rig.finish();
    expect(reasons(rig)).toEqual([[2, 'explicit']]);
  });

  it('[I1] a command runs after what was accepted before it and before what came later', async () => {
    const rig = await SessionRig.start({ batching: { highFrequencyThreshold: 1, maxWaitMs: 1000 } });
    rig.press(1);
    rig.session.receive({ type: 'command', seq: 2, command: { method: 'reset' } });
    rig.press(3);
    rig.clock.tick();
    expect(rig.driver.batches[0]?.steps).toHaveLength(1);
    expect(rig.driver.calls).toEqual([]);
    rig.finish();
    await rig.settle();
    expect(rig.driver.calls).toEqual(['reset']);
    rig.clock.advance(1000);
    rig.finish();
    expect(rig.outcomes.map(({ seq, outcome }) => [seq, outcome.status])).toEqual([
      [1, 'executed'],
      [2, 'executed'],
      [3, 'executed'],
    ]);
  });

  it('a group larger than fits behind others waits for the next batch, whole', async () => {
    const rig = await SessionRig.start({ capabilities: { largestBatch: 10 } });
    rig.press(1);
    rig.clock.tick();
    for (let seq = 2; seq <= 6; seq++) rig.press(seq);
    rig.group(7, 8);
    rig.finish();
    rig.finish();
    rig.finish();
    expect(rig.driver.batches.map(({ steps }) => steps.length)).toEqual([1, 5, 8]);
  });

  it('only a group beyond the largest batch is cut, by the driver’s own limit', async () => {
    const rig = await SessionRig.start({ capabilities: { largestBatch: 10 } });
    rig.group(1, 25);
    rig.clock.tick();
    rig.finish();
    rig.finish();
    rig.finish();
    expect(reasons(rig)).toEqual([
      [10, 'group'],
      [10, 'group'],
      [5, 'group'],
    ]);
  });
});

/** One thing a client may do, and how long after the one before it. */
const action = fc.record({
  afterMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 8, noNaN: true }), fc.nat({ max: 600 })),
  kind: fc.oneof(
    { weight: 10, arbitrary: fc.constant({ kind: 'press' as const }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('group' as const), size: fc.integer({ min: 1, max: 12 }) }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'flush' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'reset' as const }) },
  ),
});

const batching = fc.record({
  strategy: fc.constantFrom(...STRATEGIES),
  maxWaitMs: fc.constantFrom(0, 1, 3, 20),
  maxBatchSize: fc.integer({ min: 1, max: 12 }),
  highFrequencyThreshold: fc.constantFrom(1, 2, 5, 30),
});

describe('under every strategy, whenever inputs arrive and however long batches take', () => {
  it('[I1] [I2] [I3] order holds, each has one outcome, none waits past maxWaitMs on an idle emulator, groups are whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        batching,
        fc.array(action, { minLength: 1, maxLength: 60 }),
        fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 4, max: 20 }),
        async (settings, actions, durations, largestBatch) => {
          const rig = await SessionRig.start({ batching: settings, capabilities: { largestBatch } });
          const { clock, driver } = rig;
          let batches = 0;
          let inFlight = 0;
          let idleSinceMs = clock.now();
          const lateness: number[] = [];
          driver.onBatch = (batch) => {
            inFlight++;
            const oldest = oldestOf(batch.steps);
            lateness.push(clock.now() - Math.max(oldest, idleSinceMs));
            clock.after(durations[batches++ % durations.length] ?? 0, () => {
              driver.execute(batch);
              inFlight--;
              idleSinceMs = clock.now();
              batch.sink.done();
            });
            expect(inFlight).toBe(1);
          };
          let seq = 1;
          const groups: [number, number][] = [];
          for (const { afterMs, kind } of actions) {
            await rig.pass(afterMs);
            if (kind.kind === 'press') rig.press(seq++);
            else if (kind.kind === 'flush') rig.session.flush();
            else if (kind.kind === 'reset') {
              rig.session.receive({ type: 'command', seq: seq++, command: { method: 'reset' } });
            } else {
              groups.push([seq, kind.size]);
              rig.group(seq, kind.size);
              seq += kind.size;
            }
          }
          await rig.pass(actions.length * 200);
          const { outcomes } = rig;
          expect(outcomes.map((item) => item.seq)).toEqual(Array.from({ length: seq - 1 }, (_, i) => i + 1));
          const ran = driver.batches.flatMap(({ steps }) => steps.map(seqOf));
          expect(ran).toEqual(ran.toSorted((a, b) => a - b));
          expect(Math.max(0, ...lateness)).toBeLessThanOrEqual(settings.maxWaitMs + 1e-9);
          for (const [firstSeq, size] of groups) {
            if (size > largestBatch) continue;
            const holding = driver.batches.filter(({ steps }) =>
              steps.some((step) => seqOf(step) >= firstSeq && seqOf(step) < firstSeq + size),
            );
            expect(holding).toHaveLength(1);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

const isEntry = (step: unknown): step is InputEntry =>
  typeof step === 'object' && step !== null && 'seq' in step && 'receivedAtMs' in step;

function seqOf(step: unknown): number {
  return isEntry(step) ? step.seq : Number.NaN;
}

function oldestOf(steps: readonly unknown[]): number {
  const [first] = steps;
  return isEntry(first) ? first.receivedAtMs : Number.NaN;
}
