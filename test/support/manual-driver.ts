/** A driver whose batches end when the test says so, on a fake clock: what real emulators do, at chosen moments. */
import type { Capabilities } from '../../shared/protocol.ts';
import type {
  CoreIdentity,
  BatchSink,
  DriverContext,
  EmulatorDriver,
  OpenDriver,
  Step,
  StepOutcome,
  StepTimes,
} from '../../server/emulator/drivers/driver.ts';

/** A batch that the driver was given. */
export interface GivenBatch {
  readonly steps: readonly Step[];
  readonly sink: BatchSink;
  readonly atMs: number;
}

const CAPABILITIES: Capabilities = {
  buttons: 0xff,
  chords: true,
  timing: true,
  keys: true,
  nativeHold: 8,
  nativeGap: 8,
  frames: 'exact',
  freeze: true,
  screen: true,
  memory: true,
  states: true,
  reset: true,
  paces: ['turbo', 'realtime'],
  largestBatch: 1024,
};

export class ManualDriver implements EmulatorDriver {
  readonly kind = 'manual';
  readonly core: CoreIdentity | undefined = undefined;
  readonly rom = { name: 'manual.gb', hash: 'manual' };
  readonly capabilities: Capabilities;
  readonly batches: GivenBatch[] = [];
  readonly calls: string[] = [];
  readonly context: DriverContext;
  /** Runs a batch as soon as it is given. */
  onBatch: (batch: GivenBatch) => void = () => {};
  /** When a step of a batch ran, if that is asked for. */
  times: ((step: number) => StepTimes) | undefined;
  #frame: number;
  readonly #now: () => number;

  constructor(context: DriverContext, now: () => number, capabilities: Partial<Capabilities> = {}) {
    this.context = context;
    this.#now = now;
    this.#frame = context.firstFrame;
    this.capabilities = { ...CAPABILITIES, ...capabilities };
  }

  frame(): number {
    return this.#frame;
  }

  run(steps: readonly Step[], sink: BatchSink): void {
    const batch = { steps, sink, atMs: this.#now() };
    this.batches.push(batch);
    this.onBatch(batch);
  }

  /** Executes the steps of a batch from position `from` up to `to`. */
  execute(batch: GivenBatch, from = 0, to = batch.steps.length): void {
    for (const [index, step] of batch.steps.slice(from, to).entries()) {
      const times = batch.sink.timed === true ? this.times?.(from + index) : undefined;
      batch.sink.outcome(this.executed(step), times);
    }
  }

  get timed(): boolean {
    return this.times !== undefined;
  }

  executed(step: Step): StepOutcome {
    const firstFrame = this.#frame;
    const frames = step.kind === 'keys' ? 1 : step.hold + step.gap;
    this.#frame += frames;
    return {
      status: 'executed',
      firstFrame,
      frames,
      certainty: 'exact',
      observed: undefined,
      code: undefined,
      message: undefined,
    };
  }

  async release(): Promise<number> {
    this.calls.push('release');
    return this.#frame;
  }
  async screen() {
    return { frame: this.#frame, value: new Uint8Array([1, 2, 3]) };
  }
  async memory(ranges: readonly (readonly [number, number])[]) {
    return { frame: this.#frame, value: ranges.map(([, length]) => new Uint8Array(length)) };
  }
  async save() {
    this.calls.push('save');
    return { bytes: new Uint8Array([this.#frame & 0xff]), frame: this.#frame };
  }
  async snapshot() {
    return { bytes: new Uint8Array([this.#frame & 0xff]), frame: this.#frame, held: 0, digest: '' };
  }
  async load(state: Uint8Array): Promise<number> {
    this.calls.push(`load ${state[0]}`);
    return this.#frame;
  }
  async reset(): Promise<number> {
    this.calls.push('reset');
    return this.#frame;
  }
  async setPace(pace: string, speed: number): Promise<number> {
    this.calls.push(`pace ${pace} ${speed}`);
    return this.#frame;
  }
  async freeze(frozen: boolean): Promise<void> {
    this.calls.push(`freeze ${frozen}`);
  }
  async close(): Promise<void> {
    this.calls.push('close');
  }
}

/** Opens manual drivers and keeps them, the newest last. */
export function manualDrivers(now: () => number, capabilities: Partial<Capabilities> = {}) {
  const drivers: ManualDriver[] = [];
  const open: OpenDriver = async (context) => {
    const driver = new ManualDriver(context, now, capabilities);
    drivers.push(driver);
    return driver;
  };
  return { drivers, open };
}
