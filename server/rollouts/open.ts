/** Sets rollouts up as the configuration says: their threads, begun when there is something to run, and their bounds. */
import { availableParallelism } from 'node:os';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Checkpoints } from '../emulator/checkpoints.ts';
import type { Log } from '../log.ts';
import { RolloutEngine } from './engine.ts';
import { WorkerLane } from './lane.ts';
import { Rollouts } from './rollouts.ts';

export interface OpenRolloutsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly checkpoints: Checkpoints;
  /** The compiled worker of the threads. */
  readonly workerUrl: URL;
}

export function openRollouts(
  config: Config,
  { clock, log, checkpoints, workerUrl }: OpenRolloutsDeps,
): Rollouts {
  const { watchdogMs } = config;
  const engine = new RolloutEngine({
    workers: config.rolloutWorkers ?? availableParallelism(),
    clock,
    openLane: (events) => new WorkerLane({ clock, watchdogMs, workerUrl }, events),
    onUnfair: (why) =>
      log.warn('rollouts run beside live games instead of behind them: no lower priority', { why }),
  });
  const settings = {
    maxRollouts: config.maxRollouts,
    maxFrames: config.maxRolloutFrames,
    maxStateBytes: rolloutStateBytes(config),
  };
  return new Rollouts(engine, settings, checkpoints);
}

/** Most bytes of the states that the rollouts of one session begin with, and again of those that they keep. */
export function rolloutStateBytes({ rolloutStatesMb }: Config): number {
  return rolloutStatesMb * 1024 * 1024;
}
