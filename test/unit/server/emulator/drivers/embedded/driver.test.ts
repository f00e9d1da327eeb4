import { afterEach, describe, expect, it } from 'vitest';
import type { Step, StepOutcome } from '../../../../../../server/emulator/drivers/driver.ts';
import type {
  EmbeddedDriver,
  EmbeddedOptions,
} from '../../../../../../server/emulator/drivers/embedded/driver.ts';
import { Machine } from '../../../../../../server/emulator/drivers/embedded/machine.ts';
import { hashPicture } from '../../../../../../server/emulator/drivers/picture.ts';
import { flatten, Timeline } from '../../../../../../server/emulator/drivers/embedded/timeline.ts';
import { BUTTONS } from '../../../../../../shared/buttons.ts';
import { FAULT_WORKER_URL, keys, openGame, press, run } from '../../../../../support/embedded.ts';
import { FakeClock } from '../../../../../support/fake-clock.ts';
import {
  illegalRom,
  lcdOffRom,
  pokeRom,
  RECORDER,
  recorded,
  recorderRom,
} from '../../../../../support/test-rom.ts';

const WORK_RAM = [0xc000, 0x2000] as const;
/** Frames until the recorder has set itself up and reads the joypad. */
const SETTLED = 30;

const open: EmbeddedDriver[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((driver) => driver.close()));
});

async function start(rom: Uint8Array, options: Partial<EmbeddedOptions> = {}) {
  const game = await openGame(rom, options);
  open.push(game.driver);
  return game;
}

async function settled(): Promise<EmbeddedDriver> {
  const { driver } = await start(recorderRom());
  await run(driver, [press(0, SETTLED)]);
  return driver;
}

async function fingerprint(driver: EmbeddedDriver) {
  const ram = (await driver.memory([WORK_RAM])).value[0] ?? new Uint8Array(0);
  return { ram: hashPicture(ram), picture: hashPicture((await driver.screen('raw')).value) };
}

/** The recorder's log as it is in work RAM: the frame by its own count, and the buttons from then on. */
async function readLog(driver: EmbeddedDriver): Promise<[frame: number, buttons: number][]> {
  const reading = await driver.memory([[RECORDER.log, 4 * RECORDER.entries]]);
  const bytes = reading.value[0] ?? new Uint8Array(0);
  const log: [number, number][] = [];
  for (let at = 0; bytes[at + 3] === 0xa5; at += 4) {
    log.push([(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8), bytes[at + 2] ?? 0]);
  }
  return log;
}

/** The frames on which the steps change what is pressed, by the outcomes' own numbers, and to what. */
function changes(
  steps: readonly Step[],
  outcomes: readonly StepOutcome[],
): [frame: number, buttons: number][] {
  const timeline = new Timeline();
  timeline.begin(flatten(steps));
  const result: [number, number][] = [];
  let before = 0;
  for (const { firstFrame, frames } of outcomes) {
    for (let frame = 0; frame < frames; frame++, timeline.ran()) {
      const buttons = timeline.buttons();
      if (buttons !== before) result.push([(firstFrame ?? 0) + frame, recorded(buttons)]);
      before = buttons;
    }
    timeline.finish();
  }
  return result;
}

describe('frames', () => {
  it('[I1][I3][I5] the game itself sees every key change on the frame that the outcome names, in order', async () => {
    const driver = await settled();
    const steps = Array.from({ length: 300 }, (_, n): Step => {
      const buttons = 1 << ((n * 3) % 8) || 1;
      return n % 11 === 0 ? keys(n % 2 === 0 ? BUTTONS.UP : 0) : press(buttons, 1 + (n % 3), 1 + (n % 2));
    });
    const expected = changes(steps, await run(driver, steps));
    const log = await readLog(driver);
    const offset = (log[0]?.[0] ?? 0) - (expected[0]?.[0] ?? 0);
    expect(log.length).toBeGreaterThan(500);
    expect(log.map(([frame, buttons]) => [frame - offset, buttons])).toEqual(expected);
  });

  it('[I5] the same timeline gives the same RAM and picture as on a bare core', async () => {
    const steps = Array.from({ length: 200 }, (_, n) => press((n * 29) & 0xff, n % 4, (n >> 2) % 3));
    const driver = await settled();
    await run(driver, steps);
    const machine = new Machine({ rom: recorderRom(), battery: undefined, sound: false });
    for (let frame = 0; frame < SETTLED; frame++) machine.runFrame(0, false);
    for (const { buttons, hold, gap } of steps) {
      for (let frame = 0; frame < hold + gap; frame++) machine.runFrame(frame < hold ? buttons : 0, true);
    }
    expect(await fingerprint(driver)).toEqual({
      ram: hashPicture(machine.memory().read(...WORK_RAM)),
      picture: hashPicture(machine.picture()),
    });
  });

  it('presses a chord on one frame, and adds a press to what is held', async () => {
    const driver = await settled();
    await run(driver, [
      press(BUTTONS.A + BUTTONS.UP, 2, 2),
      keys(BUTTONS.LEFT),
      press(BUTTONS.B, 2, 2),
      keys(0),
    ]);
    const buttons = (await readLog(driver)).map(([, seen]) => seen);
    const { A, B, UP, LEFT } = BUTTONS;
    expect(buttons).toEqual([A + UP, 0, LEFT, LEFT + B, LEFT, 0].map(recorded));
  });

  it('[I5] counts frames exactly while the game has the LCD off', async () => {
    const { driver } = await start(lcdOffRom());
    const [outcome] = await run(driver, [press(0, 600, 0)]);
    expect(outcome).toMatchObject({ status: 'executed', firstFrame: 0, frames: 600, certainty: 'exact' });
    expect(driver.frame()).toBe(600);
  });

  it('runs a step without frames where it stands, and observes there', async () => {
    const driver = await settled();
    const steps = [press(1, 3, 0, { hash: true }), press(2, 0, 0, { hash: true }), press(0, 1, 0)];
    const [before, nothing] = await run(driver, steps);
    expect(nothing).toMatchObject({ status: 'executed', firstFrame: SETTLED + 3, frames: 0 });
    expect(nothing?.observed).toEqual(before?.observed);
  });
});

