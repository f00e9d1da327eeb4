/**
 * `threshold`: below a rate inputs go at once; from it on they wait until there are enough of them or the oldest has waited
 * long enough, whichever is first.
 */
import type { Strategy } from './strategy.ts';

/** The rate is measured over a sliding second. */
const RATE_WINDOW_MS = 1000;

export const threshold: Strategy = (view, nowMs) => {
  const { highFrequencyThreshold, maxBatchSize, maxWaitMs } = view.settings;
  const count = view.queued;
  if (!view.arrivedWithin(RATE_WINDOW_MS, highFrequencyThreshold))
    return { kind: 'flush', reason: 'single', count };
  if (count >= maxBatchSize) return { kind: 'flush', reason: 'size', count };
  const dueMs = view.oldestAtMs + maxWaitMs;
  return nowMs >= dueMs ? { kind: 'flush', reason: 'time', count } : { kind: 'wait', untilMs: dueMs };
};
