/** How many frames a step takes, as every kind of emulator counts them. */
import type { Step } from './driver.ts';

/** `keys` covers the one frame on which it takes effect. */
export const KEYS_FRAMES = 1;

export function stepFrames({ kind, hold, gap }: Pick<Step, 'kind' | 'hold' | 'gap'>): number {
  return kind === 'keys' ? KEYS_FRAMES : hold + gap;
}
