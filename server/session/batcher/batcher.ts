/**
 * Decides when waiting entries go to the emulator, as one batch at a time: the strategy says when inputs are due, groups,
 * flushes, commands and reads go at once, and whatever gathers while the emulator is busy is considered when it returns.
 */
import type { Batching, FlushReason, Outcome } from '../../../shared/protocol.ts';
import type { Clock, Timer } from '../../clock.ts';
import type { Recorder } from '../../channels/profile/recorder.ts';
import type { Emulator } from '../../emulator/emulator.ts';
import type { Ticker, TickTask } from '../../ticker.ts';
import type { Batch, CommandEntry, InputEntry, QueuedEntry, ReadItem } from '../entry.ts';
import { Arrivals } from './arrivals.ts';
import { coalesce } from './coalesce.ts';
import { type Dropped, Duplicates } from './dedupe.ts';
import { Experience } from './experience.ts';
import { Flight, type FlightBase } from './flight.ts';
import { EntryQueue, isInput } from './queue.ts';
import { type BatchingView, learns, STRATEGY } from './strategy.ts';

/** Who owns the entries: told what becomes of them. */
export interface BatcherOwner {
  /** Notes when what was reached, while somebody wants to know. */
  readonly recorder?: Recorder | undefined;
  /** A batch goes to the driver; once the promise, if there is one, has resolved. */
  batchSent(batch: Batch, entries: readonly QueuedEntry[]): Promise<void> | undefined;
  settled(entry: QueuedEntry, outcome: Outcome, batch: Batch): void;
  /** Entries that do not run, by the session's own rule. */
  dropped(entries: readonly Dropped[]): void;
  /** A batch or command is over; `failed` if an outcome was `failed` or `unknown`. */
  returned(failed: boolean): void;
  /** Nothing waits and nothing is in flight. */
  drained(): void;
}

export interface BatcherDeps {
  readonly emulator: Emulator;
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly owner: BatcherOwner;
}

export class Batcher implements TickTask, BatchingView {
  due = false;
  readonly #deps: BatcherDeps;
  readonly #queue = new EntryQueue();
  #settings: Batching;
  #arrivals: Arrivals;
  #experience: Experience | undefined;
  readonly #duplicates = new Duplicates();
  readonly #base: FlightBase;
  #waitingUntilMs: number | undefined;
  /** Whether a batch, command or read of this queue is under way. */
  #occupied = false;
  /** Whether the emulator has just returned, so that what is due waited for it (reason `backlog`). */
  #returned = false;
  #draining = false;
  /** The moment that the strategy is asked about. */
  #consideredAtMs = 0;
  /** Told when nothing is under way. */
  #onQuiet: (() => void) | undefined;
  #alarm: { timer: Timer; atMs: number } | undefined;

