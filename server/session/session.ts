/**
 * One agent's control of one emulator. It outlives its connections: it owns the seqs, the credit and the outcomes, and hands
 * what it accepts to the batcher.
 */
import type { CloseName } from '../../shared/close-codes.ts';
import { compact } from '../../shared/check.ts';
import { assertNever, type EntryCode, type RequestCode } from '../../shared/errors.ts';
import type {
  Batching,
  ClientMessage,
  Command,
  EntryOptions,
  Observe,
  OnFailure,
  Outcome,
  Press,
  RequestError,
  ServerMessage,
} from '../../shared/protocol.ts';
import type { Fault } from '../../shared/validate.ts';
import type { Meter } from '../channels/stats/meter.ts';
import type { Clock } from '../clock.ts';
import type { DriverDeath } from '../emulator/drivers/driver.ts';
import type { Controller, Emulator } from '../emulator/emulator.ts';
import { commandUnsupported } from '../emulator/support.ts';
import { errorBody, errorMessage } from '../connection/request-error.ts';
import type { Ticker } from '../ticker.ts';
import {
  type Admission,
  admitGroup,
  admitKeys,
  admitPress,
  isFaulty,
  rejected,
  rejectGroup,
} from './admission.ts';
import { Batcher, type BatcherOwner } from './batcher/batcher.ts';
import {
  type Batch,
  CommandEntry,
  type Entry,
  FaultyEntry,
  type QueuedEntry,
  type ReadItem,
} from './entry.ts';
import { Intake } from './intake.ts';
import { Ledger } from './ledger.ts';

/** What a session needs of the connection it is attached to. */
export interface Link {
  /** Outcomes are ready: take them with `takeAcks` before anything else is sent. */
  acksReady(): void;
  send(message: ServerMessage): void;
  /** Everything is said; the connection may end. */
  end(close: CloseName, reason: string): void;
}

/** Whether somebody listens, and whether the session is on its way out. */
type State =
  | { readonly kind: 'attached'; readonly link: Link }
  /** No connection: accepted entries run out. */
  | { readonly kind: 'detached' }
  /** Takes no more entries; ends when all is acked. */
  | {
      readonly kind: 'leaving';
      readonly link: Link | undefined;
      readonly close: CloseName;
      readonly reason: string;
    }
  | { readonly kind: 'ended' };

export interface SessionSettings {
  readonly batching: Batching;
  readonly observe: Observe | undefined;
  readonly onFailure: OnFailure;
  /** Most accepted entries without an outcome; also the largest group. */
  readonly credit: number;
  /** How many acked outcomes are kept for repeats. */
  readonly keptOutcomes: number;
}

export interface SessionDeps {
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly emulator: Emulator;
  readonly meter: Meter;
  /** The session is over: its emulator may be released. */
  readonly onEnd: (session: Session) => void;
}

/** How busy an emulator is. */
export interface Load {
  /** Entries of its session without an outcome. */
  readonly outstanding: number;
  /** Median time from the driver to the outcome so far, in µs; null before the first. */
  readonly driverUs: number | null;
}

export type EntryMessage = Extract<ClientMessage, { type: 'input' | 'inputs' | 'keys' | 'command' }>;
type EntryFault = Extract<Fault, { kind: 'entry' }>;

export class Session implements BatcherOwner, Controller {
  readonly id: string;
  readonly secret: string;
  readonly label: string | undefined;
  readonly emulator: Emulator;
  readonly meter: Meter;
  readonly #deps: SessionDeps;
  readonly #ledger: Ledger;
  readonly #batcher: Batcher;
  readonly #intake: Intake;
  #observe: Observe | undefined;
  #onFailure: OnFailure;
  #state: State = { kind: 'detached' };

  constructor(
    identity: { id: string; secret: string; label: string | undefined },
    settings: SessionSettings,
    deps: SessionDeps,
  ) {
    this.id = identity.id;
    this.secret = identity.secret;
    this.label = identity.label;
    this.emulator = deps.emulator;
    this.meter = deps.meter;
    this.#deps = deps;
    this.#ledger = new Ledger(settings.keptOutcomes);
    this.#intake = new Intake(this.#ledger, settings.credit);
    this.#observe = settings.observe;
    this.#onFailure = settings.onFailure;
    const { emulator, clock, ticker } = deps;
    this.#batcher = new Batcher(settings.batching, { emulator, clock, ticker, owner: this });
    emulator.control(this);
  }

  get nextSeq(): number {
    return this.#ledger.nextSeq;
  }

