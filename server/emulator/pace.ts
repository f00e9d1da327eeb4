/** The clock a game runs by, and how a game that was just opened gets it. */
import type { Pace } from '../../shared/protocol.ts';
import type { EmulatorDriver } from './drivers/driver.ts';

export interface PaceSetting {
  readonly pace: Pace;
  /** At `realtime`: times 59.7275 frames a second. */
  readonly speed: number;
}

/** What every game runs by when it is opened. */
export const TURBO: PaceSetting = { pace: 'turbo', speed: 1 };

/** Whether both mean the same: at `turbo` the speed means nothing. */
export function samePace(a: PaceSetting, b: PaceSetting): boolean {
  return a.pace === b.pace && (a.pace === 'turbo' || a.speed === b.speed);
}

/** Gives a game that was just opened its pace. @throws JoywireError whatever the driver throws */
export async function applyPace(driver: EmulatorDriver, { pace, speed }: PaceSetting): Promise<void> {
  if (pace !== 'turbo') await driver.setPace(pace, speed);
}
