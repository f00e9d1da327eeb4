/** What this gateway takes at most, as a `welcome` says it. */
import { LIMITS, type PublishedLimits } from '../shared/protocol.ts';
import type { Config } from './config.ts';

export const MAX_SUBSCRIPTIONS = 64;
/** Shortest interval of a channel that pushes by time. */
export const MIN_INTERVAL_MS = 100;

export function publishedLimits(config: Config): PublishedLimits {
  return {
    maxMessageBytes: config.maxMessageBytes,
    maxGroup: config.credit,
    maxHoldFrames: LIMITS.maxHoldFrames,
    maxMemoryBytes: LIMITS.maxMemoryBytes,
    maxSubscriptions: MAX_SUBSCRIPTIONS,
    minIntervalMs: MIN_INTERVAL_MS,
    keptOutcomes: LIMITS.keptOutcomes,
    keepaliveMs: config.keepaliveMs,
    maxResumeMs: Math.max(config.resumeMs, config.maxResumeMs),
    maxMacros: LIMITS.maxMacros,
    maxMacroPresses: LIMITS.maxMacroPresses,
    maxScriptLength: LIMITS.maxScriptLength,
  };
}
