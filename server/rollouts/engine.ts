/**
 * Runs the games of rollouts on threads of its own, as many at once as there are threads. The threads run on what live games leave of
 * the processor; they start when there is something to run, and end when there has not been for a while.
 */
import type { Clock, Timer } from '../clock.ts';
import type { Lane, LaneEvents, OpenLane } from './lane.ts';
import { Turns, type Waiting } from './turns.ts';
import type { RunEnd, RunOrder } from './wire.ts';

/** Who has runs to be run: a rollout. */
export interface RunSource extends Waiting {
  /** The next run. Only while `queued` is above 0. */
  take(): { readonly run: number; readonly order: RunOrder };
  /** A run did not begin after all, and is to be taken again. */
  returned(run: number): void;
  ended(run: number, end: RunEnd): void;
}

export interface EngineOptions {
  /** Most threads; 0 runs nothing. */
  readonly workers: number;
  readonly clock: Clock;
  readonly openLane: OpenLane;
  /** The threads cannot be made to give way to live games. Told once. */
  readonly onUnfair: (why: string) => void;
}

interface Task {
  readonly source: RunSource;
  readonly run: number;
  readonly lane: Lane;
}

/** How long threads without work are kept, in ms. */
const IDLE_MS = 30_000;
/** Runs given to a thread at once while there are plenty, so that it need not wait for the next. */
const AHEAD = 2;

export class RolloutEngine {
  readonly #options: EngineOptions;
  readonly #turns = new Turns<RunSource>();
  readonly #lanes = new Set<Lane>();
  readonly #tasks = new Map<number, Task>();
  #lastTask = 0;
  #frames = 0;
  #idle: Timer | undefined;
  #unfairTold = false;
  #closed = false;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  get workers(): number {
    return this.#options.workers;
  }

  /** Runs under way, runs that wait, and frames of all that have ended. */
  figures(): { readonly running: number; readonly queued: number; readonly frames: number } {
    return { running: this.#tasks.size, queued: this.#turns.queued, frames: this.#frames };
  }

  add(source: RunSource): void {
    this.#turns.add(source);
    this.pump();
  }

  /** Nothing more of it begins. What is under way ends, soon, as `cancelled`. */
  remove(source: RunSource): void {
    this.#turns.remove(source);
    for (const [id, task] of this.#tasks) if (task.source === source) task.lane.cancel(id);
  }

  /** Gives runs to threads: to be called when a source may go on. */
  pump(): void {
    if (this.#closed) return;
    for (;;) {
      const lane = this.#freeLane();
      const source = lane && this.#turns.next();
      if (lane === undefined || source === undefined) break;
      this.#idle?.cancel();
      const { run, order } = source.take();
      const id = ++this.#lastTask;
      this.#tasks.set(id, { source, run, lane });
      lane.run(id, order);
    }
    if (this.#tasks.size === 0) this.#rest();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#idle?.cancel();
    await this.#endLanes();
  }

  /** One with nothing to do, or a new one; one that will soon have nothing to do only while there is plenty for all. */
  #freeLane(): Lane | undefined {
    const { queued } = this.#turns;
    if (queued === 0) return undefined;
    const lanes = [...this.#lanes];
    const idle = lanes.find(({ pending }) => pending === 0);
    if (idle !== undefined) return idle;
    if (lanes.length < this.#options.workers) return this.#openLane();
    if (queued <= AHEAD * lanes.length) return undefined;
    return lanes.find(({ pending }) => pending < AHEAD);
  }

  #openLane(): Lane {
    const events: LaneEvents = {
      ended: (id, end) => this.#ended(id, end),
      broke: (failed, others) => {
        this.#lanes.delete(lane);
        for (const id of others) this.#returned(id);
        if (failed !== undefined) this.#ended(failed.id, failed.end);
        else this.pump();
      },
      unfair: (why) => this.#unfair(why),
    };
    const lane = this.#options.openLane(events);
    this.#lanes.add(lane);
    return lane;
  }

  #ended(id: number, end: RunEnd): void {
    const task = this.#tasks.get(id);
    this.#tasks.delete(id);
    this.#frames += end.frames;
    task?.source.ended(task.run, end);
    this.pump();
  }

  #returned(id: number): void {
    const task = this.#tasks.get(id);
    this.#tasks.delete(id);
    task?.source.returned(task.run);
  }

  #unfair(why: string): void {
    if (this.#unfairTold) return;
    this.#unfairTold = true;
    this.#options.onUnfair(why);
  }

  #rest(): void {
    this.#idle?.cancel();
    if (this.#lanes.size === 0) return;
    this.#idle = this.#options.clock.after(IDLE_MS, () => void this.#endLanes());
  }

  async #endLanes(): Promise<void> {
    const lanes = [...this.#lanes];
    this.#lanes.clear();
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}
