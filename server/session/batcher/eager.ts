/** `eager`: never waits while the emulator is idle; what gathers while a batch is in flight is the next batch. */
import type { Decision, Strategy } from './strategy.ts';

const NOW: Decision = { kind: 'flush', reason: 'idle' };

export const eager: Strategy = () => NOW;
