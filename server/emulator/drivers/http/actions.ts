/**
 * Runs the actions of a batch, one request after the other, on a server that may fail at any moment: what certainly did not run is tried again in
 * order, what may have run never is unless the server itself says that it did not (invariants I1, I2).
 */
import { backoffMs } from '../../../../shared/backoff.ts';
import { assertNever } from '../../../../shared/errors.ts';
import type { Observed } from '../../../../shared/protocol.ts';
import type { Clock } from '../../../clock.ts';
import { codedStepOutcome } from '../../coded-outcome.ts';
import type { BatchSink, Step, StepOutcome } from '../driver.ts';
import type { Breaker, BreakerSettings } from './breaker.ts';
import { Cost, type CostLimits } from './cost.ts';

/** One request, and what it does of the batch. */
export interface Action<T> {
  readonly content: T;
  /** Frames it runs. */
  readonly frames: number;
  /** Steps it begins or goes on with, as indexes into the batch, and how many frames of each it runs. */
  readonly parts: readonly { readonly step: number; readonly frames: number }[];
  /** Steps of the batch that are over when it has run: those below this index. */
  readonly through: number;
}

/** What became of sending an action once. */
export type Performed =
  | { readonly kind: 'ran' }
  /** It certainly did not run: the server was not reached. */
  | { readonly kind: 'not_run'; readonly why: string }
  /** The server refused all of it: nothing ran. */
  | { readonly kind: 'refused'; readonly why: string }
  /** It may have run. */
  | { readonly kind: 'uncertain'; readonly why: string }
  /** The game is not ours any more. */
  | { readonly kind: 'gone'; readonly mayHaveRun: boolean; readonly why: string };

/** What the server says about an action that may have run. */
export type Resolved = Extract<Performed, { kind: 'ran' | 'not_run' | 'uncertain' | 'gone' }>;

/** What a kind of server knows. */
export interface Dialect<T> {
  /** Whether it is known how many frames an action runs. */
  readonly countsFrames: boolean;
  /** Sends it once. Never rejects. */
  perform(action: Action<T>, timeoutMs: number): Promise<Performed>;
  /** Asks the server whether an action ran. Never rejects. */
  resolve(action: Action<T>): Promise<Resolved>;
  /** The action in smaller ones; as it is where it cannot be divided. */
  split(action: Action<T>): readonly Action<T>[];
  /** What a step that has just ended is to see. */
  observe(step: Step): Observed | undefined;
}

export interface ActionSettings {
  readonly cost: CostLimits;
  readonly breaker: BreakerSettings;
  /** How long inputs wait for a server that is not there before they fail, in ms. */
  readonly holdMs: number;
}

export interface ActionDeps {
  readonly clock: Clock;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
}

/** Why a batch ended before its end. */
interface Stop {
  readonly gone: string | undefined;
}

export class ActionRunner<T> {
  readonly cost: Cost;
  readonly breaker: Breaker;
  readonly #dialect: Dialect<T>;
  readonly #settings: ActionSettings;
  readonly #deps: ActionDeps;
  #frame: number;
  /** False once it is not known any more how many frames have run. */
  #counted: boolean;
  #closed = false;

  constructor(
    dialect: Dialect<T>,
    settings: ActionSettings,
    deps: ActionDeps,
    firstFrame: number,
    breaker: Breaker,
  ) {
    this.#dialect = dialect;
    this.#settings = settings;
    this.#deps = deps;
    this.#frame = firstFrame;
    this.#counted = dialect.countsFrames;
    this.cost = new Cost(settings.cost);
    this.breaker = breaker;
  }

  /** Frames run so far, as far as they are known. */
  get frame(): number {
    return this.#frame;
  }

  /** Nothing more is tried: what waits for the server fails. */
  close(): void {
    this.#closed = true;
  }

