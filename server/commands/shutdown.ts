/** What signals mean to a server: the first asks it to stop, a second makes it stop at once. */
import type { CommandIo, StopSignal } from './command.ts';

/**
 * A Ctrl-C in a terminal reaches the whole process group, and `npm` passes its own on: one key press, several signals. What follows
 * the first within this time, in ms, is taken for the same.
 */
export const SAME_PRESS_MS = 500;

export interface Stopping {
  /** Once, for the first signal. */
  readonly stop: (signal: StopSignal) => void;
  /** Once, for a signal that comes while it is stopping. */
  readonly stopNow: (signal: StopSignal) => void;
}

/** Listens for signals; `now` is monotonic, in ms. The returned function ends that. */
export function stopOnSignals(
  onSignal: CommandIo['onSignal'],
  now: () => number,
  { stop, stopNow }: Stopping,
): () => void {
  let firstAtMs: number | undefined;
  const end = onSignal((signal) => {
    if (firstAtMs === undefined) {
      firstAtMs = now();
      stop(signal);
    } else if (now() - firstAtMs >= SAME_PRESS_MS) {
      end();
      stopNow(signal);
    }
  });
  return end;
}