  get ackedThrough(): number {
    return this.#ledger.ackedThrough;
  }

  get batching(): Batching {
    return this.#batcher.settings;
  }

  get onFailure(): OnFailure {
    return this.#onFailure;
  }

  get observe(): Observe | undefined {
    return this.#observe;
  }

  get attached(): boolean {
    return this.#state.kind === 'attached';
  }

  credit(): { limit: number; outstanding: number } {
    return this.#intake.credit();
  }

  /** What it has under way, and how long its emulator takes. */
  load(): Load {
    const latencies = this.meter.tally.latencies;
    return {
      outstanding: this.#intake.credit().outstanding,
      driverUs: latencies?.driver.figures()?.p50 ?? null,
    };
  }

  /** Brings the frame count of the figures up to now: at `realtime` frames run without entries. */
  refresh(): void {
    this.meter.reached(this.emulator.frame);
  }

  attach(link: Link): void {
    this.#state = { kind: 'attached', link };
  }

  /** Takes one message with entries; whatever is wrong with it is answered, never thrown. */
  receive(message: EntryMessage): void {
    switch (message.type) {
      case 'input':
        return this.#receiveOne(message.seq, (to) => admitPress(message.press, message.seq, to));
      case 'keys':
        return this.#receiveOne(message.seq, (to) => admitKeys(message.buttons, message.seq, to));
      case 'command':
        return this.#receiveOne(message.seq, (to) => admitCommand(message.command, message.seq, to));
      case 'inputs':
        return this.#receiveGroup(message.firstSeq, message.presses, message.options);
      default:
        return assertNever(message);
    }
  }

  /** Takes entries whose content is wrong: accepted if it is their turn, and rejected. */
  receiveFaulty(fault: EntryFault): void {
    const skip = this.#take(fault.seq, fault.count);
    if (skip === undefined) return;
    const entries =
      fault.count === 1
        ? [new FaultyEntry(fault.seq, rejected('invalid_entry', fault.message))]
        : rejectGroup(fault.seq, fault.count, fault.index, 'invalid_entry', fault.message);
    this.#refuse(entries.slice(skip));
  }

  flush(): void {
    this.#batcher.flush();
  }

  cancel(fromSeq: number): void {
    this.#reject(this.#batcher.withdraw(fromSeq), 'cancelled', 'cancelled by the client');
  }

  received(throughSeq: number): void {
    this.#ledger.received(throughSeq);
  }

  configure(change: {
    batching?: Partial<Batching>;
    observe?: Observe | undefined;
    onFailure?: OnFailure;
  }): void {
    if (change.batching !== undefined) this.#batcher.configure({ ...this.batching, ...change.batching });
    if (change.onFailure !== undefined) this.#onFailure = change.onFailure;
    if ('observe' in change) this.#observe = change.observe;
  }

  /** Runs a read behind every entry accepted so far. */
  read(item: ReadItem): void {
    this.#batcher.addRead(item);
  }

  /** The acks that may go out now. */
  takeAcks(): readonly Extract<ServerMessage, { type: 'ack' }>[] {
    return this.#ledger.takeAcks();
  }

