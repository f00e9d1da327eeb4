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
      const steps = [press(1, 2, 3), press(2, 1, 0), keys(16), press(1, 1, 1)];
      const events = await record(driver, within(driver, steps));
      expect(events.filter((event) => event === 'done')).toHaveLength(1);
      expect(events.at(-1)).toBe('done');
      expect(statuses(events)).toEqual(['executed', 'executed', 'executed', 'executed']);
    });

    it('[I5] covers the frames of a batch without a hole, from the frame count on', async () => {
      const driver = await start();
      const steps = within(driver, [
        press(1, 2, 3),
        press(0, 0, 0),
        keys(16),
        press(129, 4, 0),
        press(0, 200, 7),
        keys(0),
      ]);
      expect(await run(driver, steps)).toMatchObject(covered(driver, steps, 0));
      const through = framesOf(driver, steps);
      expectFrame(driver, through);
      const more = within(driver, [press(1, 1, 0)]);
      expect(await run(driver, more)).toMatchObject(covered(driver, more, through));
    });

    it('[I4] runs two equal presses twice', async () => {
      const driver = await start();
      const steps = within(driver, [press(1, 1, 1), press(1, 1, 1)]);
      expect(await run(driver, steps)).toMatchObject(covered(driver, steps, 0));
    });

    it('goes on counting where the game that it replaces stopped', async () => {
      const driver = await start(1_000_000);
      expectFrame(driver, 1_000_000);
      const steps = within(driver, [press(1, 2, 0)]);
      expect(await run(driver, steps)).toMatchObject(covered(driver, steps, 1_000_000));
    });

    it('takes its largest batch whole, and the next one after it', async () => {
      const driver = await start();
      const { largestBatch } = driver.capabilities;
      const steps = within(
        driver,
        Array.from({ length: largestBatch }, () => press(1, 1, 0)),
      );
      expect(await run(driver, steps)).toMatchObject(covered(driver, steps, 0));
      const next = within(driver, [press(2, 1, 0)]);
      expect(await run(driver, next)).toMatchObject(covered(driver, next, framesOf(driver, steps)));
    });

    it('runs no frame when buttons are released', async () => {
      const driver = await start();
      const steps = within(driver, [keys(1)]);
      await run(driver, steps);
      await driver.release();
      expectFrame(driver, framesOf(driver, steps));
    });

    it('shows the picture, or says that it cannot', async () => {
      const driver = await start();
      if (!driver.capabilities.screen) return expectUnsupported(driver.screen('raw'));
      await run(driver, within(driver, [press(0, 3, 0)]));
      const raw = await driver.screen('raw');
      expect([raw.frame, raw.value.length]).toEqual([3, RAW_PICTURE_BYTES]);
      const png = await driver.screen('png');
      expect([...png.value.subarray(0, 4)]).toEqual(PNG_SIGNATURE);
    });

    it('reads memory range by range, or says that it cannot', async () => {
      const driver = await start();
      if (!driver.capabilities.memory) return expectUnsupported(driver.memory([[0xc000, 1]]));
      const steps = within(driver, [press(0, 3, 0)]);
      await run(driver, steps);
      const reading = await driver.memory([
        [0xc000, 2],
        [0xff80, 1],
        [0x0100, 4],
      ]);
      expect(reading.frame).toBe(driver.frame());
      expectFrame(driver, framesOf(driver, steps));
      expect(reading.value.map((range) => range.length)).toEqual([2, 1, 4]);
    });

    it('observes on the last frame of the step that asks, and nowhere else', async () => {
      const driver = await start();
      const [unasked] = await run(driver, within(driver, [press(1, 1, 0)]));
      expect(unasked?.observed).toBeUndefined();
      const { memory, screen } = driver.capabilities;
      if (!screen) return;
      const observe: Observe = { ...(memory && { memory: [[0xc000, 256]] }), hash: true, screen: 'raw' };
      const steps = [press(1, 2, 0, observe), press(2, 1, 0), press(0, 9, 0, observe)];
      const [first, between, last] = await run(driver, within(driver, steps));
      expect(first?.observed?.hash).toMatch(/^[0-9a-f]{64}$/);
      expect(between?.observed).toBeUndefined();
      expect(last?.observed?.screen).toEqual((await driver.screen('raw')).value);
      if (!memory) return;
      expect(first?.observed?.memory?.[0]).toHaveLength(256);
      expect(last?.observed?.memory).toEqual((await driver.memory([[0xc000, 256]])).value);
    });

    it('[I5] looks at memory before each step that has guards: waits, runs or passes over it, and says which', async () => {
      const driver = await start();
      if (driver.capabilities.guards !== true) return;
      const [byte = 0] = (await driver.memory([[0x100, 1]])).value[0] ?? [];
      const guard = { address: 0x100, value: byte, from: 1 } as const;
      const of = [
        { ...guard, op: '!=', then: 'wait', frames: 3, count: 1, orGo: true },
        { ...guard, op: '==', from: 2, count: 2 },
      ] as const;
      const steps = [0, 1, 2, 3, 4].map((member): Step => ({ ...press(0, 1, 1), guards: { of, member } }));
      expect(await run(driver, steps)).toMatchObject([
        { status: 'executed', firstFrame: 0, frames: 2 },
        { status: 'executed', firstFrame: 5, frames: 2, waited: 3 },
        ...[2, 3].map(() => ({
          status: 'rejected',
          firstFrame: null,
          frames: 0,
          code: 'guard',
          guard: { index: 1, frame: 7, value: byte },
        })),
        { status: 'executed', firstFrame: 7, frames: 2 },
      ]);
      expectFrame(driver, 9);
      const next = within(driver, [press(1, 1, 0)]);
      expect(await run(driver, next)).toMatchObject(covered(driver, next, 9));
    });

    it('keeps counting over save, load and reset, or says that it cannot', async () => {
      const driver = await start();
      const { states, reset } = driver.capabilities;
      const steps = within(driver, [press(0, 5, 0)]);
      await run(driver, steps);
      const through = framesOf(driver, steps);
      if (states) {
        const saved = await driver.save();
        expect(saved.frame).toBe(through);
        await driver.load(saved.bytes);
        expect(driver.frame()).toBe(through);
        await expectCode(driver.load(Uint8Array.of(1, 2, 3)), 'invalid_state');
      } else {
        await expectUnsupported(driver.save());
        await expectUnsupported(driver.load(new Uint8Array(0)));
      }
      if (reset) await driver.reset();
      else await expectUnsupported(driver.reset());
      const next = within(driver, [press(1, 1, 0)]);
      expect(await run(driver, next)).toMatchObject(covered(driver, next, through));
    });

    it('runs batches at every pace that it names', async () => {
      const driver = await start();
      for (const pace of driver.capabilities.paces) {
        // Not every emulator can be made faster than it is.
        await driver.setPace(pace, driver.capabilities.freeze ? 4 : 1);
        await driver.freeze(true);
        await driver.freeze(false);
        const from = driver.frame();
        const steps = within(driver, [press(1, 2, 1), press(2, 1, 0)]);
        const outcomes = await run(driver, steps);
        const firstFrame = outcomes[0]?.firstFrame ?? from;
        expect(firstFrame).toBeGreaterThanOrEqual(from);
        expect(outcomes).toMatchObject(covered(driver, steps, firstFrame));
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

/** The steps as near as the driver's capabilities allow: a session lets nothing else through. */
function within({ capabilities: can }: EmulatorDriver, steps: readonly Step[]): Step[] {
  return steps.map((step) => {
    const { nativeHold, nativeGap } = can;
    // The lowest of several buttons where there are no chords.
    const buttons = can.chords ? step.buttons : step.buttons & -step.buttons;
    if (step.kind === 'keys' && !can.keys) return press(buttons, nativeHold, nativeGap);
    if (step.kind === 'keys' || can.timing || (can.waits === true && buttons === 0))
      return { ...step, buttons };
    return { ...step, buttons, hold: nativeHold, gap: nativeGap };
  });
}

function framesOf({ capabilities }: EmulatorDriver, steps: readonly Step[]): number {
  if (capabilities.frames === 'none') return 0;
  return steps.reduce((sum, { kind, hold, gap }) => sum + (kind === 'keys' ? 1 : hold + gap), 0);
}

/** A game whose time does not stand still between inputs has run at least so many frames, any other exactly so many. */
function expectFrame(driver: EmulatorDriver, frames: number): void {
  if (driver.capabilities.freeze) expect(driver.frame()).toBe(frames);
  else expect(driver.frame()).toBeGreaterThanOrEqual(frames);
}

/** What the outcomes of a batch must say, from a frame count on. */
function covered(driver: EmulatorDriver, steps: readonly Step[], firstFrame: number) {
  const certainty = driver.capabilities.frames;
  // Where time goes on between inputs nobody can say beforehand on which frame one begins.
  if (!driver.capabilities.freeze) {
    return steps.map(() => ({
      status: 'executed',
      firstFrame: expect.any(Number),
      frames: expect.any(Number),
      certainty,
    }));
  }
  return steps.map((step, index) => ({
    status: 'executed',
    firstFrame: certainty === 'none' ? null : firstFrame + framesOf(driver, steps.slice(0, index)),
    frames: framesOf(driver, [step]),
    certainty,
  }));
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
