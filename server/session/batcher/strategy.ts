/** What a batching strategy is: a pure decision about the inputs that wait while the emulator is idle. */
import type { Batching, FlushReason } from '../../../shared/protocol.ts';
import { adaptive } from './adaptive.ts';
import { eager } from './eager.ts';
import type { Experience } from './experience.ts';
import { threshold } from './threshold.ts';

/** What a strategy may look at. Times are in ms on one clock. */
export interface BatchingView {
  /** Inputs that wait; at least 1. */
  readonly queued: number;
  /** When the oldest of them arrived. */
  readonly oldestAtMs: number;
  /** Until when they were last told to wait, since the emulator is idle; undefined if they were not. */
  readonly waitingUntilMs: number | undefined;
  /** Whether at least `count` inputs arrived in the `windowMs` up to now, those that wait included. */
  arrivedWithin(windowMs: number, count: number): boolean;
  /** What was learned; undefined under strategies that do not learn. */
  readonly experience: Experience | undefined;
  readonly settings: Batching;
}

/** Send the first `count` that wait, for a reason; or look again at a time unless something changes before. */
export type Decision =
  | { readonly kind: 'flush'; readonly reason: FlushReason; readonly count: number }
  | { readonly kind: 'wait'; readonly untilMs: number };

/**
 * Called when the emulator is idle and inputs wait. Groups, explicit flushes and drains are not its business: they go at
 * once under every strategy. Must depend on nothing but its arguments (invariant I10).
 */
export type Strategy = (view: BatchingView, nowMs: number) => Decision;

export const STRATEGY: Readonly<Record<Batching['strategy'], Strategy>> = { threshold, eager, adaptive };

/** Whether a strategy looks at what was learned; learning costs something with every input. */
export function learns(strategy: Batching['strategy']): boolean {
  return strategy === 'adaptive';
}
