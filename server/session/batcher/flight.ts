/** A batch on its way: each entry gets what became of its step, and what the batch took tells about those to come. */
import type { Clock } from '../../clock.ts';
import type { BatchSink, Step, StepOutcome } from '../../emulator/drivers/driver.ts';
import { stepFrames } from '../../emulator/drivers/step-frames.ts';
import type { Ticker } from '../../ticker.ts';
import type { Batch, InputEntry } from '../entry.ts';
import { outcomeOf } from '../step-outcome.ts';
import type { BatcherOwner } from './batcher.ts';
import { type Run, shareOut } from './coalesce.ts';
import type { Duplicates } from './dedupe.ts';
import type { Experience } from './experience.ts';

/** Where a flight starts and lands. */
export interface FlightBase {
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly owner: BatcherOwner;
  readonly duplicates: Duplicates;
  /** Learns from it, under a strategy that does. */
  readonly experience: () => Experience | undefined;
  /** It is over; `failed` if an outcome was `failed` or `unknown`. */
  readonly landed: (failed: boolean) => void;
}

export class Flight implements BatchSink {
  readonly #base: FlightBase;
  readonly #batch: Batch;
  readonly #entries: readonly InputEntry[];
  readonly #runs: readonly Run[] | undefined;
  /** The step whose outcome is next. */
  #next = 0;
  #failed = false;
  #stampedTurn = -1;
  #firstOutcomeAtMs = 0;
  /** What guards kept from running. */
  #stopped: InputEntry[] | undefined;
  /** Frames that passed because guards waited. */
  #waitedFrames = 0;

  /** @param runs the entries as fewer steps, where they were coalesced */
  constructor(
    base: FlightBase,
    batch: Batch,
    entries: readonly InputEntry[],
    runs: readonly Run[] | undefined,
  ) {
    this.#base = base;
    this.#batch = batch;
    this.#entries = entries;
    this.#runs = runs;
  }

  get steps(): readonly Step[] {
    return this.#runs?.map(({ step }) => step) ?? this.#entries;
  }

  /** What a step stands for. */
  members(step: number): readonly InputEntry[] {
    return this.#runs?.[step]?.members ?? this.#entries.slice(step, step + 1);
  }

  outcome(outcome: StepOutcome): void {
    const step = this.#next++;
    const run = this.#runs?.[step];
    const entry = run?.members[0] ?? this.#entries[step];
    if (entry === undefined) return;
    const { ticker, clock, owner } = this.#base;
    const batch = this.#batch;
    // Outcomes of one report come in one turn: one look at the clock serves them all.
    if (this.#stampedTurn !== ticker.turn) batch.outcomeAtMs = clock.now();
    this.#stampedTurn = ticker.turn;
    if (step === 0) this.#firstOutcomeAtMs = batch.outcomeAtMs;
    if (outcome.status === 'failed' || outcome.status === 'unknown') this.#failed = true;
    if (entry.group?.guarded === true) this.#guarded(entry, outcome);
    if (run === undefined || run.members.length === 1) {
      owner.settled(entry, outcomeOf(outcome, entry.approximated), batch);
    } else this.#settleTogether(run, outcome);
  }

  done(): void {
    if (!this.#failed) this.#learn();
    this.#base.landed(this.#failed);
  }

  #settleTogether(run: Run, outcome: StepOutcome): void {
    const coalesced = run.members.length;
    for (const [index, part] of shareOut(run, outcome).entries()) {
      const entry = run.members[index];
      if (entry !== undefined) {
        this.#base.owner.settled(entry, outcomeOf(part, undefined, coalesced), this.#batch);
      }
    }
  }

  /** Guards decide what a batch is in the end: how many frames pass, and what counts as a press for the rule about duplicates. */
  #guarded(entry: InputEntry, { status, firstFrame, waited = 0 }: StepOutcome): void {
    this.#waitedFrames += waited;
    if (status === 'rejected') {
      this.#stopped ??= [];
      this.#stopped.push(entry);
    } else if (firstFrame !== null) this.#base.duplicates.ran(entry, firstFrame);
  }

  #learn(): void {
    const experience = this.#base.experience();
    if (experience === undefined || this.#entries.length === 0) return;
    const { sentAtMs, outcomeAtMs } = this.#batch;
    const stopped = this.#stopped ?? [];
    experience.ran({
      inputs: this.#entries.length - stopped.length,
      frames: framesOf(this.#entries) - framesOf(stopped),
      waitedFrames: this.#waitedFrames,
      firstOutcomeMs: this.#firstOutcomeAtMs - sentAtMs,
      lastOutcomeMs: outcomeAtMs - sentAtMs,
    });
  }
}

function framesOf(entries: readonly InputEntry[]): number {
  let frames = 0;
  for (const entry of entries) frames += stepFrames(entry);
  return frames;
}