  /** Runs a batch to its end: every step gets its outcome. Resolves to why the game is gone, if it is. */
  async run(
    steps: readonly Step[],
    actions: readonly Action<T>[],
    sink: BatchSink,
  ): Promise<string | undefined> {
    const report = new Report(steps, sink, this.#counted ? this.#frame : null);
    const queue = [...actions];
    for (let action = queue.shift(); action !== undefined; action = queue.shift()) {
      const stop = await this.#runOne(action, queue, report);
      if (stop === undefined) continue;
      report.endAll();
      return stop.gone;
    }
    // Steps without frames ask for no request.
    report.ended(steps.length, (step) => this.#dialect.observe(step));
    return undefined;
  }

  /** Sends one action until it has run or cannot. */
  async #runOne(action: Action<T>, queue: Action<T>[], report: Report): Promise<Stop | undefined> {
    const deadlineMs = this.#deps.clock.now() + this.#settings.holdMs;
    for (let retry = 1; ; retry += 1) {
      if (!(await this.#admitted(deadlineMs)))
        return report.failed(action, 'the server has not been reachable for too long');
      const result = await this.#perform(action);
      switch (result.kind) {
        case 'ran':
          this.#ran(action, report);
          return undefined;
        case 'refused': {
          const smaller = this.#dialect.split(action);
          if (smaller.length <= 1) return report.failed(action, result.why);
          queue.unshift(...smaller);
          return undefined;
        }
        case 'uncertain':
          this.#counted = false;
          return report.unknown(action, result.why, undefined);
        case 'gone':
          if (result.mayHaveRun) return report.unknown(action, result.why, result.why);
          return report.failed(action, result.why, result.why);
        case 'not_run':
          if (!(await this.#backOff(retry, deadlineMs))) return report.failed(action, result.why);
          break;
        default:
          return assertNever(result);
      }
    }
  }

  /** Sends it once, and if it may have run asks whether it did. */
  async #perform(action: Action<T>): Promise<Performed> {
    const { clock } = this.#deps;
    const startedAtMs = clock.now();
    const result = await this.#dialect.perform(action, this.cost.timeoutMs(action.frames));
    if (result.kind === 'ran') this.cost.measured(action.frames, clock.now() - startedAtMs);
    if (result.kind !== 'not_run' && result.kind !== 'uncertain') this.breaker.succeeded();
    else this.breaker.failed(clock.now());
    if (result.kind !== 'uncertain') return result;
    const resolved = await this.#dialect.resolve(action);
    if (resolved.kind !== 'uncertain') this.breaker.succeeded();
    return resolved.kind === 'uncertain' ? result : resolved;
  }

  #ran(action: Action<T>, report: Report): void {
    for (const { step, frames } of action.parts) {
      report.ran(step, frames);
      this.#frame += frames;
    }
    report.ended(action.through, (step) => this.#dialect.observe(step));
  }

  /** Waits until the breaker lets a request through; false when that takes too long. */
  async #admitted(deadlineMs: number): Promise<boolean> {
    for (;;) {
      const now = this.#deps.clock.now();
      const waitMs = this.breaker.waitMs(now);
      if (this.#closed || now + waitMs > deadlineMs) return false;
      if (waitMs === 0) return true;
      await sleep(this.#deps.clock, waitMs);
    }
  }

  async #backOff(retry: number, deadlineMs: number): Promise<boolean> {
    const { clock, random } = this.#deps;
    const waitMs = backoffMs(retry, random(), { baseMs: 50, maxMs: 2000 });
    if (this.#closed || clock.now() + waitMs > deadlineMs) return false;
    await sleep(clock, waitMs);
    return true;
  }
}

export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}

/** Says what became of each step, in order, each once. */
class Report {
  readonly #steps: readonly Step[];
  readonly #sink: BatchSink;
  /** Frames run by now; null where that is not known. */
  #frame: number | null;
  /** What the step under way has run so far. */
  #begun: { readonly firstFrame: number | null; readonly frames: number } | undefined;
  #next = 0;

  constructor(steps: readonly Step[], sink: BatchSink, frame: number | null) {
    this.#steps = steps;
    this.#sink = sink;
    this.#frame = frame;
  }

  /** A part of a step has run, and whatever stands before it is over. */
  ran(step: number, frames: number): void {
    while (this.#next < step) this.#end(undefined);
    const { firstFrame, frames: before } = this.#begun ?? { firstFrame: this.#frame, frames: 0 };
    this.#begun = { firstFrame, frames: before + frames };
    if (this.#frame !== null) this.#frame += frames;
  }

  /** Every step below `through` is over; the last of them sees what it asked to see. */
  ended(through: number, observe: (step: Step) => Observed | undefined): void {
    while (this.#next < through) {
      const step = this.#steps[this.#next];
      this.#end(step !== undefined && this.#next === through - 1 ? observe(step) : undefined);
    }
  }

  /** The action certainly did not run. */
  failed(action: Action<unknown>, why: string, gone?: string): Stop {
    this.#breakOff(action, 'failed', why);
    return { gone };
  }

  /** The action may have run. */
  unknown(action: Action<unknown>, why: string, gone: string | undefined): Stop {
    this.#breakOff(action, 'unknown', why);
    return { gone };
  }

  /** What comes after a failure was never sent. */
  endAll(): void {
    while (this.#next < this.#steps.length) {
      this.#settle(
        codedStepOutcome(
          'emulator_unavailable',
          'it was not sent: an earlier one of its batch did not run, or may not have',
        ),
      );
    }
  }

  #breakOff(action: Action<unknown>, status: 'failed' | 'unknown', why: string): void {
    const steps = new Set(action.parts.map(({ step }) => step));
    for (const step of steps) {
      // Steps without frames that stand before it are over.
      while (this.#next < step && this.#begun === undefined) this.#end(undefined);
      const begun = this.#begun !== undefined;
      this.#begun = undefined;
      if (begun)
        this.#settle(
          codedStepOutcome(
            'emulator_crashed',
            `a part of it has run, the rest has not or may not have: ${why}`,
          ),
        );
      else {
        const code = status === 'failed' ? 'emulator_unavailable' : 'emulator_crashed';
        this.#settle(codedStepOutcome(code, why));
      }
    }
  }

  #end(observed: Observed | undefined): void {
    const { firstFrame, frames } = this.#begun ?? { firstFrame: this.#frame, frames: 0 };
    this.#begun = undefined;
    this.#settle({
      status: 'executed',
      firstFrame,
      frames,
      certainty: firstFrame === null ? 'none' : 'derived',
      observed,
      code: undefined,
      message: undefined,
    });
  }

  #settle(outcome: StepOutcome): void {
    this.#next += 1;
    this.#sink.outcome(outcome);
  }
}
