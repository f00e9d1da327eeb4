/** `eager`: never waits while the emulator is idle; what gathers while a batch is in flight is the next batch. */
import type { Strategy } from './strategy.ts';

export const eager: Strategy = ({ queued }) => ({ kind: 'flush', reason: 'idle', count: queued });
