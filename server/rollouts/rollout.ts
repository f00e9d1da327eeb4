/** One rollout: the runs that wait, and the results that have not been fetched. */
import { JoywireError } from '../../shared/errors.ts';
import { Waiters } from '../../shared/waiters.ts';
import { outcomeWire } from '../../shared/wire.ts';
import type { RunResult } from '../../shared/rollout.ts';
import type { RunSource } from './engine.ts';
import { sharedBytes } from './shared-bytes.ts';
import type { RunEnd, RunOrder, RunStart } from './wire.ts';

/** A run that is to be: where it begins, and its script. */
export interface PlannedRun {
  readonly script: string;
  readonly start: RunStart;
}

export interface RolloutPlan {
  readonly session: string;
  readonly runs: readonly PlannedRun[];
  /** What is the same for all runs. */
  readonly order: Omit<RunOrder, 'start' | 'script'>;
}

export interface RolloutDeps {
  /** Keeps a run's last state; its name, or undefined when there is no room. */
  readonly keep: (start: RunStart, run: number) => string | undefined;
  /** Whether the results that wait leave room for those of another run. */
  readonly roomy: () => boolean;
  /** Results were fetched, or it is over: others may go on. */
  readonly onProgress: () => void;
}

/** A run's result as it travels: outcomes are arrays like those of an ack, in words. */
export type WireResult = Omit<RunResult, 'outcomes'> & { readonly outcomes?: readonly unknown[] };

/** What `rollout_results` answers. */
export interface Page {
  readonly results: readonly WireResult[];
  readonly finished: number;
  readonly total: number;
  readonly done: boolean;
}

/** About how many bytes of results one answer takes: more wait for the next. */
const PAGE_BYTES = 256 * 1024;
/** What a result takes besides its bytes, and an outcome, about. */
const RESULT_BYTES = 200;
const OUTCOME_BYTES = 64;

export class Rollout implements RunSource {
  readonly session: string;
  readonly total: number;
  readonly #order: RolloutPlan['order'];
  /** Let go when it is over: they hold states. */
  #runs: readonly PlannedRun[];
  readonly #stateBytes: number;
  readonly #deps: RolloutDeps;
  /** Runs that were to begin and did not. */
  #again: number[] = [];
  #next = 0;
  #results: WireResult[] = [];
  /** How many results were fetched and let go. */
  #gone = 0;
  #bytes = 0;
  #cancelled = false;
  /** The end was told. */
  #told = false;
  readonly #waiting = new Waiters();

  constructor(plan: RolloutPlan, deps: RolloutDeps) {
    this.session = plan.session;
    this.total = plan.runs.length;
    this.#order = plan.order;
    this.#runs = plan.runs;
    this.#stateBytes = stateBytesOf(plan.runs);
    this.#deps = deps;
  }

  get queued(): number {
    if (this.#cancelled || !this.#deps.roomy()) return 0;
    return this.#again.length + this.total - this.#next;
  }

  get finished(): number {
    return this.#gone + this.#results.length;
  }

  get over(): boolean {
    return this.finished === this.total;
  }

  /** It is over and its client has been told all of it: nobody will ask again. */
  get told(): boolean {
    return this.#told;
  }

  /** Bytes of results that wait. */
  get resultBytes(): number {
    return this.#bytes;
  }

  /** Bytes of the states that its runs begin with; 0 once it is over. */
  get stateBytes(): number {
    return this.over ? 0 : this.#stateBytes;
  }

  take(): { readonly run: number; readonly order: RunOrder } {
    const run = this.#again.pop() ?? this.#next++;
    const planned = this.#runs[run];
    if (planned === undefined) throw new JoywireError('bug', `there is no run ${run}`);
    const { script, start } = planned;
    return { run, order: { ...this.#order, script, start: { ...start, state: sharedBytes(start.state) } } };
  }

  returned(run: number): void {
    if (this.#cancelled) this.#add({ run, status: 'cancelled', frames: 0 });
    else this.#again.push(run);
  }

  ended(run: number, end: RunEnd): void {
    const { outcomes, kept, ...rest } = end;
    this.#add({
      run,
      ...rest,
      ...(outcomes !== undefined && { outcomes: outcomes.map((each) => outcomeWire(each, 'json')) }),
      ...(kept !== undefined && this.#keep(kept, run)),
    });
  }

  /** What has not begun does not; what is under way is to be brought to an end by whoever runs it. */
  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    const left = [...this.#again, ...range(this.#next, this.total)];
    this.#again = [];
    this.#next = this.total;
    for (const run of left) this.#add({ run, status: 'cancelled', frames: 0 });
  }

  /** Results from `after` on; those before it are let go. `after` is at least `gone`. */
  page(after: number): Page {
    this.#letGo(after);
    const results: WireResult[] = [];
    let bytes = 0;
    for (const result of this.#results) {
      bytes += bytesOf(result);
      if (results.length > 0 && bytes > PAGE_BYTES) break;
      results.push(result);
    }
    const { finished, total } = this;
    const done = this.#gone + results.length === total;
    this.#told ||= done;
    return { results, finished, total, done };
  }

  /** How many results were fetched and are no longer here. */
  get gone(): number {
    return this.#gone;
  }

  /** Resolves when there is a result beyond `after`, or when `release` is called. */
  async beyond(after: number): Promise<void> {
    if (this.finished > after || this.over) return;
    await this.#waiting.next();
  }

  /** Whoever waits need not wait any longer. */
  release(): void {
    this.#waiting.tell();
  }

  get waiters(): number {
    return this.#waiting.size;
  }

  #keep(kept: RunStart, run: number): Partial<RunResult> {
    // Nobody waits for what it would have kept, and its session may be over.
    if (this.#cancelled) return { status: 'cancelled' };
    const name = this.#deps.keep(kept, run);
    if (name !== undefined) return { checkpoint: name };
    const message = 'the session keeps as much of its rollouts as it may; delete what is not needed';
    return { status: 'failed', code: 'checkpoints_full', message };
  }

  #add(result: WireResult): void {
    this.#results.push(result);
    this.#bytes += bytesOf(result);
    if (this.over) this.#runs = [];
    this.release();
    if (this.over) this.#deps.onProgress();
  }

  #letGo(before: number): void {
    const gone = this.#results.splice(0, before - this.#gone);
    if (gone.length === 0) return;
    this.#gone += gone.length;
    for (const result of gone) this.#bytes -= bytesOf(result);
    this.#deps.onProgress();
  }
}

/** Bytes of the different states that runs begin with. */
export function stateBytesOf(runs: readonly PlannedRun[]): number {
  let bytes = 0;
  for (const state of new Set(runs.map(({ start }) => start.state))) bytes += state.length;
  return bytes;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

/** About how much memory, and of an answer, a result takes. */
function bytesOf({ memory = [], screen, outcomes = [], message = '' }: WireResult): number {
  const read = memory.reduce((sum, { length }) => sum + length, 0);
  return RESULT_BYTES + read + (screen?.length ?? 0) + OUTCOME_BYTES * outcomes.length + message.length;
}
