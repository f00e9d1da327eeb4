/** What every driver keeps, whatever it drives: one suite, run over each implementation. */
import { afterEach, describe, expect, it } from 'vitest';
import type {
  DriverDeath,
  EmulatorDriver,
  OpenDriver,
  Step,
  StepOutcome,
} from '../../server/emulator/drivers/driver.ts';
import { JoywireError } from '../../shared/errors.ts';
import type { Observe } from '../../shared/protocol.ts';

/** What the suite cannot learn from the capabilities. */
export interface DriverFacts {
  readonly kind: string;
  /** Whether `rom.hash` is known. */
  readonly romHash: boolean;
}

const RAW_PICTURE_BYTES = 160 * 144 * 3;
const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47];

export function describeDriver(name: string, open: OpenDriver, facts: DriverFacts): void {
  describe(`driver: ${name}`, () => {
    const opened: EmulatorDriver[] = [];
    const deaths: DriverDeath[] = [];
    const start = async (firstFrame = 0) => {
      const driver = await open({ firstFrame, onDeath: (death) => deaths.push(death) });
      opened.push(driver);
      return driver;
    };

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((driver) => driver.close()));
      expect(deaths.splice(0)).toEqual([]);
    });

    it('says what it is', async () => {
      const driver = await start();
      expect(driver.kind).toBe(facts.kind);
      expect(driver.rom.name).not.toBe('');
      expect(driver.rom.hash).toMatch(facts.romHash ? /^[0-9a-f]{64}$/ : /^$/);
    });

    it('[I1][I2] gives each step one outcome, in order, and then is done once', async () => {
      const driver = await start();
      const events = await record(driver, [press(1, 2, 3), press(2, 1, 0), keys(16), press(1, 1, 1)]);
      expect(events.filter((event) => event === 'done')).toHaveLength(1);
      expect(events.at(-1)).toBe('done');
      expect(statuses(events)).toEqual(['executed', 'executed', 'executed', 'executed']);
    });

    it('[I5] covers the frames of a batch without a hole, from the frame count on', async () => {
      const driver = await start();
      const certainty = driver.capabilities.frames;
      const outcomes = await run(driver, [
        press(1, 2, 3),
        press(0, 0, 0),
        keys(16),
        press(129, 4, 0),
        keys(0),
      ]);
      expect(outcomes).toMatchObject([
        { firstFrame: 0, frames: 5, certainty },
        { firstFrame: 5, frames: 0, certainty },
        { firstFrame: 5, frames: 1, certainty },
        { firstFrame: 6, frames: 4, certainty },
        { firstFrame: 10, frames: 1, certainty },
      ]);
      expect(driver.frame()).toBe(11);
      expect(await run(driver, [press(1, 1, 0)])).toMatchObject([{ firstFrame: 11, frames: 1 }]);
    });

    it('[I4] runs two equal presses twice', async () => {
      const outcomes = await run(await start(), [press(1, 1, 1), press(1, 1, 1)]);
      expect(outcomes.map((outcome) => outcome.firstFrame)).toEqual([0, 2]);
    });

    it('goes on counting where the game that it replaces stopped', async () => {
      const driver = await start(1_000_000);
      expect(driver.frame()).toBe(1_000_000);
      expect(await run(driver, [press(1, 2, 0)])).toMatchObject([{ firstFrame: 1_000_000, frames: 2 }]);
    });

    it('takes its largest batch whole, and the next one after it', async () => {
      const driver = await start();
      const { largestBatch } = driver.capabilities;
      const outcomes = await run(
        driver,
        Array.from({ length: largestBatch }, () => press(1, 1, 0)),
      );
      expect(outcomes).toHaveLength(largestBatch);
      expect(outcomes.at(-1)).toMatchObject({ firstFrame: largestBatch - 1, frames: 1 });
      expect(await run(driver, [press(0, 0, 0)])).toMatchObject([{ firstFrame: largestBatch, frames: 0 }]);
    });

    it('runs no frame when buttons are released', async () => {
      const driver = await start();
      await run(driver, [keys(1)]);
      await driver.release();
      expect(driver.frame()).toBe(1);
    });

    it('shows the picture, or says that it cannot', async () => {
      const driver = await start();
      if (!driver.capabilities.screen) return expectUnsupported(driver.screen('raw'));
      await run(driver, [press(0, 3, 0)]);
      const raw = await driver.screen('raw');
      expect([raw.frame, raw.value.length]).toEqual([3, RAW_PICTURE_BYTES]);
      const png = await driver.screen('png');
      expect([...png.value.subarray(0, 4)]).toEqual(PNG_SIGNATURE);
    });

    it('reads memory range by range, or says that it cannot', async () => {
      const driver = await start();
      if (!driver.capabilities.memory) return expectUnsupported(driver.memory([[0xc000, 1]]));
      await run(driver, [press(0, 3, 0)]);
      const reading = await driver.memory([
        [0xc000, 2],
        [0xff80, 0],
        [0x0100, 4],
      ]);
      expect(reading.frame).toBe(3);
      expect(reading.value.map((range) => range.length)).toEqual([2, 0, 4]);
    });

    it('observes on the last frame of the step that asks, and nowhere else', async () => {
      const driver = await start();
      const [unasked] = await run(driver, [press(1, 1, 0)]);
      expect(unasked?.observed).toBeUndefined();
      if (!driver.capabilities.memory || !driver.capabilities.screen) return;
      const observe: Observe = { memory: [[0xc000, 256]], hash: true, screen: 'raw' };
      const [first, , last] = await run(driver, [
        press(1, 2, 0, observe),
        press(0, 1, 0),
        press(0, 9, 0, observe),
      ]);
      expect(first?.observed?.memory?.[0]).toHaveLength(256);
      expect(first?.observed?.hash).toMatch(/^[0-9a-f]{64}$/);
      expect(last?.observed?.memory).toEqual((await driver.memory([[0xc000, 256]])).value);
      expect(last?.observed?.screen).toEqual((await driver.screen('raw')).value);
    });

    it('keeps counting over save, load and reset, or says that it cannot', async () => {
      const driver = await start();
      const { states, reset } = driver.capabilities;
      await run(driver, [press(0, 5, 0)]);
      if (states) {
        const saved = await driver.save();
        expect(saved.frame).toBe(5);
        await driver.load(saved.bytes);
        expect(driver.frame()).toBe(5);
        await expectCode(driver.load(Uint8Array.of(1, 2, 3)), 'invalid_state');
      } else {
        await expectUnsupported(driver.save());
        await expectUnsupported(driver.load(new Uint8Array(0)));
      }
      if (reset) await driver.reset();
      else await expectUnsupported(driver.reset());
      expect(await run(driver, [press(0, 1, 0)])).toMatchObject([{ firstFrame: 5 }]);
    });

    it('runs batches at every pace that it names', async () => {
      const driver = await start();
      for (const pace of driver.capabilities.paces) {
        await driver.setPace(pace, 4);
        await driver.freeze(true);
        await driver.freeze(false);
        const from = driver.frame();
        const [outcome, next] = await run(driver, [press(1, 2, 1), press(2, 1, 0)]);
        expect(outcome?.firstFrame).toBeGreaterThanOrEqual(from);
        expect(next?.firstFrame).toBe((outcome?.firstFrame ?? 0) + 3);
      }
    });
  });
}

