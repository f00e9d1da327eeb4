/** Rebuilds a game: from its last snapshot, or from power-on, every input runs again on the very frame it ran on. */
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { JoywireError } from '../../shared/errors.ts';
import type {
  CoreIdentity,
  DriverContext,
  EmulatorDriver,
  OpenDriver,
  Step,
} from '../emulator/drivers/driver.ts';
import type { GameEvent, GameHistory } from './history.ts';

/** Steps given to the driver at once: what it owes stays small, so that a hung game is noticed. */
const CHUNK = 256;

const inflate = promisify(inflateRaw);

/**
 * Opens a game and brings it to where its history ends. It is then at pace `turbo`, and holds the keys it held.
 * @throws JoywireError `journal_diverged` when the game does not do what is on record, or whatever the driver's opening throws
 */
export async function rebuild(
  open: OpenDriver,
  history: GameHistory,
  core: CoreIdentity | undefined,
  onDeath: DriverContext['onDeath'],
): Promise<EmulatorDriver> {
  const driver = await openAt(open, history, onDeath);
  try {
    const difference = coreDifference(core, driver.core);
    if (difference !== undefined) throw diverged(difference);
    await replay(driver, history.events);
    return driver;
  } catch (error) {
    await driver.close();
    throw error;
  }
}

/** Opens a game where a history begins: at its snapshot, or at power-on. */
export async function openAt(
  open: OpenDriver,
  { base, firstFrame }: GameHistory,
  onDeath: DriverContext['onDeath'],
): Promise<EmulatorDriver> {
  const from = base && { bytes: await inflate(base.state), held: base.held };
  return await open({ firstFrame: base?.frame ?? firstFrame, ...(from && { from }), onDeath });
}

/** Runs events on a game that stands where they begin. @throws JoywireError `journal_diverged`, `emulator_failed` */
export async function replay(driver: EmulatorDriver, events: readonly GameEvent[]): Promise<void> {
  let steps: Step[] = [];
  let frame = driver.frame();
  const runSteps = async () => {
    const due = steps;
    steps = [];
    await runAll(driver, due);
  };
  for (const event of events) {
    if (event.frame < frame) throw diverged(`frame ${event.frame} is on record behind frame ${frame}`);
    if (event.frame > frame) steps.push(press(0, 0, event.frame - frame));
    frame = event.frame;
    switch (event.kind) {
      case 'press':
        steps.push(press(event.buttons, event.hold, event.gap));
        frame += event.hold + event.gap;
        break;
      case 'keys':
        steps.push({ kind: 'keys', buttons: event.buttons, hold: 0, gap: 0, observe: undefined });
        frame += 1;
        break;
      case 'release':
        await runSteps();
        await driver.release();
        break;
      case 'reset':
        await runSteps();
        await driver.reset();
        break;
      case 'reach':
        break;
    }
    if (steps.length >= CHUNK) await runSteps();
  }
  await runSteps();
  if (driver.frame() !== frame)
    throw diverged(`the game is at frame ${driver.frame()}, on record is ${frame}`);
}

/** What differs between the core on record and the one at hand; undefined when they are the same. */
export function coreDifference(
  recorded: CoreIdentity | undefined,
  here: CoreIdentity | undefined,
): string | undefined {
  if (recorded === undefined || here === undefined) {
    return recorded === here ? undefined : 'the run was on another kind of emulator';
  }
  const keys = ['name', 'version', 'hash', 'mode', 'sound'] as const;
  const key = keys.find((name) => recorded[name] !== here[name]);
  return key && `the core's ${key} is ${here[key]}, on record is ${recorded[key]}`;
}

function runAll(driver: EmulatorDriver, steps: readonly Step[]): Promise<void> {
  if (steps.length === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    let lost: string | undefined;
    driver.run(steps, {
      outcome: ({ status, message }) => {
        if (status !== 'executed') lost ??= message ?? status;
      },
      done: () => (lost === undefined ? resolve() : reject(new JoywireError('emulator_failed', lost))),
    });
  });
}

function press(buttons: number, hold: number, gap: number): Step {
  return { kind: 'press', buttons, hold, gap, observe: undefined };
}

function diverged(message: string): JoywireError {
  return new JoywireError('journal_diverged', message);
}
