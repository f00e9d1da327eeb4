import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../server/clock.ts';
import type { HttpEmulator } from '../../server/emulator/drivers/http/driver.ts';
import { mgbaHttp } from '../../server/emulator/drivers/mgba-http/driver.ts';
import { type MgbaBridge, startMgbaBridge } from '../support/mgba-bridge.ts';
import { describeDriver } from './driver.ts';

let bridge: MgbaBridge;
let emulator: HttpEmulator;
beforeAll(async () => {
  bridge = await startMgbaBridge();
  emulator = mgbaHttp({ url: bridge.url, clock: systemClock });
});
afterAll(async () => {
  await emulator.close();
  await bridge[Symbol.asyncDispose]();
});

describeDriver('mgba-http', (context) => emulator.open(context), { kind: 'mgba-http', romHash: false });

it('[I5] holds and gaps last at least as long as asked, on the game’s own count, and chords go down together', async () => {
  const driver = await emulator.open({ firstFrame: 0, onDeath: () => {} });
  const from = bridge.changes.length;
  const steps = [
    { kind: 'press', buttons: 3, hold: 4, gap: 6, observe: undefined },
    { kind: 'press', buttons: 64, hold: 9, gap: 2, observe: undefined },
  ] as const;
  await new Promise<void>((resolve) => driver.run(steps, { outcome: () => {}, done: resolve }));
  const changes = bridge.changes.slice(from);
  expect(changes.map(({ mask }) => mask)).toEqual([3, 0, 64, 0]);
  const [down = 0, up = 0, nextDown = 0, nextUp = 0] = changes.map(({ frame }) => frame);
  expect(up - down).toBeGreaterThanOrEqual(4);
  expect(nextDown - up).toBeGreaterThanOrEqual(6);
  expect(nextUp - nextDown).toBeGreaterThanOrEqual(9);
  await driver.close();
});
