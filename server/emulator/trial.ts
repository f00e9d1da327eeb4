/** Tries a state from outside on a game of its own, which is ended again: nothing happens to the one that is played. */
import { JoywireError } from '../../shared/errors.ts';
import type { EmulatorDriver, OpenDriver, Step } from './drivers/driver.ts';

/** Frames that it must survive: one second of the game. */
const TRIED_FRAMES = 60;

/** @throws JoywireError `invalid_state` when the core refuses it or does not survive it, or whatever the driver's opening throws */
export async function tryState(open: OpenDriver, state: Uint8Array): Promise<void> {
  const scratch = await open({ firstFrame: 0, onDeath: () => undefined });
  try {
    await scratch.load(state);
    await survive(scratch, TRIED_FRAMES);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new JoywireError('invalid_state', `the game does not take the state: ${why}`, { cause: error });
  } finally {
    await scratch.close();
  }
}

/** Runs frames without a button. @throws JoywireError `emulator_failed` when the game dies of them */
function survive(driver: EmulatorDriver, frames: number): Promise<void> {
  const step: Step = { kind: 'press', buttons: 0, hold: 0, gap: frames, observe: undefined };
  return new Promise((resolve, reject) => {
    let lost: string | undefined;
    driver.run([step], {
      outcome: ({ status, message }) => {
        if (status !== 'executed') lost = message ?? status;
      },
      done: () => (lost === undefined ? resolve() : reject(new JoywireError('emulator_failed', lost))),
    });
  });
}
