/**
 * The cores alone, one in each of some threads, which give way to everything else as the threads of rollouts do: what others do on the
 * machine meanwhile meets both alike.
 */
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { makeConfig } from '../../server/config.ts';
import { Machine } from '../../server/emulator/drivers/embedded/machine.ts';
import { lowerThisThread } from '../../server/rollouts/thread-priority.ts';
import { serve } from './rpc.ts';

/** Presses of one run, and how often they are run in all. */
export interface BareRuns {
  readonly runs: number;
  readonly buttons: readonly number[];
  readonly hold: number;
  readonly gap: number;
}

interface Job extends BareRuns {
  /** Runs that are left: each thread takes the next. */
  readonly left: Int32Array;
}

/** From the title into the world: `W:60 START W:60`. */
const START_FRAMES = [
  [60, 0],
  [8, 8],
  [68, 0],
] as const;

if (isMainThread) serveCores();
else runCore();

function serveCores(): void {
  const workers: Worker[] = [];
  serve(coresApi(workers), () => Promise.all(workers.map((worker) => worker.terminate())));
}

function coresApi(workers: Worker[]) {
  const left = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  return {
    /** Starts so many threads. */
    async start(threads: number): Promise<void> {
      for (let i = 0; i < threads; i++) workers.push(new Worker(new URL(import.meta.url)));
      await Promise.all(workers.map((worker) => once(worker, 'message')));
    },
    /** How long all of them took together, in ms. */
    async run(runs: BareRuns): Promise<number> {
      left[0] = runs.runs;
      const done = workers.map((worker) => once(worker, 'message'));
      const startMs = performance.now();
      for (const worker of workers) worker.postMessage({ ...runs, left } satisfies Job);
      await Promise.all(done);
      return performance.now() - startMs;
    },
    /** No further run begins. */
    stop(): void {
      Atomics.store(left, 0, 0);
    },
  };
}
export type BareCoresApi = ReturnType<typeof coresApi>;

function runCore(): void {
  const machine = new Machine({ rom: readFileSync(makeConfig().rom), battery: undefined, sound: false });
  for (const [frames, buttons] of START_FRAMES) runFrames(machine, frames, buttons);
  lowerThisThread();
  parentPort?.on('message', (job: Job) => {
    while (Atomics.sub(job.left, 0, 1) > 0) runPresses(machine, job);
    parentPort?.postMessage('done');
  });
  parentPort?.postMessage('ready');
}

function runPresses(machine: Machine, { buttons, hold, gap }: BareRuns): void {
  for (const mask of buttons) {
    runFrames(machine, hold, mask);
    runFrames(machine, gap, 0);
  }
}

function runFrames(machine: Machine, frames: number, buttons: number): void {
  for (let frame = 0; frame < frames; frame++) machine.runFrame(buttons, false);
}
