/** The emulators of the simulator: how long a batch takes, and when each of its outcomes is told. */
import { FRAME_MS } from '../../server/emulator/drivers/embedded/pacer.ts';
import { randomFrom } from './random.ts';

export interface Model {
  readonly name: string;
  readonly title: string;
  /** When an outcome of a batch is told, in ms after `startMs`. It depends on nothing but these numbers: the optimum knows them too. */
  outcomeMs(batch: PlannedBatch, position: number): number;
}

export interface PlannedBatch {
  readonly startMs: number;
  /** Position of its first press in the whole run. */
  readonly first: number;
  readonly size: number;
  /** Frames of each press. */
  readonly frames: number;
}

/** A batch costs a + b·n ms, and all is told in the end. */
function batchwise(name: string, title: string, a: number, b: number, jitter = 0): Model {
  return {
    name,
    title,
    outcomeMs: ({ first, size }) => (a + b * size) * randomFrom(first).about(1, jitter),
  };
}

const TURBO_A_MS = 0.1;
const TURBO_FRAME_MS = 0.23;

export const MODELS: readonly Model[] = [
  {
    name: 'turbo',
    title: 'embedded, turbo',
    outcomeMs: ({ frames }, position) => TURBO_A_MS + TURBO_FRAME_MS * frames * (position + 1),
  },
  {
    name: 'realtime',
    title: 'embedded, realtime',
    outcomeMs({ startMs, frames }, position) {
      const firstFrameMs = Math.ceil(startMs / FRAME_MS) * FRAME_MS;
      return firstFrameMs - startMs + FRAME_MS * frames * (position + 1);
    },
  },
  batchwise('request_20', '20 ms a request', 20, 0.05),
  batchwise('key_90', '90 ms a key', 3, 90),
  batchwise('jittery', 'jittery: about 15 ms + 2 ms a key', 15, 2, 0.5),
  batchwise('slow', 'slow: 150 ms + 20 ms a key', 150, 20),
];