function press(buttons: number, hold: number, gap: number, observe?: Observe): Step {
  return { kind: 'press', buttons, hold, gap, observe };
}

function keys(buttons: number): Step {
  return { kind: 'keys', buttons, hold: 0, gap: 0, observe: undefined };
}

type Event = StepOutcome | 'done';

/** Everything the sink hears until the next batch, an empty-handed one, has been through as well. */
async function record(driver: EmulatorDriver, steps: readonly Step[]): Promise<Event[]> {
  const events: Event[] = [];
  await new Promise<void>((resolve) => {
    driver.run(steps, {
      outcome: (outcome) => events.push(outcome),
      done: () => {
        events.push('done');
        resolve();
      },
    });
  });
  await run(driver, [press(0, 0, 0)]);
  return events;
}

async function run(driver: EmulatorDriver, steps: readonly Step[]): Promise<StepOutcome[]> {
  return await new Promise((resolve) => {
    const outcomes: StepOutcome[] = [];
    driver.run(steps, { outcome: (outcome) => outcomes.push(outcome), done: () => resolve(outcomes) });
  });
}

function statuses(events: readonly Event[]): string[] {
  return events.flatMap((event) => (event === 'done' ? [] : [event.status]));
}

async function expectCode(promise: Promise<unknown>, code: string): Promise<void> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(JoywireError);
  expect(error).toMatchObject({ code });
}

function expectUnsupported(promise: Promise<unknown>): Promise<void> {
  return expectCode(promise, 'unsupported');
}
