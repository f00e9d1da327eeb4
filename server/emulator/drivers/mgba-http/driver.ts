/**
 * The driver for mGBA-http: holds and gaps by `setkeys`, paced on the frame that the game is at. Never by tap: two taps that come close
 * merge, and a tap that is repeated after a lost answer is two presses, while `setkeys` may be repeated.
 */
import { ALL_BUTTONS } from '../../../../shared/buttons.ts';
import { JoywireError } from '../../../../shared/errors.ts';
import { backoffMs } from '../../../../shared/backoff.ts';
import type { Capabilities, MemoryRange, Observed, Pace } from '../../../../shared/protocol.ts';
import { codedStepOutcome } from '../../coded-outcome.ts';
import type { BatchSink, DriverContext, EmulatorDriver, Reading, Step, StepOutcome } from '../driver.ts';
import { sleep } from '../http/actions.ts';
import { httpEmulator, type HttpEmulator, type HttpOptions, type HttpServer } from '../http/driver.ts';
import { unsupported } from '../http/unsupported.ts';
import { Bridge, type Said } from './bridge.ts';

const CAPABILITIES: Capabilities = {
  buttons: ALL_BUTTONS,
  chords: true,
  timing: true,
  keys: true,
  nativeHold: 8,
  nativeGap: 8,
  frames: 'derived',
  freeze: false,
  screen: false,
  memory: true,
  states: false,
  reset: true,
  paces: ['realtime'],
  largestBatch: 64,
};

const FRAME_MS = 1000 / 59.7275;
/** How long the game may stand still before it counts as paused, in ms. */
const STALL_MS = 5000;

export function mgbaHttp(options: HttpOptions): HttpEmulator {
  return httpEmulator(options, '/core/currentFrame', (server, context) => {
    const bridge = new Bridge(server.exchange, server.settings.lookMs);
    return MgbaDriver.open({ ...server, bridge }, context);
  });
}

interface MgbaServer extends HttpServer {
  readonly bridge: Bridge;
}

/** What went wrong with a step: whether anything of it may have run. */
class StepFailure extends Error {
  readonly mayHaveRun: boolean;

  constructor(mayHaveRun: boolean, message: string) {
    super(message);
    this.mayHaveRun = mayHaveRun;
  }
}

class MgbaDriver implements EmulatorDriver {
  readonly kind = 'mgba-http';
  readonly core = undefined;
  readonly capabilities = CAPABILITIES;
  readonly rom = { name: 'mgba-http', hash: '' };
  readonly #server: MgbaServer;
  /** What is added to the game's own count, so that ours never goes back. */
  #offset: number;
  #frame: number;
  #held = 0;
  #closed = false;

  private constructor(server: MgbaServer, { firstFrame }: DriverContext, gameFrame: number) {
    this.#server = server;
    this.#offset = firstFrame - gameFrame;
    this.#frame = firstFrame;
  }

  static async open(server: MgbaServer, context: DriverContext): Promise<MgbaDriver> {
    const frame = await server.bridge.currentFrame();
    if (frame === undefined) {
      throw new JoywireError('emulator_failed', 'mGBA tells no frame: is a game loaded, and does it run?');
    }
    const driver = new MgbaDriver(server, context, frame);
    await driver.release();
    return driver;
  }

  frame(): number {
    return this.#frame;
  }

  run(steps: readonly Step[], sink: BatchSink): void {
    void this.#run(steps, sink).then(() => sink.done());
  }

  async release(): Promise<number> {
    this.#held = 0;
    await this.#setKeys(0);
    return this.#frame;
  }

  screen = unsupported;
  save = unsupported;
  snapshot = unsupported;
  load = unsupported;