describe('observe', () => {
  it('[I5] sees the exact last frame of each step', async () => {
    const driver = await settled();
    const observe = { memory: [[RECORDER.frames, 3]], hash: true } as const;
    const steps = [1, 2, 3, 5, 8].map((frames) => press(frames, frames, 1, observe));
    const outcomes = await run(driver, steps);
    const machine = new Machine({ rom: recorderRom(), battery: undefined, sound: false });
    for (let frame = 0; frame < SETTLED; frame++) machine.runFrame(0, false);
    for (const [index, { buttons, hold }] of steps.entries()) {
      for (let frame = 0; frame < hold; frame++) machine.runFrame(buttons, false);
      machine.runFrame(0, true);
      expect(outcomes[index]?.observed).toEqual({
        memory: [machine.memory().read(RECORDER.frames, 3)],
        hash: hashPicture(machine.picture()),
      });
    }
  });

  it('[I3] names memory that cannot be read, and runs the step all the same', async () => {
    const { driver } = await start(pokeRom([], { type: 0x01, banks: 64 }));
    const observe = {
      memory: [
        [0x4000, 2],
        [0x0100, 1],
      ],
    } as const;
    const [outcome] = await run(driver, [press(0, 1, 0, observe)]);
    expect(outcome).toMatchObject({ status: 'executed', message: expect.stringContaining('0x4000') });
    expect(outcome?.observed?.memory?.map((range) => range.length)).toEqual([0, 1]);
    await expect(driver.memory([[0x4000, 2]])).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('reads while a long batch runs, on a frame in its middle', async () => {
    const driver = await settled();
    const frames = 1024 * 100;
    const batch = run(
      driver,
      Array.from({ length: 1024 }, () => press(1, 100, 0)),
    );
    const [memory, screen] = await Promise.all([
      driver.memory([[RECORDER.buttons, 1]]),
      driver.screen('raw'),
    ]);
    for (const { frame } of [memory, screen]) {
      expect(frame).toBeGreaterThan(SETTLED);
      expect(frame).toBeLessThan(SETTLED + frames);
    }
    await driver.close();
    expect((await batch).at(-1)).toMatchObject({ status: 'unknown' });
  });
});

describe('states', () => {
  it('[I9] replays from a save to the very same RAM and picture, in another game as well', async () => {
    const steps = Array.from({ length: 40 }, (_, n) => press((n * 53) & 0xff, 2, 1));
    const driver = await settled();
    const saved = await driver.save();
    await run(driver, steps);
    const wanted = await fingerprint(driver);
    await driver.load(saved.bytes);
    const [again] = await run(driver, steps);
    expect(again?.firstFrame).toBe(SETTLED + 120);
    expect(await fingerprint(driver)).toEqual(wanted);
    const { driver: other } = await start(recorderRom());
    await other.load(saved.bytes);
    await run(other, steps);
    expect(await fingerprint(other)).toEqual(wanted);
  });

  it('is as before when a state is refused', async () => {
    const driver = await settled();
    const before = await fingerprint(driver);
    const refused = driver.load(new Uint8Array(5000).fill(3));
    await expect(refused).rejects.toMatchObject({ name: 'JoywireError', code: 'invalid_state' });
    expect(await fingerprint(driver)).toEqual(before);
    expect(await run(driver, [press(1, 1, 0)])).toMatchObject([{ firstFrame: SETTLED, status: 'executed' }]);
  });

  it('keeps the battery, and starts the next game with it', async () => {
    const pokes = [
      [0x0000, 0x0a],
      [0xa000, 99],
    ] as const;
    const { driver } = await start(pokeRom(pokes, { type: 0x1b, ram: 2 }));
    await run(driver, [press(0, 5, 0)]);
    const battery = await driver.battery();
    expect(battery[0]).toBe(99);
    const { driver: next } = await start(pokeRom([], { type: 0x1b, ram: 2 }), { battery });
    expect((await next.battery())[0]).toBe(99);
  });

  it('says beforehand that an MBC2 game has no states and shows no memory', async () => {
    const { driver } = await start(pokeRom([], { type: 0x06 }));
    expect(driver.capabilities).toMatchObject({ states: false, memory: false, screen: true });
    await expect(driver.save()).rejects.toMatchObject({ code: 'unsupported' });
    expect(await run(driver, [press(1, 2, 0)])).toMatchObject([{ status: 'executed' }]);
  });
});

describe('ends', () => {
  it('[I2] a trap ends the game: what has run is told, the rest is unknown, and others play on', async () => {
    const bad = await start(illegalRom());
    const good = await start(recorderRom());
    const steps = [press(BUTTONS.B, 2, 0), press(BUTTONS.B, 1, 0), press(BUTTONS.A, 5, 0), press(0, 1, 0)];
    const [outcomes, others] = await Promise.all([run(bad.driver, steps), run(good.driver, steps)]);
    expect(outcomes.map(({ status, code }) => [status, code])).toEqual([
      ['executed', undefined],
      ['executed', undefined],
      ['unknown', 'emulator_crashed'],
      ['unknown', 'emulator_crashed'],
    ]);
    expect(outcomes[2]).toMatchObject({ firstFrame: null, frames: 0, certainty: 'none' });
    expect(bad.deaths).toEqual([
      { cause: 'trapped', frame: 3, message: expect.stringContaining('Illegal instruction') },
    ]);
    expect(others.every(({ status }) => status === 'executed')).toBe(true);
    expect(good.deaths).toEqual([]);
  });

  it('takes nothing after its death: steps certainly do not run', async () => {
    const { driver, death } = await start(illegalRom());
    await run(driver, [press(BUTTONS.A, 5, 0)]);
    await death;
    const after = await run(driver, [press(1, 1, 0)]);
    expect(after).toMatchObject([{ status: 'failed', code: 'emulator_unavailable', certainty: 'none' }]);
    await expect(driver.screen('png')).rejects.toMatchObject({ code: 'emulator_failed' });
    await expect(driver.save()).rejects.toMatchObject({ code: 'emulator_failed' });
  });

  it('[I2] a worker that no longer moves is ended by the watchdog', async () => {
    const clock = new FakeClock();
    const { driver, deaths } = await start(recorderRom(), {
      workerUrl: FAULT_WORKER_URL,
      clock,
      watchdogMs: 5000,
    });
    const batch = run(driver, [press(1, 1, 0), press(1, 1, 0)]);
    const read = driver.screen('png');
    clock.advance(4999);
    expect(deaths).toEqual([]);
    clock.advance(2000);
    expect(await batch).toMatchObject([
      { status: 'unknown' },
      { status: 'unknown', code: 'emulator_crashed' },
    ]);
    await expect(read).rejects.toMatchObject({ code: 'emulator_failed' });
    expect(deaths).toMatchObject([{ cause: 'hung', frame: 0 }]);
  });

  it('an idle game is not taken for a hung one', async () => {
    const clock = new FakeClock();
    const { driver, deaths } = await start(recorderRom(), { clock });
    await run(driver, [press(1, 1, 0)]);
    clock.advance(600_000);
    expect(deaths).toEqual([]);
    expect(clock.nextTimerMs).toBeUndefined();
  });

  it.each([
    ['exits', 'battery'],
    ['throws', 'reset'],
  ] as const)('a worker that %s is a death, told once', async (_how, request) => {
    const { driver, deaths, death } = await start(recorderRom(), { workerUrl: FAULT_WORKER_URL });
    await expect(driver[request]()).rejects.toMatchObject({ code: 'emulator_failed' });
    expect(await death).toMatchObject({ cause: 'exited' });
    await driver.close();
    expect(deaths).toHaveLength(1);
  });

  it('closes in the middle of a batch: the rest is unknown, and that is no death', async () => {
    const { driver, deaths } = await start(recorderRom());
    const batch = run(
      driver,
      Array.from({ length: 1024 }, () => press(1, 1, 0)),
    );
    await driver.close();
    const outcomes = await batch;
    expect(outcomes).toHaveLength(1024);
    expect(outcomes.at(-1)).toMatchObject({ status: 'unknown' });
    expect(deaths).toEqual([]);
  });
});

describe('opening', () => {
  it.each([
    ['of a wrong size', new Uint8Array(40_000), 'power of two'],
    ['for a cartridge that the core does not know', pokeRom([], { type: 0x22 }), 'refuses'],
  ])('refuses a ROM %s', async (_what, rom, message) => {
    await expect(openGame(rom)).rejects.toMatchObject({
      code: 'invalid_rom',
      message: expect.stringContaining(message),
    });
  });

  it('fails when there is no worker to start', async () => {
    const workerUrl = new URL('none-such.js', FAULT_WORKER_URL);
    await expect(openGame(recorderRom(), { workerUrl })).rejects.toMatchObject({ code: 'emulator_failed' });
  });
});