  constructor(settings: Batching, deps: BatcherDeps) {
    this.#settings = settings;
    this.#arrivals = new Arrivals(settings.highFrequencyThreshold);
    this.#experience = learns(settings.strategy) ? new Experience() : undefined;
    this.#deps = deps;
    this.#base = {
      clock: deps.clock,
      ticker: deps.ticker,
      owner: deps.owner,
      duplicates: this.#duplicates,
      experience: () => this.#experience,
      landed: (failed) => this.#close(failed),
    };
  }

  get settings(): Batching {
    return this.#settings;
  }

  get queued(): number {
    return this.#queue.inputsAtFront();
  }

  get oldestAtMs(): number {
    const head = this.#queue.head;
    return head !== undefined && head.kind !== 'read' ? head.receivedAtMs : 0;
  }

  get waitingUntilMs(): number | undefined {
    return this.#waitingUntilMs;
  }

  get experience(): Experience | undefined {
    return this.#experience;
  }

  /** Whether anything waits or is under way. */
  get busy(): boolean {
    return this.#occupied || this.#queue.length > 0;
  }

  arrivedWithin(windowMs: number, count: number): boolean {
    return this.#arrivals.within(windowMs, count, this.#consideredAtMs);
  }

  configure(settings: Batching): void {
    this.#settings = settings;
    this.#arrivals = this.#arrivals.resized(settings.highFrequencyThreshold);
    this.#experience = learns(settings.strategy) ? (this.#experience ?? new Experience()) : undefined;
    this.#wake();
  }

  /** Appends an entry that is not part of a group. */
  add(entry: QueuedEntry): void {
    this.#queue.push(entry);
    if (isInput(entry)) this.#arrived(entry);
    if (this.#draining) this.#queue.force('drain');
    this.#wake();
  }

  /** Appends a whole group, which goes at once with what stands before it. */
  addGroup(entries: readonly InputEntry[]): void {
    for (const entry of entries) {
      this.#queue.push(entry);
      this.#arrived(entry);
    }
    this.#queue.force(this.#draining ? 'drain' : 'group');
    this.#wake();
  }

  /** Appends a read; it runs when everything before it has its outcome. */
  addRead(item: ReadItem): void {
    this.#queue.push(item);
    this.#wake();
  }

  /** Everything that waits goes as soon as the emulator is free. */
  flush(): void {
    this.#queue.force('explicit');
    this.#wake();
  }

  /** From now on nothing waits for a time threshold: nobody listens. `drained` tells when all is done. */
  drain(): void {
    this.#draining = true;
    this.#queue.force('drain');
    this.#wake();
  }

  /** Somebody listens again: what comes now waits as its strategy says. */
  undrain(): void {
    this.#draining = false;
  }

  /** Takes back waiting entries (all, or from a seq on); what is in flight is not touched. */
  withdraw(fromSeq = 0): QueuedEntry[] {
    const removed = this.#queue.remove((entry) => entry.seq >= fromSeq);
    this.#wake();
    return removed;
  }

  /** Another queue feeds the emulator from now on: what waits comes back, reads are made at once, what is under way ends. */
  surrender(): { readonly entries: QueuedEntry[]; readonly quiet: Promise<void> } {
    const entries = this.#queue.remove(() => true);
    for (let head = this.#queue.head; head !== undefined; head = this.#queue.head) {
      this.#queue.takeHead();
      if (head.kind === 'read') void head.run();
    }
    this.#silence();
    const quiet = this.#occupied
      ? new Promise<void>((resolve) => {
          this.#onQuiet = resolve;
        })
      : Promise.resolve();
    return { entries, quiet };
  }

  /** The emulator can take work again after it was replaced. */
  emulatorReady(): void {
    this.#wake();
  }

  /** Looks at the queue and sends what is due. Called at the end of a tick in which anything changed. */
  run(): void {
    if (this.#occupied || !this.#deps.emulator.ready) return;
    const head = this.#queue.head;
    if (head === undefined) {
      this.#returned = false;
      this.#silence();
      this.#deps.owner.drained();
    } else if (head.kind === 'read') this.#read(head);
    else if (head.kind === 'command') this.#command(head);
    else this.#consider();
  }

  #arrived(entry: InputEntry): void {
    this.#arrivals.record(entry.receivedAtMs);
    this.#experience?.arrived(entry.receivedAtMs, entry.buttons);
  }

  #consider(): void {
    const forced = this.#queue.forcedReason;
    this.#consideredAtMs = this.#deps.clock.now();
    const decision = STRATEGY[this.#settings.strategy](this, this.#consideredAtMs);
    if (forced !== undefined) {
      const due = decision.kind === 'flush' ? decision.count : 0;
      this.#send(Math.max(due, this.#queue.forcedInputs()), forced);
    } else if (decision.kind === 'flush') {
      this.#send(decision.count, this.#returned ? 'backlog' : decision.reason);
    } else {
      this.#returned = false;
      this.#waitingUntilMs = decision.untilMs;
      this.#wakeAt(decision.untilMs);
    }
  }

  #send(due: number, reason: FlushReason): void {
    const { emulator } = this.#deps;
    const whole = this.#queue.withWholeGroup(due);
    const fitting = this.#queue.fitting(whole, emulator.capabilities.largestBatch);
    // The rule counts frames, and on how many a group with guards runs is known when it has.
    const count = this.#settings.dedupe === undefined ? fitting : this.#queue.throughGuarded(fitting);
    const taken = this.#queue.takeInputs(count);
    const entries = this.#withoutDuplicates(taken);
    if (entries.length === 0) {
      this.#waitingUntilMs = undefined;
      return this.#wake();
    }
    const batch = this.#open(entries, reason, this.#consideredAtMs);
    const kept = this.#deps.owner.batchSent(batch, entries);
    if (kept === undefined) this.#run(entries, batch);
    else void kept.then(() => this.#run(entries, batch));
  }

  #withoutDuplicates(entries: InputEntry[]): readonly InputEntry[] {
    const { dedupe } = this.#settings;
    if (dedupe === undefined) return entries;
    const { pass, dropped } = this.#duplicates.sort(entries, dedupe, this.#deps.emulator.frame);
    if (dropped.length > 0) this.#deps.owner.dropped(dropped);
    return pass;
  }

  #run(entries: readonly InputEntry[], batch: Batch): void {
    const { emulator, owner } = this.#deps;
    const runs = this.#settings.coalesce === true ? coalesce(entries, emulator.capabilities) : undefined;
    const flight = new Flight(this.#base, batch, entries, runs);
    const { recorder } = owner;
    emulator.run(flight.steps, recorder?.watch(flight, (step) => flight.members(step)) ?? flight);
  }

  #command(entry: CommandEntry): void {
    this.#queue.takeHead();
    const batch = this.#open([entry], this.#returned ? 'backlog' : 'single', this.#deps.clock.now());
    void this.#perform(entry, batch, this.#deps.owner.batchSent(batch, [entry]));
  }

  async #perform(entry: CommandEntry, batch: Batch, kept: Promise<void> | undefined): Promise<void> {
    await kept;
    const outcome = await this.#deps.emulator.command(entry.command);
    batch.outcomeAtMs = this.#deps.clock.now();
    if (entry.command.method === 'pace') this.#experience?.repaced();
    this.#deps.owner.settled(entry, outcome, batch);
    this.#close(outcome.status !== 'executed');
  }

  #read(item: ReadItem): void {
    this.#queue.takeHead();
    this.#occupied = true;
    void item.run().then(() => {
      this.#free();
      this.#wake();
    });
  }

  /** A batch leaves for the driver. */
  #open(entries: readonly QueuedEntry[], reason: FlushReason, atMs: number): Batch {
    this.#occupied = true;
    this.#returned = false;
    this.#waitingUntilMs = undefined;
    this.#silence();
    return {
      id: this.#deps.emulator.nextBatchId(),
      size: entries.length,
      reason,
      sentAtMs: atMs,
      queuedMs: atMs - (entries[0]?.receivedAtMs ?? atMs),
      outcomeAtMs: atMs,
    };
  }

  #close(failed: boolean): void {
    this.#free();
    this.#returned = true;
    this.#deps.owner.returned(failed);
    this.#wake();
  }

  #free(): void {
    this.#occupied = false;
    this.#onQuiet?.();
    this.#onQuiet = undefined;
  }

  #wake(): void {
    this.#deps.ticker.mark(this);
  }

  #wakeAt(atMs: number): void {
    if (this.#alarm?.atMs === atMs) return;
    this.#silence();
    const timer = this.#deps.clock.after(atMs - this.#deps.clock.now(), () => {
      this.#alarm = undefined;
      this.#wake();
    });
    this.#alarm = { timer, atMs };
  }

  #silence(): void {
    this.#alarm?.timer.cancel();
    this.#alarm = undefined;
  }
}
