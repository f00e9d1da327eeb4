/** The embedded driver: boytacean in one worker thread a game, seen from the main thread. */
import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { JoywireError } from '../../../../shared/errors.ts';
import type { Capabilities, MemoryRange, Pace, PictureFormat } from '../../../../shared/protocol.ts';
import type { Clock } from '../../../clock.ts';
import type {
  BatchSink,
  ChainOptions,
  ChainSink,
  CoreIdentity,
  DriverContext,
  DriverDeath,
  EmulatorDriver,
  PictureChain,
  SoundStream,
  Reading,
  SavedState,
  Snapshot,
  Step,
} from '../driver.ts';
import { codedStepOutcome } from '../../coded-outcome.ts';
import { capabilitiesOf } from './capabilities.ts';
import { coreHash, CORE_NAME, CORE_VERSION } from './core.ts';
import { Flight } from './flight.ts';
import { readHeader, type RomHeader } from './rom.ts';
import { sharedOffsetMs } from './shared-clock.ts';
import { Vitals } from './vitals.ts';
import { Watchdog } from './watchdog.ts';
import {
  type Answer,
  batchMessage,
  type FromWorker,
  type Request,
  type SnapshotAnswer,
  type ToWorker,
  type WorkerSetup,
} from './wire.ts';

export interface EmbeddedOptions {
  readonly rom: { readonly name: string; readonly bytes: Uint8Array };
  /** The worker's compiled JavaScript. @default worker.js beside this file */
  readonly workerUrl?: URL;
  /** Cartridge RAM to start with, as `EmbeddedDriver.battery` gave it. @default that of a new cartridge */
  readonly battery?: Uint8Array;
  /** How long a worker that owes something may stand still, in ms. @default 5000 */
  readonly watchdogMs?: number;
  readonly clock: Clock;
  /** Whether the sound chip runs, at half the speed. @default false */
  readonly sound?: boolean;
}

/** @throws JoywireError (on opening) `invalid_rom` or `emulator_failed` */
export function openEmbedded(options: EmbeddedOptions): (context: DriverContext) => Promise<EmbeddedDriver> {
  return (context) => EmbeddedDriver.open(options, context);
}

interface Pending {
  readonly settle: (frame: number, value: Answer) => void;
  readonly reject: (error: JoywireError) => void;
}

type Life =
  | { readonly kind: 'opening'; readonly settle: (error: JoywireError | undefined) => void }
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly why: string };

export class EmbeddedDriver implements EmulatorDriver {
  readonly kind = 'embedded';
  readonly timed = true;
  readonly capabilities: Capabilities;
  readonly rom: { readonly name: string; readonly hash: string };
  readonly core: CoreIdentity;
  readonly machine: { readonly rom: Uint8Array; readonly sound: boolean };
  readonly #worker: Worker;
  readonly #vitals = new Vitals();
  readonly #watchdog: Watchdog;
  readonly #onDeath: DriverContext['onDeath'];
  readonly #pending = new Map<number, Pending>();
  readonly #chains = new Map<number, ChainSink>();
  #listener: ((bytes: Uint8Array) => void) | undefined;
  #life: Life = { kind: 'ended', why: 'not opened' };
  #flight: Flight | undefined;
  #lastRequest = 0;
  /** From the gateway's clock to the one of all threads. */
  readonly #offsetMs: number;
  /** How much more the worker's clock shows than the gateway's. */
  #workerAheadMs = 0;
  #realtime = false;
  #frozen = false;

