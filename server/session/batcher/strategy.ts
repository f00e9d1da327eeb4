/** What a batching strategy is: a pure decision about the inputs that wait while the emulator is idle. */
import type { Batching, FlushReason } from '../../../shared/protocol.ts';
import { eager } from './eager.ts';
import { threshold } from './threshold.ts';

/** What a strategy may look at. Times are in ms on one clock. */
export interface BatchingView {
  /** Inputs that wait; at least 1. */
  readonly queued: number;
  /** When the oldest of them arrived. */
  readonly oldestAtMs: number;
  /** Whether at least `count` inputs arrived in the `windowMs` up to now, those that wait included. */
  arrivedWithin(windowMs: number, count: number): boolean;
  readonly settings: Batching;
}

/** Send everything that waits, for a reason; or look again at a time unless something changes before. */
export type Decision =
  | { readonly kind: 'flush'; readonly reason: FlushReason }
  | { readonly kind: 'wait'; readonly untilMs: number };

/**
 * Called when the emulator is idle and inputs wait. Groups, explicit flushes and drains are not its business: they go at
 * once under every strategy. Must depend on nothing but its arguments (invariant I10).
 */
export type Strategy = (view: BatchingView, nowMs: number) => Decision;

export const STRATEGY: Readonly<Record<Batching['strategy'], Strategy>> = { threshold, eager };
