import { expect, it } from 'vitest';
import { Watchdog } from '../../../../../../server/emulator/drivers/embedded/watchdog.ts';
import { FakeClock } from '../../../../../support/fake-clock.ts';

function watched() {
  const clock = new FakeClock();
  const worker = { beats: 0n, owes: true, hangs: 0 };
  const watchdog = new Watchdog(clock, 5000, {
    beats: () => worker.beats,
    owes: () => worker.owes,
    hung: () => worker.hangs++,
  });
  return { clock, worker, watchdog };
}

it('reports once when what is owed brings no beat in time', () => {
  const { clock, worker, watchdog } = watched();
  watchdog.watch();
  clock.advance(4999);
  expect(worker.hangs).toBe(0);
  clock.advance(1);
  expect(worker.hangs).toBe(1);
  clock.advance(60_000);
  expect(worker.hangs).toBe(1);
});

it('waits for as long as there are beats', () => {
  const { clock, worker, watchdog } = watched();
  watchdog.watch();
  for (let second = 0; second < 60; second += 4) {
    clock.advance(4000);
    worker.beats++;
  }
  expect(worker.hangs).toBe(0);
});

it('looks only while something is owed', () => {
  const { clock, worker, watchdog } = watched();
  expect(clock.nextTimerMs).toBeUndefined();
  watchdog.watch();
  worker.owes = false;
  clock.advance(5000);
  expect(clock.nextTimerMs).toBeUndefined();
  expect(worker.hangs).toBe(0);
});

it('does not take silence while nothing was owed for a hang', () => {
  const { clock, worker, watchdog } = watched();
  watchdog.watch();
  worker.owes = false;
  clock.advance(60_000);
  worker.owes = true;
  watchdog.watch();
  clock.advance(4999);
  expect(worker.hangs).toBe(0);
});

it('is quiet once stopped', () => {
  const { clock, worker, watchdog } = watched();
  watchdog.watch();
  watchdog.stop();
  clock.advance(60_000);
  expect(worker.hangs).toBe(0);
});
