/**
 * Collects what became due during one turn of the event loop and runs it once at its end: every session's batch and every
 * connection's acks leave once a tick, however many messages the tick brought.
 */
import type { Clock } from './clock.ts';

/** Places for tasks that are kept from tick to tick. */
const MOST_KEPT = 1024;

/** Something that may be marked due many times and runs once. */
export interface TickTask {
  /** Owned by the ticker: whether the task is already due in this tick. */
  due: boolean;
  run(): void;
}

export class Ticker {
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  /** The first `#count` are due. */
  readonly #tasks: (TickTask | undefined)[] = [];
  #count = 0;
  #scheduled = false;
  #turn = 0;

  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#onError = onError;
  }

  /** Changes with every tick in which something was due: what was looked up once in a tick need not be looked up again. */
  get turn(): number {
    return this.#turn;
  }

  /** Runs the task at the end of this tick; a task marked while the others run still belongs to the same tick. */
  mark(task: TickTask): void {
    if (task.due) return;
    task.due = true;
    this.#tasks[this.#count++] = task;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.endOfTick(() => this.#run());
  }

  #run(): void {
    const tasks = this.#tasks;
    for (let i = 0; i < this.#count; i++) {
      const task = tasks[i];
      if (task === undefined) continue;
      tasks[i] = undefined;
      task.due = false;
      try {
        task.run();
      } catch (error) {
        // A bug in one session must not take the tick from the others.
        this.#onError(error);
      }
    }
    this.#count = 0;
    if (tasks.length > MOST_KEPT) tasks.length = MOST_KEPT;
    this.#scheduled = false;
    this.#turn++;
  }
}
