/** Plays a pattern to a model through the gateway's own batcher and strategies, on a virtual clock. */
import type { Batching } from '../../shared/protocol.ts';
import { Checkpoints } from '../../server/emulator/checkpoints.ts';
import { Emulator } from '../../server/emulator/emulator.ts';
import { Batcher } from '../../server/session/batcher/batcher.ts';
import { InputEntry } from '../../server/session/entry.ts';
import { Ticker } from '../../server/ticker.ts';
import { ModelDriver } from './driver.ts';
import type { Model } from './models.ts';
import type { Pattern } from './patterns.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What the gateway's settings are unless changed. */
const SETTINGS: Omit<Batching, 'strategy'> = { maxWaitMs: 3, maxBatchSize: 8, highFrequencyThreshold: 5 };

export interface Played {
  /** From each press's arrival to its outcome, in ms. */
  readonly latenciesMs: readonly number[];
  readonly requests: number;
}

export async function play(
  { arrivals, frames }: Pattern,
  model: Model,
  strategy: Batching['strategy'],
  settings: Partial<Batching> = {},
): Promise<Played> {
  const clock = new VirtualClock();
  const driver = new ModelDriver(model, clock);
  const emulator = await Emulator.start('model-1', async () => driver, new Checkpoints(), clock);
  const ticker = new Ticker(clock, (error) => {
    throw error;
  });
  const latenciesMs: number[] = [];
  const owner = {
    batchSent: () => undefined,
    dropped: () => undefined,
    settled: (entry: { readonly receivedAtMs: number }) =>
      void latenciesMs.push(clock.now() - entry.receivedAtMs),
    returned() {},
    drained() {},
  };
  const batcher = new Batcher({ ...SETTINGS, ...settings, strategy }, { emulator, clock, ticker, owner });
  const arrive = (index: number) => {
    const arrival = arrivals[index];
    if (arrival === undefined) return;
    clock.after(arrival.atMs - clock.now(), () => {
      const hold = Math.ceil(frames / 2);
      const step = {
        kind: 'press',
        buttons: arrival.buttons,
        hold,
        gap: frames - hold,
        observe: undefined,
      } as const;
      batcher.add(new InputEntry(step, index + 1, clock.now(), undefined));
      arrive(index + 1);
    });
  };
  arrive(0);
  clock.runOut();
  return { latenciesMs, requests: driver.requests };
}
