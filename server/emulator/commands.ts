/** What each command does to a game, what is put on record of it, and its outcome. */
import { v7 as uuid } from 'uuid';
import { assertNever, JoywireError } from '../../shared/errors.ts';
import type { Command, Outcome } from '../../shared/protocol.ts';
import type { RunJournal } from '../journal/run-journal.ts';
import type { Checkpoints } from './checkpoints.ts';
import { codedOutcome } from './coded-outcome.ts';
import type { EmulatorDriver } from './drivers/driver.ts';
import type { PaceSetting } from './pace.ts';

/** The game that a command is for, with what belongs to it. */
export interface CommandTarget {
  readonly driver: EmulatorDriver;
  readonly checkpoints: Checkpoints;
  readonly journal: RunJournal | undefined;
  /** It runs by another pace now. */
  readonly onPace: (pace: PaceSetting) => void;
}

/** @throws JoywireError whatever the driver throws: `commandFailure` makes an outcome of it */
export async function perform(command: Command, to: CommandTarget): Promise<Outcome> {
  switch (command.method) {
    case 'reset':
      return executed(to, await reset(to));
    case 'pace':
      return executed(to, await setPace(command, to));
    case 'save':
      return await save(command.name ?? uuid(), to);
    case 'load': {
      const state = to.checkpoints.get(to.driver.rom.hash, command.name);
      if (state === undefined) return codedOutcome('unknown_checkpoint', `no checkpoint ${command.name}`);
      return executed(to, await load(state.bytes, to), command.name);
    }
    default:
      return assertNever(command);
  }
}

/** The outcome of a command under which the driver threw. */
export function commandFailure(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  const refused = error instanceof JoywireError && error.code === 'invalid_state';
  return codedOutcome(refused ? 'unknown_checkpoint' : 'emulator_crashed', message);
}

async function reset({ driver, journal }: CommandTarget): Promise<number> {
  const frame = await driver.reset();
  journal?.system({ what: 'reset', frame });
  return frame;
}

async function setPace({ pace, speed }: PaceSetting, to: CommandTarget): Promise<number> {
  const frame = await to.driver.setPace(pace, speed);
  to.onPace({ pace, speed });
  to.journal?.system({ what: 'pace', frame, pace, speed });
  return frame;
}

/** From here on the game has another past: what it is now is kept with it, where it can be rebuilt. */
async function load(state: Uint8Array, { driver, journal }: CommandTarget): Promise<number> {
  const frame = await driver.load(state);
  if (driver.core !== undefined) await journal?.snapshot('load', await driver.snapshot());
  return frame;
}

async function save(name: string, to: CommandTarget): Promise<Outcome> {
  const { driver, checkpoints } = to;
  const state = await driver.save();
  try {
    const kept = await checkpoints.put(driver.rom.hash, name, state);
    if (kept) return executed(to, state.frame, name);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return codedOutcome('checkpoints_full', `the checkpoint cannot be kept: ${why}`);
  }
  return codedOutcome('checkpoints_full', 'the gateway keeps no more checkpoints');
}

function executed({ driver }: CommandTarget, firstFrame: number, checkpoint?: string): Outcome {
  return {
    status: 'executed',
    firstFrame,
    frames: 0,
    certainty: driver.capabilities.frames,
    detail: checkpoint === undefined ? undefined : { checkpoint },
  };
}
