import { afterAll, beforeAll } from 'vitest';
import { systemClock } from '../../server/clock.ts';
import type { HttpEmulator, HttpOptions } from '../../server/emulator/drivers/http/driver.ts';
import { inputApi } from '../../server/emulator/drivers/input-api/driver.ts';
import { pokemonGym } from '../../server/emulator/drivers/pokemon-gym/driver.ts';
import type { OpenDriver } from '../../server/emulator/drivers/driver.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { describeDriver } from './driver.ts';

/** Embedded games behind our own compatibility API: one port for each driver. */
let gateway: TestGateway;
const emulators: HttpEmulator[] = [];
beforeAll(async () => {
  gateway = await startGateway({ emulators: 2, compatPort: 0, compatCount: 2, compatWarmupFrames: 0 });
});
afterAll(async () => {
  await Promise.all(emulators.map((emulator) => emulator.close()));
  await gateway[Symbol.asyncDispose]();
});

/** The port is known when the first game is opened, not before. */
function over(index: number, create: (options: HttpOptions) => HttpEmulator): OpenDriver {
  let emulator: HttpEmulator | undefined;
  return (context) => {
    emulator ??= create({ url: `http://127.0.0.1:${gateway.compatPorts[index]}`, clock: systemClock });
    if (!emulators.includes(emulator)) emulators.push(emulator);
    return emulator.open(context);
  };
}

describeDriver('pokemon-gym', over(0, pokemonGym), { kind: 'pokemon-gym', romHash: false });
describeDriver('input-api', over(1, inputApi), { kind: 'input-api', romHash: false });
