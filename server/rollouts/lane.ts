/** One thread that runs games, seen from the main thread: what it was given comes back, whatever happens to it. */
import { Worker } from 'node:worker_threads';
import { assertNever } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { Vitals } from '../emulator/drivers/embedded/vitals.ts';
import { Watchdog } from '../emulator/drivers/embedded/watchdog.ts';
import { threadRanMs } from './thread-priority.ts';
import type { FromRunner, RunEnd, RunnerSetup, RunOrder, ToRunner } from './wire.ts';

/** A thread for runs, as the engine uses it. */
export interface Lane {
  /** Runs it was given and has not brought back, in the order in which it runs them. */
  readonly pending: number;
  run(id: number, order: RunOrder): void;
  /** The run comes back as `cancelled`, unless it has ended already. */
  cancel(id: number): void;
  close(): Promise<void>;
}

export interface LaneEvents {
  ended(id: number, end: RunEnd): void;
  /** The thread is gone: the run at which it broke has failed, the others never began. */
  broke(failed: { readonly id: number; readonly end: RunEnd } | undefined, others: readonly number[]): void;
  /** It cannot be made to give way to live games. */
  unfair(why: string): void;
}

export type OpenLane = (events: LaneEvents) => Lane;

export interface LaneOptions {
  readonly clock: Clock;
  /** How long a run may go without a frame. */
  readonly watchdogMs: number;
  /** The worker's compiled JavaScript. */
  readonly workerUrl: URL;
}

export class WorkerLane implements Lane {
  readonly #worker: Worker;
  readonly #vitals = new Vitals();
  readonly #watchdog: Watchdog;
  readonly #events: LaneEvents;
  readonly #watchdogMs: number;
  readonly #pending = new Set<number>();
  #started = false;
  #threadId: number | undefined;
  #open = true;
  /** The latest beat that was seen, and how much of the processor the thread had had by then. */
  #beat: { readonly beats: bigint; readonly ranMs: number | undefined } = { beats: 0n, ranMs: undefined };
  #excused = 0n;

  constructor({ clock, watchdogMs, workerUrl }: LaneOptions, events: LaneEvents) {
    this.#events = events;
    this.#watchdogMs = watchdogMs;
    this.#watchdog = new Watchdog(clock, watchdogMs, {
      beats: () => this.#beats(),
      // How long a thread takes to start is the machine's doing; one that cannot says so.
      owes: () => this.#started && this.#pending.size > 0,
      hung: () => this.#break(`no progress for ${watchdogMs} ms`, undefined),
    });
    const setup: RunnerSetup = { vitals: this.#vitals.buffer };
    this.#worker = new Worker(workerUrl, { workerData: setup, name: 'rollouts' });
    this.#worker.unref();
    this.#worker.on('message', (message: FromRunner) => this.#receive(message));
    this.#worker.on('messageerror', (error) =>
      this.#break(`a message was lost: ${error.message}`, undefined),
    );
    this.#worker.on('error', (error) => this.#break(`the thread failed: ${String(error)}`, undefined));
    this.#worker.on('exit', (code) => this.#break(`the thread ended with code ${code}`, undefined));
  }

  get pending(): number {
    return this.#pending.size;
  }

  run(id: number, order: RunOrder): void {
    this.#pending.add(id);
    this.#send({ kind: 'run', id, order });
    this.#watchdog.watch();
  }

  cancel(id: number): void {
    if (this.#pending.has(id)) this.#send({ kind: 'cancel', id });
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#watchdog.stop();
    await this.#worker.terminate();
  }

  #send(message: ToRunner): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromRunner): void {
    if (!this.#open) return;
    switch (message.kind) {
      case 'ready':
        this.#started = true;
        this.#threadId = message.threadId;
        this.#watchdog.watch();
        if (message.unfair !== undefined) this.#events.unfair(message.unfair);
        return;
      case 'ended':
        this.#pending.delete(message.id);
        return this.#events.ended(message.id, message.end);
      case 'trapped':
        return this.#break(message.message, message);
      default:
        return assertNever(message);
    }
  }

  /** The run under way, if not told, is the first of those that are pending. */
  #break(why: string, trapped: { readonly id: number; readonly frames: number } | undefined): void {
    if (!this.#open) return;
    void this.close();
    const [first] = this.#pending;
    const id = trapped?.id ?? first;
    const others = [...this.#pending].filter((each) => each !== id);
    this.#pending.clear();
    const end: RunEnd = {
      status: 'failed',
      frames: trapped?.frames ?? 0,
      code: 'emulator_crashed',
      message: why,
    };
    this.#events.broke(id === undefined ? undefined : { id, end }, others);
  }

  /**
   * A thread that gives way is not hung while it does not get the processor: it has half the watchdog's time of its own, and
   * the watchdog's looks begin after that.
   */
  #beats(): bigint {
    const beats = this.#vitals.beats();
    const ranMs = this.#threadId === undefined ? undefined : threadRanMs(this.#threadId);
    if (beats !== this.#beat.beats || this.#beat.ranMs === undefined) this.#beat = { beats, ranMs };
    const { ranMs: before } = this.#beat;
    if (ranMs !== undefined && before !== undefined && ranMs - before < this.#watchdogMs / 2) this.#excused++;
    return beats + this.#excused;
  }
}