  private constructor(options: EmbeddedOptions, context: DriverContext, header: RomHeader) {
    const { rom, clock, watchdogMs = 5000 } = options;
    const sound = context.sound ?? options.sound ?? false;
    this.rom = { name: rom.name, hash: createHash('sha256').update(rom.bytes).digest('hex') };
    this.capabilities = capabilitiesOf(header, sound);
    this.machine = { rom: rom.bytes, sound };
    this.core = {
      name: CORE_NAME,
      version: CORE_VERSION,
      hash: coreHash(),
      mode: header.color ? 'cgb' : 'dmg',
      sound,
    };
    this.#offsetMs = sharedOffsetMs(() => clock.now());
    this.#onDeath = context.onDeath;
    this.#vitals.frame = context.firstFrame;
    this.#watchdog = new Watchdog(clock, watchdogMs, {
      beats: () => this.#vitals.beats(),
      owes: () => this.#owes(),
      hung: () => this.#die('hung', `no progress for ${watchdogMs} ms on frame ${this.frame()}`),
    });
    this.#worker = startWorker(options, { ...context, sound }, this.#vitals.buffer);
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('messageerror', (error) => this.#die('exited', `a message was lost: ${error.message}`));
    this.#worker.on('error', (error) => this.#die('exited', `the worker failed: ${String(error)}`));
    this.#worker.on('exit', (code) => this.#die('exited', `the worker ended with code ${code}`));
  }

  /** @throws JoywireError `invalid_rom` or `emulator_failed` */
  static async open(options: EmbeddedOptions, context: DriverContext): Promise<EmbeddedDriver> {
    const driver = new EmbeddedDriver(options, context, readHeader(options.rom.bytes));
    await new Promise<void>((resolve, reject) => {
      driver.#life = {
        kind: 'opening',
        settle: (error) => (error === undefined ? resolve() : reject(error)),
      };
      driver.#watchdog.watch();
    });
    return driver;
  }

  frame(): number {
    return this.#vitals.frame;
  }

  /** Frames at `realtime` that were due and never run, because the process was suspended or the machine too slow. */
  framesGivenUp(): number {
    return this.#vitals.framesGivenUp;
  }

  run(steps: readonly Step[], sink: BatchSink): void {
    if (this.#life.kind === 'ended') {
      for (const _ of steps) sink.outcome(codedStepOutcome('emulator_unavailable', this.#life.why));
      return sink.done();
    }
    if (this.#flight !== undefined) throw new JoywireError('bug', 'a batch is in flight already');
    if (steps.length === 0) return sink.done();
    this.#flight = new Flight(steps, sink);
    this.#send(batchMessage(steps, sink.timed === true));
  }

  async release(): Promise<number> {
    return (await this.#ask({ kind: 'release' })).frame;
  }

  screen(format: PictureFormat): Promise<Reading<Uint8Array>> {
    return this.#ask({ kind: 'screen', format }, bytes);
  }

  watch(options: ChainOptions, sink: ChainSink): PictureChain {
    const id = ++this.#lastRequest;
    this.#chains.set(id, sink);
    this.#worker.postMessage({ kind: 'watch', id, options } satisfies ToWorker);
    return {
      key: () => this.#worker.postMessage({ kind: 'key', id } satisfies ToWorker),
      close: () => {
        this.#chains.delete(id);
        this.#worker.postMessage({ kind: 'unwatch', id } satisfies ToWorker);
      },
    };
  }

  listen(sink: (bytes: Uint8Array) => void): SoundStream {
    this.#listener = sink;
    this.#worker.postMessage({ kind: 'listen', on: true } satisfies ToWorker);
    return {
      close: () => {
        this.#listener = undefined;
        this.#worker.postMessage({ kind: 'listen', on: false } satisfies ToWorker);
      },
    };
  }

  async memory(ranges: readonly MemoryRange[]): Promise<Reading<readonly Uint8Array[]>> {
    this.#require('memory');
    return await this.#ask({ kind: 'memory', ranges }, byteStrings);
  }

  async save(): Promise<SavedState> {
    this.#require('states');
    const { frame, value } = await this.#ask({ kind: 'save' }, bytes);
    return { frame, bytes: value };
  }

  async snapshot(): Promise<Snapshot> {
    this.#require('states');
    const { frame, value } = await this.#ask({ kind: 'snapshot' }, snapshotAnswer);
    return { ...value, frame };
  }

  async load(state: Uint8Array): Promise<number> {
    this.#require('states');
    return (await this.#ask({ kind: 'load', state })).frame;
  }

  async reset(): Promise<number> {
    return (await this.#ask({ kind: 'reset' })).frame;
  }

  /** All cartridge RAM, for `EmbeddedOptions.battery` of a later game. */
  async battery(): Promise<Uint8Array> {
    return (await this.#ask({ kind: 'battery' }, bytes)).value;
  }

  /** Time goes on at the new pace, also when it was frozen. */
  async setPace(pace: Pace, speed: number): Promise<number> {
    this.#realtime = pace === 'realtime';
    this.#frozen = false;
    return (await this.#ask({ kind: 'pace', pace, speed })).frame;
  }

  async freeze(frozen: boolean): Promise<void> {
    this.#frozen = this.#realtime && frozen;
    await this.#ask({ kind: 'freeze', frozen });
  }

  async close(): Promise<void> {
    this.#end('the emulator was closed');
    await this.#worker.terminate();
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
    this.#watchdog.watch();
  }

  #ask(request: Request): Promise<Reading<undefined>>;
  #ask<T>(request: Request, read: (answer: Answer) => T): Promise<Reading<T>>;
  #ask<T>(request: Request, read?: (answer: Answer) => T): Promise<Reading<T | undefined>> {
    if (this.#life.kind === 'ended') return Promise.reject(failed(this.#life.why));
    return new Promise((resolve, reject) => {
      const id = ++this.#lastRequest;
      const settle = (frame: number, value: Answer) => resolve({ frame, value: read?.(value) });
      this.#pending.set(id, { settle, reject });
      this.#send({ kind: 'request', id, request });
    });
  }

  #require(capability: 'memory' | 'states'): void {
    if (this.capabilities[capability]) return;
    throw new JoywireError('unsupported', `${capability}: the core cannot save this kind of cartridge`);
  }

  /** A frozen game keeps its batch and owes nothing. */
  #owes(): boolean {
    if (this.#life.kind === 'opening' || this.#pending.size > 0) return true;
    return !this.#frozen && (this.#realtime || this.#flight !== undefined);
  }

  #receive(message: FromWorker): void {
    if (Array.isArray(message)) return this.#tell(message, [], []);
    switch (message.kind) {
      case 'outcomes':
        return this.#tell(message.outcomes, message.notes, message.times);
      case 'answer':
        return this.#take(message.id)?.settle(message.frame, message.value);
      case 'refusal':
        return this.#take(message.id)?.reject(new JoywireError(message.code, message.message));
      case 'picture':
        return this.#chains.get(message.id)?.(message.picture);
      case 'sound':
        return this.#listener?.(message.bytes);
      case 'ready':
        this.#workerAheadMs = this.#offsetMs - message.offsetMs;
        return this.#opened();
      case 'not-ready':
        return this.#refused(new JoywireError(message.code, message.message));
      case 'trapped':
        return this.#die('trapped', message.message);
    }
  }

  #tell(outcomes: readonly number[], notes: Parameters<Flight['tell']>[1], times: readonly number[]): void {
    const flight = this.#flight;
    if (flight === undefined) return;
    const ahead = this.#workerAheadMs;
    flight.tell(outcomes, notes, times.length === 0 ? times : times.map((atMs) => atMs - ahead));
    if (!flight.landed) return;
    this.#flight = undefined;
    flight.done();
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #opened(): void {
    const life = this.#life;
    if (life.kind !== 'opening') return;
    this.#life = { kind: 'running' };
    life.settle(undefined);
  }

  #refused(error: JoywireError): void {
    const life = this.#life;
    this.#end(error.message);
    void this.#worker.terminate();
    if (life.kind === 'opening') life.settle(error);
  }

  #die(cause: DriverDeath['cause'], message: string): void {
    const life = this.#life;
    if (life.kind === 'ended') return;
    if (life.kind === 'opening') return this.#refused(failed(message));
    this.#end(message);
    void this.#worker.terminate();
    this.#onDeath({ cause, message, frame: this.frame() });
  }

  /** From here on nothing is taken; whoever waits is told. */
  #end(why: string): void {
    if (this.#life.kind === 'ended') return;
    this.#life = { kind: 'ended', why };
    this.#watchdog.stop();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(failed(why));
    const flight = this.#flight;
    this.#flight = undefined;
    flight?.lose(why);
    flight?.done();
  }
}

function startWorker(
  options: EmbeddedOptions,
  { firstFrame, from, sound }: DriverContext & { readonly sound: boolean },
  vitals: SharedArrayBuffer,
): Worker {
  const { rom, battery, workerUrl = new URL('./worker.js', import.meta.url) } = options;
  const workerData: WorkerSetup = { rom: rom.bytes, battery, from, sound, firstFrame, vitals };
  return new Worker(workerUrl, { workerData, name: `game ${rom.name}` });
}

function failed(why: string): JoywireError {
  return new JoywireError('emulator_failed', why);
}

function bytes(answer: Answer): Uint8Array {
  if (answer instanceof Uint8Array) return answer;
  throw new JoywireError('bug', 'the worker answered something else than bytes');
}

function snapshotAnswer(answer: Answer): SnapshotAnswer {
  if (answer !== undefined && 'digest' in answer) return answer;
  throw new JoywireError('bug', 'the worker answered something else than a snapshot');
}

function byteStrings(answer: Answer): readonly Uint8Array[] {
  if (Array.isArray(answer)) return answer;
  throw new JoywireError('bug', 'the worker answered something else than byte strings');
}