  async memory(ranges: readonly MemoryRange[]): Promise<Reading<readonly Uint8Array[]>> {
    const value: Uint8Array[] = [];
    for (const range of ranges) {
      const bytes = await this.#server.bridge.read(range);
      if (bytes === undefined) throw new JoywireError('emulator_failed', 'mGBA did not give the memory');
      value.push(bytes);
    }
    return { frame: this.#frame, value };
  }

  async reset(): Promise<number> {
    const said = await this.#server.bridge.reset();
    if (said.kind !== 'text') throw new JoywireError('emulator_failed', `mGBA did not reset: ${said.why}`);
    // Its own count starts again.
    this.#offset = this.#frame;
    return this.#frame;
  }

  async setPace(_pace: Pace, speed: number): Promise<number> {
    if (speed !== 1)
      throw new JoywireError('unsupported', 'speed: mGBA runs as fast as it is set to; only 1 is taken');
    return this.#frame;
  }

  async freeze(): Promise<void> {}

  async close(): Promise<void> {
    await this.#server.bridge.setKeys(0);
    this.#closed = true;
  }

  async #run(steps: readonly Step[], sink: BatchSink): Promise<void> {
    let stopped: string | undefined;
    for (const step of steps) {
      if (stopped !== undefined) {
        sink.outcome(codedStepOutcome('emulator_unavailable', `it was not sent: ${stopped}`));
        continue;
      }
      try {
        sink.outcome(await this.#perform(step));
      } catch (error) {
        if (!(error instanceof StepFailure)) throw error;
        stopped = error.message;
        // Whatever is held for the step must not stay so.
        await this.#server.bridge.setKeys(this.#held);
        const code = error.mayHaveRun ? 'emulator_crashed' : 'emulator_unavailable';
        sink.outcome(codedStepOutcome(code, error.message));
      }
    }
  }

  async #perform({ kind, buttons, hold, gap, observe }: Step): Promise<StepOutcome> {
    if (kind === 'keys') {
      await this.#setKeys(buttons);
      this.#held = buttons;
      const firstFrame = await this.#reach(0);
      // The next change must not come within the same frame: the game would not see this one.
      return ran(firstFrame, (await this.#reach(firstFrame + 1)) - firstFrame, undefined);
    }
    if (hold > 0) await this.#setKeys(this.#held | buttons);
    const firstFrame = await this.#reach(0);
    if (hold > 0) {
      await this.#reach(firstFrame + hold);
      await this.#setKeys(this.#held, true);
    }
    const released = hold > 0 ? await this.#reach(0) : firstFrame;
    const end = await this.#reach(released + gap);
    const observed = await this.#observe(observe?.memory);
    return ran(firstFrame, end - firstFrame, observed);
  }

  async #observe(ranges: readonly MemoryRange[] | undefined): Promise<Observed | undefined> {
    if (ranges === undefined) return undefined;
    try {
      return { memory: (await this.memory(ranges)).value };
    } catch {
      // The press has run, whatever became of the look.
      return undefined;
    }
  }

  /**
   * Sets the held buttons, again and again until mGBA has said that it did.
   * @param pressed whether something of the step has run already
   */
  async #setKeys(mask: number, pressed = false): Promise<void> {
    const { bridge, clock, random, settings, breaker } = this.#server;
    const deadlineMs = clock.now() + settings.holdMs;
    let mayHaveRun = pressed;
    for (let retry = 1; ; retry += 1) {
      const waitMs = breaker.waitMs(clock.now());
      if (waitMs > 0) await sleep(clock, Math.min(waitMs, Math.max(0, deadlineMs - clock.now())));
      const said: Said = await bridge.setKeys(mask);
      if (said.kind === 'text') return breaker.succeeded();
      breaker.failed(clock.now());
      mayHaveRun ||= said.kind === 'unclear';
      const pauseMs = backoffMs(retry, random(), { baseMs: 20, maxMs: 1000 });
      if (this.#closed || clock.now() + pauseMs > deadlineMs) throw new StepFailure(mayHaveRun, said.why);
      await sleep(clock, pauseMs);
    }
  }

  /** Waits until so many frames have run; resolves to how many have. */
  async #reach(frame: number): Promise<number> {
    const { bridge, clock } = this.#server;
    let movedAtMs = clock.now();
    for (;;) {
      const now = await bridge.currentFrame();
      if (now !== undefined && now + this.#offset < this.#frame) {
        this.#offset = this.#frame - now;
        throw new StepFailure(true, 'the game was reset or loaded by somebody else');
      }
      if (now !== undefined && now + this.#offset > this.#frame) {
        this.#frame = now + this.#offset;
        movedAtMs = clock.now();
      }
      if (now !== undefined && this.#frame >= frame) return this.#frame;
      if (this.#closed || clock.now() - movedAtMs > STALL_MS) {
        throw new StepFailure(
          true,
          `the game stands still at frame ${this.#frame}: it is paused, or its script is`,
        );
      }
      await sleep(clock, Math.max(1, (frame - this.#frame - 1) * FRAME_MS));
    }
  }
}

function ran(firstFrame: number, frames: number, observed: Observed | undefined): StepOutcome {
  return {
    status: 'executed',
    firstFrame,
    frames,
    certainty: 'derived',
    observed,
    code: undefined,
    message: undefined,
  };
}