  /** The connection is gone without a word: accepted entries run out. */
  detach(): void {
    if (this.#state.kind === 'attached') this.#state = { kind: 'detached' };
    else if (this.#state.kind === 'leaving') this.#state = { ...this.#state, link: undefined };
    this.#batcher.drain();
  }

  /** No more entries; what is accepted runs out (or is discarded), is acked, and the connection ends with `close`. */
  leave(discard: boolean, close: CloseName, reason: string): void {
    if (this.#state.kind === 'ended' || this.#state.kind === 'leaving') return;
    const link = this.#state.kind === 'attached' ? this.#state.link : undefined;
    this.#state = { kind: 'leaving', link, close, reason };
    if (discard) this.#reject(this.#batcher.withdraw(), 'discarded', 'the session ended with discard');
    this.#batcher.drain();
  }

  batchSent(batch: Batch): void {
    this.meter.batch(batch.size, batch.reason);
  }

  settled(entry: QueuedEntry, outcome: Outcome, batch: Batch): void {
    this.#ledger.settle(entry, outcome, batch);
    const queueMs = batch.sentAtMs - entry.receivedAtMs;
    const driverMs = batch.outcomeAtMs - batch.sentAtMs;
    this.meter.settled(outcome, queueMs * 1000, driverMs * 1000);
    this.#link?.acksReady();
  }

  returned(failed: boolean): void {
    if (!failed || this.#onFailure !== 'stop') return;
    this.#reject(this.#batcher.withdraw(), 'after_failure', 'an earlier entry did not run, or may not have');
  }

  drained(): void {
    if (this.#state.kind === 'attached' || this.#state.kind === 'ended') return;
    const last = this.#state;
    this.#state = { kind: 'ended' };
    this.refresh();
    this.emulator.control(undefined);
    if (last.kind === 'leaving') {
      last.link?.acksReady();
      last.link?.end(last.close, last.reason);
    }
    this.#deps.onEnd(this);
  }

  ready(): void {
    this.#batcher.emulatorReady();
  }

  replaced(death: DriverDeath, error: string | undefined): void {
    const { cause, message } = death;
    const { id, frame } = this.emulator;
    const data = { emulator: id, cause, message, frame, ...(error !== undefined && { error }) };
    const name = error === undefined ? 'emulator_replaced' : 'emulator_lost';
    this.#link?.send({ type: 'event', name, data });
  }

  get #link(): Link | undefined {
    const state = this.#state;
    return state.kind === 'attached' || state.kind === 'leaving' ? state.link : undefined;
  }

  #admission(): Admission {
    return {
      capabilities: this.emulator.capabilities,
      observe: this.#observe,
      nowMs: this.#deps.clock.now(),
    };
  }

  #receiveOne(seq: number, admit: (to: Admission) => Entry): void {
    if (this.#take(seq, 1) === undefined) return;
    const entry = admit(this.#admission());
    if (isFaulty(entry)) return this.#refuse([entry]);
    this.#ledger.accept(entry);
    this.meter.received(1);
    this.#batcher.add(entry);
  }

  #receiveGroup(firstSeq: number, presses: readonly Press[], options: EntryOptions | undefined): void {
    const skip = this.#take(firstSeq, presses.length);
    if (skip === undefined) return;
    const entries = admitGroup(presses.slice(skip), firstSeq + skip, options?.observe, this.#admission());
    const accepted = entries.filter((entry) => entry.kind !== 'faulty');
    if (accepted.length === 0) return this.#refuse(entries);
    for (const entry of accepted) this.#ledger.accept(entry);
    this.meter.received(accepted.length);
    this.#batcher.addGroup(accepted);
  }

  /** How many of these seqs are repeats to be skipped; undefined if nothing is to be taken, which has then been answered. */
  #take(firstSeq: number, count: number): number | undefined {
    if (this.#state.kind !== 'attached') {
      this.#error('session_ended', 'the session is ending and takes no more entries', { seq: firstSeq });
      return undefined;
    }
    const turn = this.#intake.turn(firstSeq, count);
    switch (turn.kind) {
      case 'take':
        if (turn.skip > 0) this.#repeat(firstSeq, turn.skip);
        return turn.skip;
      case 'repeat':
        this.#repeat(firstSeq, count);
        return undefined;
      case 'refuse':
        this.#error(turn.code, turn.message, compact({ seq: turn.seq, allowed: turn.allowed }));
        return undefined;
      case 'ignore':
        return undefined;
      default:
        return assertNever(turn);
    }
  }

  #repeat(firstSeq: number, count: number): void {
    if (firstSeq < this.#ledger.firstKept) {
      const message = `seq ${firstSeq} ran before; its outcome is no longer kept`;
      this.#error('outcome_expired', message, { seq: firstSeq });
    }
    const acks = this.#ledger.repeat(firstSeq, count);
    if (acks.length === 0) return;
    // Outcomes that are ready but unsent go first, so that acks stay in seq order.
    this.#link?.acksReady();
    for (const ack of acks) this.#link?.send(ack);
  }

  #refuse(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#ledger.accept(entry);
    }
    this.meter.received(entries.length);
    this.meter.rejected(entries.length);
    this.#link?.acksReady();
  }

  #reject(entries: readonly QueuedEntry[], code: EntryCode, message: string): void {
    if (entries.length === 0) return;
    for (const entry of entries) {
      this.#ledger.settle(entry, rejected(code, message), undefined);
    }
    this.meter.rejected(entries.length);
    this.#link?.acksReady();
  }

  #error(code: RequestCode, message: string, more: Pick<RequestError, 'seq' | 'allowed'>): void {
    this.#link?.send(errorMessage(undefined, errorBody(code, message, more)));
  }
}

function admitCommand(command: Command, seq: number, to: Admission): Entry {
  const problem = commandUnsupported(command, to.capabilities);
  return problem === undefined
    ? new CommandEntry(command, seq, to.nowMs)
    : new FaultyEntry(seq, rejected('unsupported', problem));
}
