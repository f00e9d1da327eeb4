/** Entries: what a session has accepted, each with its seq and, in the end, its one outcome (invariant I2). */
import type { Command, FlushReason, Observe, Outcome } from '../../shared/protocol.ts';
import type { Step, StepGuards } from '../emulator/drivers/driver.ts';

/** A batch under way. An ack shows its id, size, reason and times. */
export interface Batch {
  readonly id: number;
  readonly size: number;
  readonly reason: FlushReason;
  /** When it was given to the driver, and how long its oldest entry had waited by then. */
  readonly sentAtMs: number;
  readonly queuedMs: number;
  /** When its latest outcome came. */
  outcomeAtMs: number;
}

/** One group as accepted: its members run contiguously, in one batch where the driver's limit allows. */
export interface Group {
  readonly size: number;
  /** Where its outcomes are to go out together: the seq of its last member. */
  readonly ackedWith: number | undefined;
  /** Whether guards decide which of its members run, and when. */
  readonly guarded: boolean;
}

/** An input or a keys entry. It is its own step, so that a press costs one object from the socket to the driver. */
export class InputEntry implements Step {
  readonly kind: 'press' | 'keys';
  readonly buttons: number;
  readonly hold: number;
  readonly gap: number;
  readonly observe: Observe | undefined;
  readonly guards: StepGuards | undefined;
  readonly seq: number;
  readonly receivedAtMs: number;
  readonly group: Group | undefined;
  /** How it was approximated, if it was. */
  readonly approximated: string | undefined;
  outcome: Outcome | undefined = undefined;
  batch: Batch | undefined = undefined;

  constructor(
    step: Step,
    seq: number,
    receivedAtMs: number,
    group: Group | undefined,
    approximated?: string,
  ) {
    this.kind = step.kind;
    this.buttons = step.buttons;
    this.hold = step.hold;
    this.gap = step.gap;
    this.observe = step.observe;
    this.guards = step.guards;
    this.seq = seq;
    this.receivedAtMs = receivedAtMs;
    this.group = group;
    this.approximated = approximated;
  }
}

/** A command in the queue. */
export class CommandEntry {
  readonly kind = 'command';
  readonly command: Command;
  readonly seq: number;
  readonly receivedAtMs: number;
  outcome: Outcome | undefined = undefined;
  batch: Batch | undefined = undefined;

  constructor(command: Command, seq: number, receivedAtMs: number) {
    this.command = command;
    this.seq = seq;
    this.receivedAtMs = receivedAtMs;
  }
}

/** An accepted seq whose content was wrong: it never reaches the queue. */
export class FaultyEntry {
  readonly kind = 'faulty';
  readonly seq: number;
  readonly outcome: Outcome;
  readonly batch = undefined;

  constructor(seq: number, outcome: Outcome) {
    this.seq = seq;
    this.outcome = outcome;
  }
}

export type QueuedEntry = InputEntry | CommandEntry;
export type Entry = QueuedEntry | FaultyEntry;

/** A read that waits its turn behind the entries accepted before it. It never rejects. */
export interface ReadItem {
  readonly kind: 'read';
  readonly run: () => Promise<void>;
}
