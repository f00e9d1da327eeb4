import { describe, expect, it } from 'vitest';
import { Checkpoints } from '../../../../server/emulator/checkpoints.ts';
import type { Health } from '../../../../server/emulator/health.ts';
import type { PoolPlace } from '../../../../server/emulator/place.ts';
import { Pool } from '../../../../server/emulator/pool.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ManualDriver } from '../../../support/manual-driver.ts';

const settings = { leaseTimeoutMs: 1000, maxInLine: 2, probeMs: 100 };

/** A place whose server is as healthy as the test says. */
function place(
  id: string,
  kind: string,
  clock: FakeClock,
  health?: { now: Health; opens: boolean },
): PoolPlace {
  return {
    id,
    kind,
    rom: { name: 'manual.gb', hash: 'manual' },
    open: async (context) => {
      if (health?.opens === false) throw new Error('connection refused');
      return new ManualDriver(context, () => clock.now());
    },
    ...(health !== undefined && { probe: async () => health.now }),
  };
}

function poolOf(places: readonly PoolPlace[], clock: FakeClock): Pool {
  return new Pool(places, settings, { checkpoints: new Checkpoints(), clock });
}

/** Somebody who asks, and the places in line it was told. */
function applicant() {
  const places: number[] = [];
  const leaving = new AbortController();
  return {
    places,
    leave: () => leaving.abort(),
    waiting: (n: number) => places.push(n),
    signal: leaving.signal,
  };
}

/** Lets promises that can go on do so. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe('the waiting line', () => {
  it('a place in it counts only those who want the same', async () => {
    const clock = new FakeClock();
    const pool = poolOf([place('a-1', 'a', clock), place('b-1', 'b', clock)], clock);
    const [a, b] = [
      await pool.lease('1', { kind: 'a' }, applicant()),
      await pool.lease('2', { kind: 'b' }, applicant()),
    ];
    if (!a.ok || !b.ok) throw new Error('both were free');
    const [wantsA, wantsB] = [applicant(), applicant()];
    const [nextA, nextB] = [pool.lease('3', { kind: 'a' }, wantsA), pool.lease('4', { kind: 'b' }, wantsB)];
    await settle();
    expect([wantsA.places, wantsB.places]).toEqual([[1], [1]]);
    await pool.release(b.emulator);
    expect(await nextB).toMatchObject({ ok: true, emulator: { id: 'b-1' } });
    expect(pool.waiting).toBe(1);
    await pool.release(a.emulator);
    expect(await nextA).toMatchObject({ ok: true, emulator: { id: 'a-1' } });
  });

  it('nobody overtakes: a newcomer finds the place taken that was given to the first in line', async () => {
    const clock = new FakeClock();
    const pool = poolOf([place('a-1', 'a', clock)], clock);
    const held = await pool.lease('1', {}, applicant());
    if (!held.ok) throw new Error('it was free');
    const first = pool.lease('2', {}, applicant());
    await settle();
    const released = pool.release(held.emulator);
    const newcomer = applicant();
    const late = pool.lease('3', {}, newcomer);
    await released;
    expect(await first).toMatchObject({ ok: true });
    await settle();
    expect(newcomer.places.at(-1)).toBe(1);
    pool.stopWaiting();
    expect(await late).toMatchObject({ ok: false, code: 'no_emulator' });
  });

  it('ends after the time that is allowed, or that was asked for', async () => {
    const clock = new FakeClock();
    const pool = poolOf([place('a-1', 'a', clock)], clock);
    await pool.lease('1', {}, applicant());
    const [patient, hasty] = [
      pool.lease('2', { waitMs: 99_999 }, applicant()),
      pool.lease('3', { waitMs: 10 }, applicant()),
    ];
    await settle();
    clock.advance(10);
    expect(await hasty).toMatchObject({
      ok: false,
      code: 'no_emulator',
      message: expect.stringContaining('in time'),
    });
    expect(pool.waiting).toBe(1);
    clock.advance(990);
    expect(await patient).toMatchObject({ ok: false, code: 'no_emulator' });
  });

  it('[I8] has a bound, and who leaves it makes room', async () => {
    const clock = new FakeClock();
    const pool = poolOf([place('a-1', 'a', clock)], clock);
    await pool.lease('1', {}, applicant());
    const [second, third] = [applicant(), applicant()];
    const waiting = [pool.lease('2', {}, second), pool.lease('3', {}, third)];
    await settle();
    expect(await pool.lease('4', {}, applicant())).toMatchObject({
      message: expect.stringContaining('line is full'),
    });
    second.leave();
    expect(await waiting[0]).toMatchObject({ ok: false });
    await settle();
    expect(third.places).toEqual([2, 1]);
  });
});

describe('the health of places', () => {
  it('one whose server does not open a game is passed over, and leased again when a probe finds it well', async () => {
    const clock = new FakeClock();
    const down = { now: { state: 'unreachable', latencyMs: null } as Health, opens: false };
    const up = { now: { state: 'healthy', latencyMs: 1 } as Health, opens: true };
    const pool = poolOf([place('gym-1', 'gym', clock, down), place('gym-2', 'gym', clock, up)], clock);
    expect(await pool.lease('1', {}, applicant())).toMatchObject({ ok: true, emulator: { id: 'gym-2' } });
    expect(pool.list()[0]?.health).toMatchObject({ state: 'unreachable' });
    const waits = applicant();
    const second = pool.lease('2', {}, waits);
    await settle();
    expect(waits.places).toEqual([1]);
    Object.assign(down, { now: { state: 'healthy', latencyMs: 2 }, opens: true });
    clock.advance(0);
    await settle();
    expect(await second).toMatchObject({ ok: true, emulator: { id: 'gym-1' } });
    await pool.close(1000);
  });

  it('when the time to wait is over the reason says why no game opened', async () => {
    const clock = new FakeClock();
    const down = { now: { state: 'unreachable', latencyMs: null } as Health, opens: false };
    const pool = poolOf([place('gym-1', 'gym', clock, down)], clock);
    const refused = pool.lease('1', {}, applicant());
    await settle();
    clock.advance(1000);
    const result = await refused;
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining('connection refused') });
    await pool.close(1000);
  });
});
