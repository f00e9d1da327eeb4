/** What is said of a run: every press executed once, in order, and every game as one to which nothing happened. */
import { readFileSync } from 'node:fs';
import { Machine } from '../../server/emulator/drivers/embedded/machine.ts';
import { type AgentReport, type ChosenPress, type GameState, readRam, START_FRAMES } from './agent.ts';

export interface Verdict {
  readonly sent: number;
  readonly executedOnce: number;
  readonly lost: number;
  readonly doubled: number;
  readonly outOfOrder: number;
  /** Games whose frame count, RAM or picture is another than that of the undisturbed game. */
  readonly different: number;
  /** What the SDK said that it should not have. */
  readonly wrong: readonly string[];
}

export function judge(reports: readonly AgentReport[]): Verdict {
  const verdict = { sent: 0, executedOnce: 0, lost: 0, doubled: 0, outOfOrder: 0, different: 0 };
  for (const { presses, recorded, end } of reports) {
    const { lost, extra } = compare(
      presses.map(({ buttons }) => buttons),
      recorded,
    );
    verdict.sent += presses.length;
    verdict.lost += lost;
    verdict.doubled += extra;
    verdict.executedOnce += presses.length - lost;
    const inOrder = presses.every(({ buttons }, index) => recorded[index] === buttons);
    if (!inOrder && lost === 0 && extra === 0) verdict.outOfOrder += 1;
    if (!same(end, undisturbed(presses))) verdict.different += 1;
  }
  return { ...verdict, wrong: reports.flatMap(({ wrong }) => wrong) };
}

/** How many of each button are missing, and how many are too many. */
function compare(wanted: readonly number[], got: readonly number[]): { lost: number; extra: number } {
  const balance = new Map<number, number>();
  for (const button of wanted) balance.set(button, (balance.get(button) ?? 0) + 1);
  for (const button of got) balance.set(button, (balance.get(button) ?? 0) - 1);
  const counts = [...balance.values()];
  return {
    lost: counts.reduce((sum, count) => sum + Math.max(0, count), 0),
    extra: counts.reduce((sum, count) => sum + Math.max(0, -count), 0),
  };
}

/** The game after the presses on a bare core: no gateway, no worker, no journal. */
function undisturbed(presses: readonly ChosenPress[]): GameState {
  const rom = readFileSync(new URL('../../roms/overworld.gb', import.meta.url));
  const machine = new Machine({ rom, battery: undefined, sound: false });
  let frame = 0;
  const run = (buttons: number, frames: number, show = false) => {
    for (let left = frames; left > 0; left--, frame++) machine.runFrame(buttons, show && left === 1);
  };
  run(0, START_FRAMES);
  for (const [index, { buttons, hold, gap }] of presses.entries()) {
    run(buttons, hold);
    run(0, gap, index === presses.length - 1);
  }
  const memory = machine.memory();
  return {
    frame,
    memory: readRam((address, length) => memory.read(address, length)),
    picture: machine.picture(),
  };
}

function same(a: GameState, b: GameState): boolean {
  return (
    a.frame === b.frame &&
    Buffer.compare(a.picture, b.picture) === 0 &&
    a.memory.every((bytes, index) => Buffer.compare(bytes, b.memory[index] ?? new Uint8Array()) === 0)
  );
}
