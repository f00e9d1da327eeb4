/** A run that a gateway kept, exported as a movie: its frames, one by one, make the same game. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Client, connect } from '../../client/index.ts';
import { dispatch } from '../../server/commands/dispatch.ts';
import type { EmulatorDriver } from '../../server/emulator/drivers/driver.ts';
import { BUTTONS } from '../../shared/buttons.ts';
import { type DataDirectory, dataDirectory } from '../support/data-directory.ts';
import { openGame, press, run } from '../support/embedded.ts';
import { startGateway } from '../support/gateway.ts';
import { type Random, random } from '../support/random.ts';

const RAM = [
  [0xc000, 0x2000],
  [0xff80, 0x7f],
] as const;
const COLUMNS = ['UP', 'DOWN', 'LEFT', 'RIGHT', 'START', 'SELECT', 'B', 'A'] as const;

let directory: DataDirectory;
beforeEach(() => {
  directory = dataDirectory();
});
afterEach(() => directory.remove());

/** Presses, held keys, a reset, and a stretch by the wall clock. */
async function play(pad: Client, choose: Random): Promise<void> {
  const some = async (count: number) => {
    for (let entry = 0; entry < count; entry++) {
      const buttons = choose.below(256);
      const pressed = { hold: choose.below(5), gap: choose.below(5) };
      const entered = choose.below(6) === 0 ? pad.keys(buttons) : pad.press(buttons, pressed);
      if (choose.below(4) === 0) await entered;
    }
  };
  await pad.press(0, { hold: 60, gap: 0 });
  await some(60);
  await pad.reset();
  await some(60);
  await pad.pace('realtime', 4);
  await some(10);
  await pad.pace('turbo');
  await some(30);
  await pad.press('A', { hold: 3, gap: 2 });
}

/** The frames of an input log: the buttons, and whether the power was switched. */
function framesOf(log: string): { buttons: number; power: boolean }[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => ({
      buttons: COLUMNS.reduce(
        (mask, name, column) => mask | (line[column + 1] === '.' ? 0 : BUTTONS[name]),
        0,
      ),
      power: line[9] !== '.',
    }));
}

async function feed(driver: EmulatorDriver, log: string): Promise<void> {
  for (const { buttons, power } of framesOf(log)) {
    if (power) await driver.reset();
    await run(driver, [press(buttons, 1, 0)]);
  }
}

it('[I9] the frames of a movie, run one by one on a fresh game, lead to the very same game', async () => {
  await using gateway = await startGateway({ journal: true, data: directory.path, snapshotMs: 100 });
  await using pad = await connect(gateway.url);
  const choose = random();
  await play(pad, choose);
  const played = await pad.memory(RAM);
  const screen = await pad.screen({ format: 'raw' });
  expect(await exportMovie(pad.session)).toBe(0);
  const files = unzipSync(readFileSync(join(directory.path, 'run.bk2')));
  const log = strFromU8(files['Input Log.txt'] ?? new Uint8Array());
  expect(framesOf(log)).toHaveLength(played.frame);
  expect(framesOf(log).filter(({ power }) => power)).toHaveLength(1);
  const { driver } = await openGame(readFileSync(gateway.config.rom));
  await feed(driver, log);
  expect((await driver.screen('raw')).value, `seed ${choose.seed}`).toEqual(screen.bytes);
  expect((await driver.memory(RAM)).value, `seed ${choose.seed}`).toEqual(played.memory);
  await driver.close();
});

it('a run in which a state was loaded makes none', async () => {
  await using gateway = await startGateway({ journal: true, data: directory.path });
  await using pad = await connect(gateway.url);
  await pad.press('A');
  const { checkpoint } = await pad.save();
  await pad.load(checkpoint ?? '');
  expect(await exportMovie(pad.session)).toBe(1);
});

it('a game that nobody can rebuild makes none', async () => {
  await using gateway = await startGateway({ journal: true, data: directory.path, driver: 'noop' });
  await using pad = await connect(gateway.url);
  await pad.press('A');
  expect(await exportMovie(pad.session)).toBe(1);
});

/** As a person would, while the gateway runs. */
function exportMovie(session: string): Promise<number> {
  return dispatch(['journal', 'export', session, '--bk2', 'run.bk2', '--data', '.'], {
    stdout: { write: () => undefined },
    stderr: { write: () => undefined },
    stdin: (async function* () {})(),
    env: {},
    cwd: directory.path,
    onSignal: () => () => undefined,
  });
}
