/** Embedded games for tests. A worker thread needs compiled JavaScript, which `npm test` builds first. */
import { systemClock } from '../../server/clock.ts';
import type {
  DriverContext,
  DriverDeath,
  EmulatorDriver,
  Step,
  StepOutcome,
} from '../../server/emulator/drivers/driver.ts';
import {
  type EmbeddedDriver,
  type EmbeddedOptions,
  openEmbedded,
} from '../../server/emulator/drivers/embedded/driver.ts';
import type { Observe } from '../../shared/protocol.ts';

export const WORKER_URL = new URL('../../dist/server/emulator/drivers/embedded/worker.js', import.meta.url);
export const ROLLOUT_WORKER_URL = new URL('../../dist/server/rollouts/worker.js', import.meta.url);
/** Plays dead when it is given a batch, exits when asked for its battery, throws when it is to be reset. */
export const FAULT_WORKER_URL = new URL('fault-worker.js', import.meta.url);

export interface TestGame {
  readonly driver: EmbeddedDriver;
  readonly deaths: readonly DriverDeath[];
  /** Resolves with the first death. */
  readonly death: Promise<DriverDeath>;
}

export async function openGame(rom: Uint8Array, options: Partial<EmbeddedOptions> = {}): Promise<TestGame> {
  const deaths: DriverDeath[] = [];
  let died: (death: DriverDeath) => void;
  const death = new Promise<DriverDeath>((resolve) => {
    died = resolve;
  });
  const context: DriverContext = {
    firstFrame: 0,
    onDeath: (each) => {
      deaths.push(each);
      died(each);
    },
  };
  const open = openEmbedded({
    rom: { name: 'test', bytes: rom },
    workerUrl: WORKER_URL,
    clock: systemClock,
    ...options,
  });
  const driver = await open(context);
  return { driver, deaths, death };
}

export function press(buttons: number, hold = 1, gap = 0, observe?: Observe): Step {
  return { kind: 'press', buttons, hold, gap, observe };
}

export function keys(buttons: number, observe?: Observe): Step {
  return { kind: 'keys', buttons, hold: 0, gap: 0, observe };
}

/** Runs one batch; its outcomes when it is done. */
export function run(driver: EmulatorDriver, steps: readonly Step[]): Promise<StepOutcome[]> {
  return new Promise((resolve) => {
    const outcomes: StepOutcome[] = [];
    driver.run(steps, {
      outcome: (outcome) => outcomes.push(outcome),
      done: () => resolve(outcomes),
    });
  });
}
