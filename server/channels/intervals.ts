/** Things to be done again and again, each at its own interval, on one timer that is set to the earliest. */
import type { Clock, Timer } from '../clock.ts';

interface Task {
  readonly intervalMs: number;
  readonly run: () => void;
  dueAtMs: number;
}

export class Intervals {
  readonly #clock: Clock;
  readonly #tasks = new Set<Task>();
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `run` after each interval, the first time one interval from now. The returned function ends that. */
  add(intervalMs: number, run: () => void): () => void {
    const task = { intervalMs, run, dueAtMs: this.#clock.now() + intervalMs };
    this.#tasks.add(task);
    this.#schedule();
    return () => this.#tasks.delete(task);
  }

  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#tasks.size === 0) return;
    const next = Math.min(...[...this.#tasks].map(({ dueAtMs }) => dueAtMs));
    this.#timer = this.#clock.after(next - this.#clock.now(), () => {
      for (const task of this.#tasks) if (task.dueAtMs <= this.#clock.now()) this.#run(task);
      this.#schedule();
    });
  }

  /** Deadlines are absolute, so they do not drift; what was missed is not made up for. */
  #run(task: Task): void {
    const lateMs = this.#clock.now() - task.dueAtMs;
    task.dueAtMs += task.intervalMs * (1 + Math.floor(lateMs / task.intervalMs));
    task.run();
  }
}
