/** An emulator of the simulator as a driver: nothing runs, and outcomes come when its model says. */
import { GAME_BOY_BUTTONS } from '../../shared/buttons.ts';
import { JoywireError } from '../../shared/errors.ts';
import type { Capabilities } from '../../shared/protocol.ts';
import type { Clock } from '../../server/clock.ts';
import type {
  BatchSink,
  EmulatorDriver,
  Reading,
  SavedState,
  Step,
} from '../../server/emulator/drivers/driver.ts';
import type { Model, PlannedBatch } from './models.ts';

export class ModelDriver implements EmulatorDriver {
  readonly kind = 'model';
  readonly rom = { name: 'model', hash: '' };
  readonly core = undefined;
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
    paces: ['turbo'],
    largestBatch: 1024,
  };
  /** Batches it was given so far. */
  requests = 0;
  readonly #model: Model;
  readonly #clock: Clock;
  #steps = 0;
  #frame = 0;

  constructor(model: Model, clock: Clock) {
    this.#model = model;
    this.#clock = clock;
  }

  frame(): number {
    return this.#frame;
  }

  run(steps: readonly Step[], sink: BatchSink): void {
    const startMs = this.#clock.now();
    const frames = (steps[0]?.hold ?? 0) + (steps[0]?.gap ?? 0);
    const batch = { startMs, first: this.#steps, size: steps.length, frames };
    this.#steps += steps.length;
    this.requests++;
    this.#tell(batch, 0, sink);
  }

  /** Tells the outcomes from a position on, all that come at one time together. */
  #tell(batch: PlannedBatch, position: number, sink: BatchSink): void {
    const atMs = this.#model.outcomeMs(batch, position);
    this.#clock.after(batch.startMs + atMs - this.#clock.now(), () => {
      let next = position;
      for (; next < batch.size && this.#model.outcomeMs(batch, next) <= atMs; next++)
        this.#execute(batch, sink);
      if (next < batch.size) this.#tell(batch, next, sink);
      else sink.done();
    });
  }

  #execute({ frames }: PlannedBatch, sink: BatchSink): void {
    const firstFrame = this.#frame;
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

  async release(): Promise<number> {
    return this.#frame;
  }
  async setPace(): Promise<number> {
    return this.#frame;
  }
  async freeze(): Promise<void> {}
  async close(): Promise<void> {}

  screen(): Promise<Reading<Uint8Array>> {
    return unsupported();
  }
  memory(): Promise<Reading<readonly Uint8Array[]>> {
    return unsupported();
  }
  save(): Promise<SavedState> {
    return unsupported();
  }
  snapshot(): Promise<never> {
    return unsupported();
  }
  load(): Promise<number> {
    return unsupported();
  }
  reset(): Promise<number> {
    return unsupported();
  }
}

function unsupported(): Promise<never> {
  return Promise.reject(new JoywireError('unsupported', 'a model runs no game'));
}
