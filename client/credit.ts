/** One queue for all that has to keep its order: what needs credit waits here until there is some. Pure. */

/** Something to be sent in one or more steps. */
export interface Job {
  /** How many entries the next step would send; undefined when no step is left. */
  readonly cost: number | undefined;
  /** Takes the next step. Returns how many entries it sent: `cost`, or 0 when it gave up. */
  step(): number;
}

/** How many finished jobs may lie at the front of the list before it is cut. */
const MAX_FINISHED = 1024;

export class CreditQueue {
  #jobs: Job[] = [];
  /** Where the waiting jobs begin. */
  #head = 0;
  #limit: number;
  #outstanding = 0;
  #running = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many entries may be outstanding. */
  get limit(): number {
    return this.#limit;
  }

  /** How many were sent and have no outcome yet. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Runs the job as far as credit goes, once all that came before it has gone. */
  add(job: Job): void {
    this.#jobs.push(job);
    this.#run();
  }

  /** Takes a job out. False when it is not waiting (any more). */
  remove(job: Job): boolean {
    const at = this.#jobs.indexOf(job, this.#head);
    if (at < 0) return false;
    this.#jobs.splice(at, 1);
    this.#run();
    return true;
  }

  /** Takes everything out that has not been sent whole, oldest first. */
  removeAll(): readonly Job[] {
    const jobs = this.#jobs.slice(this.#head);
    this.#jobs = [];
    this.#head = 0;
    return jobs;
  }

  /** Entries got their outcome. */
  release(count: number): void {
    this.#outstanding -= count;
    this.#run();
  }

  /** The gateway changed the credit. What is outstanding beyond a lower limit runs out. */
  setLimit(limit: number): void {
    this.#limit = limit;
    this.#run();
  }

  #run(): void {
    // A step may call back in here; one loop at a time keeps the order.
    if (this.#running) return;
    this.#running = true;
    try {
      this.#runJobs();
    } finally {
      this.#running = false;
    }
  }

  #runJobs(): void {
    for (;;) {
      const job = this.#jobs[this.#head];
      if (job === undefined) return;
      const { cost } = job;
      if (cost === undefined) {
        this.#shift();
        continue;
      }
      // What costs nothing (a call, a flush) needs no credit, only its turn.
      if (cost > 0 && this.#outstanding + cost > this.#limit) return;
      this.#outstanding += job.step();
    }
  }

  #shift(): void {
    this.#head += 1;
    if (this.#head < MAX_FINISHED && this.#head < this.#jobs.length) return;
    this.#jobs.splice(0, this.#head);
    this.#head = 0;
  }
}
