/**
 * `threshold`: below a rate inputs go at once; from it on they wait until there are enough of them or the oldest has waited
 * long enough, whichever is first.
 */
import type { Strategy } from './strategy.ts';

/** The rate is measured over a sliding second. */
const RATE_WINDOW_MS = 1000;

export const threshold: Strategy = (view, nowMs) => {
  const { highFrequencyThreshold, maxBatchSize, maxWaitMs } = view.settings;
  if (!view.arrivedWithin(RATE_WINDOW_MS, highFrequencyThreshold)) return { kind: 'flush', reason: 'single' };
  if (view.queued >= maxBatchSize) return { kind: 'flush', reason: 'size' };
  const dueMs = view.oldestAtMs + maxWaitMs;
  return nowMs >= dueMs ? { kind: 'flush', reason: 'time' } : { kind: 'wait', untilMs: dueMs };
};
