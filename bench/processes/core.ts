/** The emulator core alone, in a worker thread as the gateway's games are: what is left when the gateway is taken away. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { makeConfig } from '../../server/config.ts';
import { Machine } from '../../server/emulator/drivers/embedded/machine.ts';
import { serve } from './rpc.ts';

/** Presses to run one after the other, as one batch. */
export interface CorePresses {
  readonly buttons: readonly number[];
  readonly hold: number;
  readonly gap: number;
}

type Job =
  | ({ readonly kind: 'presses' } & CorePresses)
  /** One frame with its picture kept, so many times; `perSecond` 0 is without a pause. */
  | { readonly kind: 'single-frames'; readonly frames: number; readonly perSecond: number };

if (isMainThread) serveCore();
else runCore();

function serveCore(): void {
  const worker = new Worker(new URL(import.meta.url));
  const run = async (job: Job): Promise<Float64Array> => {
    const answer = once(worker, 'message');
    worker.postMessage(job);
    const [durationsMs]: Float64Array[] = await answer;
    if (durationsMs === undefined) throw new Error('the worker answered nothing');
    return durationsMs;
  };
  serve(coreApi(run), () => worker.terminate());
}

function coreApi(run: (job: Job) => Promise<Float64Array>) {
  return {
    /** How long the presses took, in ms. */
    async presses(presses: CorePresses): Promise<number> {
      const [ms = 0] = await run({ kind: 'presses', ...presses });
      return ms;
    },
    /** How long each frame took, in µs, sorted. */
    async singleFrames(job: { frames: number; perSecond: number }): Promise<Float64Array> {
      const durationsMs = await run({ kind: 'single-frames', ...job });
      return durationsMs.map((ms) => ms * 1000).sort();
    },
  };
}
export type CoreApi = ReturnType<typeof coreApi>;

function runCore(): void {
  const rom = readFileSync(makeConfig().rom);
  const machine = new Machine({ rom, battery: undefined, sound: false });
  parentPort?.on('message', (job: Job) => {
    const done =
      job.kind === 'presses'
        ? Promise.resolve(Float64Array.of(runPresses(machine, job)))
        : singleFrames(machine, job);
    void done.then((durationsMs) => parentPort?.postMessage(durationsMs));
  });
}

function runPresses(machine: Machine, { buttons, hold, gap }: CorePresses): number {
  const startMs = performance.now();
  for (const [index, mask] of buttons.entries()) {
    const last = index === buttons.length - 1;
    for (let frame = 0; frame < hold; frame++)
      machine.runFrame(mask, last && gap === 0 && frame === hold - 1);
    for (let frame = 0; frame < gap; frame++) machine.runFrame(0, last && frame === gap - 1);
  }
  return performance.now() - startMs;
}

async function singleFrames(
  machine: Machine,
  { frames, perSecond }: { frames: number; perSecond: number },
): Promise<Float64Array> {
  const durationsMs = new Float64Array(frames);
  const firstMs = performance.now();
  for (let frame = 0; frame < frames; frame++) {
    if (perSecond > 0) await sleep(Math.max(0, firstMs + (frame * 1000) / perSecond - performance.now()));
    const startMs = performance.now();
    machine.runFrame(0, true);
    durationsMs[frame] = performance.now() - startMs;
  }
  return durationsMs;
}
