/**
 * The `noop` driver: runs nothing and answers at once, so that what is measured is the gateway alone. It counts the frames that a
 * game would have run, and calls them `derived`: computed from the timing, not seen to run.
 */
import { GAME_BOY_BUTTONS } from '../../../shared/buttons.ts';
import { JoywireError } from '../../../shared/errors.ts';
import type { Capabilities, MemoryRange, Pace, PictureFormat } from '../../../shared/protocol.ts';
import type {
  BatchSink,
  CoreIdentity,
  DriverContext,
  EmulatorDriver,
  OpenDriver,
  Reading,
  SavedState,
  Snapshot,
  Step,
} from './driver.ts';
import { stepFrames } from './step-frames.ts';

export function openNoop(): OpenDriver {
  return async (context) => new NoopDriver(context);
}

class NoopDriver implements EmulatorDriver {
  readonly kind = 'noop';
  readonly rom = { name: 'noop', hash: '' };
  readonly core: CoreIdentity = { name: 'noop', version: '1', hash: '', mode: 'dmg', sound: false };
  readonly capabilities: Capabilities = {
    buttons: GAME_BOY_BUTTONS,
    chords: true,
    timing: true,
    keys: true,
    nativeHold: 8,
    nativeGap: 8,
    frames: 'derived',
    freeze: true,
    screen: false,
    memory: false,
    states: false,
    reset: false,
    // No clock drives it: at a `realtime` that is not there, frames would have to be invented between inputs.
    paces: ['turbo'],
    largestBatch: 1024,
  };
  #frame: number;

  constructor({ firstFrame }: DriverContext) {
    this.#frame = firstFrame;
  }

  frame(): number {
    return this.#frame;
  }

  run(steps: readonly Step[], sink: BatchSink): void {
    for (const step of steps) {
      const firstFrame = this.#frame;
      const frames = stepFrames(step);
      this.#frame += frames;
      sink.outcome({
        status: 'executed',
        firstFrame,
        frames,
        certainty: 'derived',
        observed: undefined,
        code: undefined,
        message: undefined,
      });
    }
    sink.done();
  }

  async release(): Promise<number> {
    return this.#frame;
  }

  screen(_format: PictureFormat): Promise<Reading<Uint8Array>> {
    return unsupported('screen');
  }

  memory(_ranges: readonly MemoryRange[]): Promise<Reading<readonly Uint8Array[]>> {
    return unsupported('memory');
  }

  save(): Promise<SavedState> {
    return unsupported('states');
  }

  /** Its frame count is all there is. */
  async snapshot(): Promise<Snapshot> {
    return { bytes: new Uint8Array(0), frame: this.#frame, held: 0, digest: '' };
  }

  load(_state: Uint8Array): Promise<number> {
    return unsupported('states');
  }

  reset(): Promise<number> {
    return unsupported('reset');
  }

  async setPace(pace: Pace, _speed: number): Promise<number> {
    return pace === 'turbo' ? this.#frame : await unsupported('paces');
  }

  async freeze(_frozen: boolean): Promise<void> {}

  async close(): Promise<void> {}
}

function unsupported(capability: string): Promise<never> {
  return Promise.reject(new JoywireError('unsupported', `${capability}: the noop driver runs no game`));
}
