/**
 * One agent's control of one emulator. It outlives its connections: it owns the seqs, the credit and the outcomes, and hands
 * what it accepts to the batcher.
 */
import type { CloseName } from '../../shared/close-codes.ts';
import type { Batching, Observe, OnFailure, Outcome, Params, ServerMessage } from '../../shared/protocol.ts';
import { type Cursor, Recorder } from '../channels/profile/recorder.ts';
import type { Meter } from '../channels/stats/meter.ts';
import type { Role } from '../access/identity.ts';
import type { Clock } from '../clock.ts';
import type { DriverDeath } from '../emulator/drivers/driver.ts';
import type { Controller, Emulator } from '../emulator/emulator.ts';
import type { PaceSetting } from '../emulator/pace.ts';
import type { SessionHistory } from '../journal/history.ts';
import type { JournaledSession, RunJournal } from '../journal/run-journal.ts';
import type { Ticker } from '../ticker.ts';
import { Batcher, type BatcherOwner } from './batcher/batcher.ts';
import type { Dropped } from './batcher/dedupe.ts';
import type { Taker } from './control.ts';
import type { Batch, QueuedEntry, ReadItem } from './entry.ts';
import { Journaling, keptEntries, maybeRun } from './journaling.ts';
import { Ledger, type OnSettled } from './ledger.ts';
import { type EntryFault, type EntryMessage, Reception } from './reception.ts';
import type { Resumable } from './resume.ts';

/** What a session needs of the connection it is attached to. */
export interface Link {
  /** Names the connection in the log; undefined where it is none. */
  readonly id: number | undefined;
  /** Outcomes are ready: take them with `takeAcks` before anything else is sent. */
  acksReady(): void;
  send(message: ServerMessage): void;
  /** Bytes that the other side has not read yet. */
  readonly pendingBytes: number;
  /** Everything is said; the connection may end. */
  end(close: CloseName, reason: string): void;
}

/** Whether somebody listens, and whether the session is on its way out. */
type State =
  | { readonly kind: 'attached'; readonly link: Link }
  /** No connection: accepted entries run out, then the game rests until a resume or the deadline. */
  | { readonly kind: 'detached'; readonly expiresAtMs: number }
  /** Takes no more entries; ends when all is acked. */
  | {
      readonly kind: 'leaving';
      readonly link: Link | undefined;
      readonly close: CloseName;
      readonly reason: string;
      /** It is to be gone on with when the gateway is there again. */
      readonly suspended: boolean;
    }
  | { readonly kind: 'ended' };

export interface SessionSettings {
  readonly batching: Batching;
  readonly observe: Observe | undefined;
  readonly approximate: boolean;
  readonly onFailure: OnFailure;
  /** Most accepted entries without an outcome; also the largest group. */
  readonly credit: number;
  /** How many acked outcomes are kept for repeats. */
  readonly keptOutcomes: number;
  /** How long it is kept without a connection; 0 ends it with its connection. */
  readonly resumeMs: number;
}

export interface SessionDeps {
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly emulator: Emulator;
  readonly meter: Meter;
  /** What becomes of its entries is on record there before it is acked. */
  readonly journal: RunJournal | undefined;
  /** It has no connection now, and is to be ended at that time unless it has one again. */
  readonly onDetach: (session: Session, expiresAtMs: number) => void;
  /** The session is over, or suspended until the gateway is there again: its emulator may be released. */
  readonly onEnd: (session: Session, end: SessionEnd) => void;
}

/** How a session ended. */
export interface SessionEnd {
  readonly suspended: boolean;
  readonly why: string;
}

/** Who a session is. Of the secret it is resumed with only the hash is kept. */
export interface SessionIdentity {
  readonly id: string;
  readonly secretHash: Buffer;
  readonly label: string | undefined;
  /** Name of the token it began with, and what that allows. */
  readonly owner: string;
  readonly role: Role;
}

/** Whether its entries reach the emulator. */
type Standing =
  | { readonly kind: 'controls' }
  /** Another session has taken over; `pace` is to be restored when it gives control back. */
  | { readonly kind: 'aside'; readonly by: Taker; readonly pace: PaceSetting };

/** How busy an emulator is. */
export interface Load {
  /** Entries of its session without an outcome. */
  readonly outstanding: number;
  /** Median time from the driver to the outcome so far, in µs; null before the first. */
  readonly driverUs: number | null;
}

/** Events of a session without a connection that are kept for the next one. */
const MAX_UNTOLD = 16;

export class Session implements BatcherOwner, Controller, Resumable {
  readonly id: string;
  readonly secretHash: Buffer;
  readonly label: string | undefined;
  readonly owner: string;
  readonly role: Role;
  readonly emulator: Emulator;
  readonly meter: Meter;
  readonly resumeMs: number;
  readonly #deps: SessionDeps;
  readonly #ledger: Ledger;
  readonly #batcher: Batcher;
  readonly #reception: Reception;
  readonly #journaling: Journaling | undefined;
  #onFailure: OnFailure;
  #state: State;
  #claimed = false;
  #standing: Standing = { kind: 'controls' };
  #untold: ServerMessage[] = [];
  #recorder: Recorder | undefined;

  constructor(
    identity: SessionIdentity,
    settings: SessionSettings,
    deps: SessionDeps,
    restored?: SessionHistory,
  ) {
    this.id = identity.id;
    this.secretHash = identity.secretHash;
    this.label = identity.label;
    this.owner = identity.owner;
    this.role = identity.role;
    this.emulator = deps.emulator;
    this.meter = deps.meter;
    this.resumeMs = settings.resumeMs;
    this.#deps = deps;
    this.#state = { kind: 'detached', expiresAtMs: Infinity };
    this.#onFailure = settings.onFailure;
    const { emulator, clock, ticker, meter, journal } = deps;
    const onSettled: OnSettled = (entry, outcome, batch) => this.#journaling?.settled(entry, outcome, batch);
    this.#ledger = new Ledger(settings.keptOutcomes, journal && onSettled);
    this.#batcher = new Batcher(settings.batching, { emulator, clock, ticker, owner: this });
    this.#reception = new Reception(settings.credit, settings, {
      clock,
      emulator,
      meter,
      ledger: this.#ledger,
      batcher: this.#batcher,
      controls: () => this.controls,
      open: () => this.#state.kind === 'attached',
      acksReady: () => this.#link?.acksReady(),
      send: (message) => this.#link?.send(message),
    });
    this.#journaling = journal && this.#keepJournal(journal, settings, restored);
    emulator.control(this);
    if (restored !== undefined) this.#restore(restored);
  }

  get nextSeq(): number {
    return this.#ledger.nextSeq;
  }

  get ackedThrough(): number {
    return this.#ledger.ackedThrough;
  }

  get firstKept(): number {
    return this.#ledger.firstKept;
  }

  get batching(): Batching {
    return this.#batcher.settings;
  }

  get onFailure(): OnFailure {
    return this.#onFailure;
  }

  get observe(): Observe | undefined {
    return this.#reception.observe;
  }

  get approximate(): boolean {
    return this.#reception.approximate;
  }

  get leaving(): boolean {
    return this.#state.kind === 'leaving' || this.#state.kind === 'ended';
  }

  /** Number of its connection; undefined while it has none. */
  get connection(): number | undefined {
    return this.#link?.id;
  }

  /** It is over: all is acked, and nothing of it will run. */
  get ended(): boolean {
    return this.#state.kind === 'ended';
  }

  /** When it ends unless it is resumed, by the clock; undefined while somebody is connected. */
  get expiresAtMs(): number | undefined {
    return this.#state.kind === 'detached' ? this.#state.expiresAtMs : undefined;
  }

  /** The same as a time from now, for people. */
  expiresInMs(): number | undefined {
    const at = this.expiresAtMs;
    return at === undefined ? undefined : Math.max(0, Math.round(at - this.#deps.clock.now()));
  }

  credit(): { limit: number; outstanding: number } {
    return this.#reception.credit();
  }

  /** Bytes of memory that its entries, outcomes, macros and profile take, about. */
  get heldBytes(): number {
    return this.#ledger.bytes + this.#reception.macroBytes + (this.#recorder?.bytes ?? 0);
  }

  /** Bytes that its connection has not read yet. */
  pendingBytes(): number {
    return this.#link?.pendingBytes ?? 0;
  }

  /** What it has under way, and how long its emulator takes. */
  load(): Load {
    const latencies = this.meter.tally.latencies;
    return {
      outstanding: this.credit().outstanding,
      driverUs: latencies?.driver.figures()?.p50 ?? null,
    };
  }

  /** Brings the frame count of the figures up to now: at `realtime` frames run without entries. */
  refresh(): void {
    this.meter.reached(this.emulator.frame);
  }

  /** Somebody listens now. Whoever listened before is sent away. */
  attach(link: Link): void {
    // What the one before was handed on its way out is for this one.
    if (this.#dismiss()) this.#ledger.rewind(this.#ledger.firstKept - 1);
    if (this.#state.kind !== 'detached') return link.end('going_away', 'the session has ended');
    this.#state = { kind: 'attached', link };
    this.#batcher.undrain();
    this.#reception.forgetGap();
    if (this.#claimed) this.#batcher.addRead({ kind: 'read', run: () => this.#goOn() });
    this.#claimed = true;
    link.acksReady();
    const untold = this.#untold;
    this.#untold = [];
    for (const message of untold) link.send(message);
  }

  /** Makes ready for another connection, whose client has the outcomes up to `receivedThrough`: the rest goes out again. */
  resume(receivedThrough: number): void {
    this.#dismiss();
    this.#ledger.rewind(receivedThrough);
  }

  /** How many entries a message stands for: at least 1, and not more than one more than it may. */
  entriesIn(message: Extract<EntryMessage, { type: 'inputs' | 'script' }>): number {
    return this.#reception.entriesIn(message);
  }

  receive(message: EntryMessage): void {
    this.#reception.receive(message);
  }

  receiveFaulty(fault: EntryFault): void {
    this.#reception.receiveFaulty(fault);
  }

  flush(): void {
    this.#batcher.flush();
  }

  cancel(fromSeq: number): void {
    this.#reception.reject(this.#batcher.withdraw(fromSeq), 'cancelled', 'cancelled by the client');
  }

  received(throughSeq: number): void {
    this.#ledger.received(throughSeq);
  }

  configure(change: {
    batching?: Partial<Batching>;
    observe?: Observe | undefined;
    approximate?: boolean;
    onFailure?: OnFailure;
  }): void {
    if (change.batching !== undefined) this.#batcher.configure({ ...this.batching, ...change.batching });
    if (change.onFailure !== undefined) this.#onFailure = change.onFailure;
    if ('observe' in change) this.#reception.observe = change.observe;
    if (change.approximate !== undefined) this.#reception.approximate = change.approximate;
    this.#journaling?.changed();
  }

  /** Runs a read behind every entry accepted so far. */
  read(item: ReadItem): void {
    if (this.controls) this.#batcher.addRead(item);
    else void item.run();
  }

  /** The acks that may go out now, of about so many bytes. */
  takeAcks(maxBytes?: number): readonly Extract<ServerMessage, { type: 'ack' }>[] {
    const acks = this.#ledger.takeAcks(maxBytes);
    this.#recorder?.handed(acks);
    return acks;
  }

  /** The acks that were taken go to the socket now. */
  acksLeave(): void {
    this.#recorder?.left();
  }

  /** Notes when its entries reach which stage; undefined while nobody profiles it. */
  get recorder(): Recorder | undefined {
    return this.#recorder;
  }

  /** Profiles what is accepted from now on, until `close`. */
  profile(): { readonly cursor: Cursor; readonly close: () => void } {
    const recorder = (this.#recorder ??= new Recorder(this.#deps.clock, this.nextSeq));
    const { cursor, close } = recorder.open(this.nextSeq);
    const end = () => {
      close();
      if (!recorder.used && this.#recorder === recorder) this.#recorder = undefined;
    };
    return { cursor, close: end };
  }

  /** Whether `takeAcks` would give something. */
  get acksReady(): boolean {
    return this.#ledger.acksReady;
  }

  /** This connection is gone without a word: accepted entries run out, and the game rests. Any other's going means nothing. */
  detach(link: Link): void {
    const state = this.#state;
    if (state.kind === 'leaving' && state.link === link) this.#state = { ...state, link: undefined };
    if (state.kind === 'attached' && state.link === link) this.#detach();
  }

  /** The connection that was to get this session went away before it did. A session that nobody ever had ends. */
  unclaimed(): void {
    if (!this.#claimed) this.leave(true, 'going_away', 'nobody took the session');
  }

  /** Nobody resumed it in time. */
  expire(): void {
    if (this.#state.kind === 'detached') this.leave(false, 'going_away', 'it was not resumed in time');
  }

  /** Its connection ends and is not to come back; another may resume it. */
  kick(reason: string): void {
    if (this.#state.kind !== 'attached') return;
    const { link } = this.#state;
    this.#detach();
    link.end('kicked', reason);
  }

  /** No more entries; what is accepted runs out (or is discarded), is acked, and the connection ends with `close`. */
  leave(discard: boolean, close: CloseName, reason: string): void {
    this.#leave(discard, close, reason, false);
  }

  /** The gateway is stopping: the same, but what is on record is gone on with when it is there again. */
  shutDown(reason: string): void {
    this.#leave(false, 'service_restart', reason, this.journaled && this.resumeMs > 0);
  }

  /** What may run and cannot be rebuilt is on record before it goes. */
  batchSent(batch: Batch, entries: readonly QueuedEntry[]): Promise<void> | undefined {
    this.meter.batch(batch.size, batch.reason);
    this.#recorder?.sent(batch, entries);
    return this.emulator.driver.core === undefined ? this.#journaling?.intent(batch, entries) : undefined;
  }

  settled(entry: QueuedEntry, outcome: Outcome, batch: Batch): void {
    this.#ledger.settle(entry, outcome, batch);
    const queueMs = batch.sentAtMs - entry.receivedAtMs;
    const driverMs = batch.outcomeAtMs - batch.sentAtMs;
    this.meter.settled(outcome, queueMs * 1000, driverMs * 1000);
    if (this.#journaling === undefined) this.#link?.acksReady();
  }

  dropped(entries: readonly Dropped[]): void {
    this.#reception.drop(entries);
  }

  returned(failed: boolean): void {
    if (!failed || this.#onFailure !== 'stop') return;
    const message = 'an earlier entry did not run, or may not have';
    this.#reception.reject(this.#batcher.withdraw(), 'after_failure', message);
  }

  drained(): void {
    if (this.#state.kind !== 'leaving') return;
    const kept = this.#journaling?.kept();
    if (kept !== undefined) return void kept.then(() => this.drained());
    const last = this.#state;
    this.#state = { kind: 'ended' };
    this.refresh();
    if (this.controls) this.emulator.control(undefined);
    last.link?.acksReady();
    last.link?.end(last.close, last.reason);
    this.#deps.onEnd(this, { suspended: last.suspended, why: last.reason });
  }

  ready(): void {
    this.#batcher.emulatorReady();
  }

  replaced(death: DriverDeath, error: string | undefined): void {
    const { cause, message } = death;
    const { id, frame } = this.emulator;
    const data = { emulator: id, cause, message, frame, ...(error !== undefined && { error }) };
    this.#tell(error === undefined ? 'emulator_replaced' : 'emulator_lost', data);
    if (this.#state.kind === 'detached') this.#batcher.addRead({ kind: 'read', run: () => this.#rest() });
  }

  rebuilt({ cause, message }: DriverDeath): void {
    const { id, frame } = this.emulator;
    this.#tell('emulator_rebuilt', { emulator: id, cause, message, frame });
    if (this.#state.kind === 'detached') this.#batcher.addRead({ kind: 'read', run: () => this.#rest() });
  }

  /** Nothing can be put on record for now, or (undefined) it can be again: nothing runs and nothing is acked meanwhile. */
  stalled(why: string | undefined): void {
    this.#tell(
      why === undefined ? 'journal_resumed' : 'journal_stalled',
      why === undefined ? {} : { message: why },
    );
    if (why === undefined) this.#batcher.emulatorReady();
  }

  get controls(): boolean {
    return this.#standing.kind === 'controls';
  }

  /** Who took control from it; undefined while it controls. */
  get controlledBy(): Taker | undefined {
    return this.#standing.kind === 'aside' ? this.#standing.by : undefined;
  }

  /** Its pace when it lost control; undefined while it controls. */
  get paceBefore(): PaceSetting | undefined {
    return this.#standing.kind === 'aside' ? this.#standing.pace : undefined;
  }

  /** Another session takes over: what is queued is rejected. Resolves when what is in flight has ended. */
  async yieldControl(by: Taker): Promise<void> {
    this.#standing = { kind: 'aside', by, pace: this.emulator.pace };
    const { entries, quiet } = this.#batcher.surrender();
    this.#reception.reject(entries, 'control_lost', 'another session took over the emulator');
    this.#tell('control_lost', { by: by.session, label: by.label, owner: by.owner });
    await quiet;
    // What was in flight may have been a change of the pace.
    this.standAside(by, this.emulator.pace);
    this.#journaling?.changed();
    if (this.#state.kind === 'leaving') this.drained();
  }

  /** Whoever took over has left. */
  regainControl(): void {
    this.#standing = { kind: 'controls' };
    this.#journaling?.changed();
    this.#tell('control_granted', { emulator: this.emulator.id, frame: this.emulator.frame });
    // Whoever left may have left the game at rest, and this one may have nobody to play it.
    const run = this.#state.kind === 'detached' ? () => this.#rest() : () => this.#goOn();
    this.#batcher.addRead({ kind: 'read', run });
  }

  /** On record: it controls the emulator now. */
  noteControl(by: string): void {
    this.emulator.noteControl(this.#journaling?.index, by);
  }

  /** Another session controls its emulator, also after both were brought back. */
  standAside(by: Taker, pace: PaceSetting): void {
    this.#standing = { kind: 'aside', by, pace };
  }

  /** Whether it can be gone on with after the gateway has ended. */
  get journaled(): boolean {
    return this.#journaling !== undefined;
  }

  /** It is over for good, on record. */
  closeJournal(why: string): void {
    this.#journaling?.leave(why);
  }

  /** Tells the client something, now or when it is there again. */
  tell(name: string, data: Params): void {
    this.#tell(name, data);
  }

  #leave(discard: boolean, close: CloseName, reason: string, suspended: boolean): void {
    if (this.#state.kind === 'ended' || this.#state.kind === 'leaving') return;
    const link = this.#state.kind === 'attached' ? this.#state.link : undefined;
    this.#state = { kind: 'leaving', link, close, reason, suspended };
    if (discard) {
      this.#reception.reject(this.#batcher.withdraw(), 'discarded', 'the session ended with discard');
    }
    if (this.controls) this.#batcher.drain();
    else this.drained();
  }

  #keepJournal(
    journal: RunJournal,
    settings: SessionSettings,
    restored: SessionHistory | undefined,
  ): Journaling {
    const session: JournaledSession = {
      record: () => ({
        session: this.id,
        secretHash: this.secretHash.toString('hex'),
        label: this.label,
        owner: this.owner,
        role: this.role,
        settings: {
          batching: this.batching,
          observe: this.observe,
          approximate: this.approximate,
          onFailure: this.#onFailure,
          credit: settings.credit,
          resumeMs: settings.resumeMs,
          paceBefore: this.paceBefore,
        },
        settledThrough: this.#ledger.settledThrough,
      }),
      settledThrough: () => this.#ledger.settledThrough,
      recorded: (through) => {
        this.#ledger.recorded(through);
        this.#recorder?.recorded(through);
        this.#link?.acksReady();
      },
    };
    return restored === undefined
      ? Journaling.join(journal, session)
      : Journaling.rejoin(journal, restored.record.index, session);
  }

  /** Goes on where the journal ends; nobody is there. */
  #restore(restored: SessionHistory): void {
    this.#ledger.restore(restored.settledThrough, keptEntries(restored));
    this.#claimed = true;
    for (const { entry, outcome, batch } of maybeRun(restored)) {
      this.#ledger.accept(entry);
      this.#ledger.settle(entry, outcome, batch);
    }
    this.#detach();
  }

  get #link(): Link | undefined {
    const state = this.#state;
    return state.kind === 'attached' || state.kind === 'leaving' ? state.link : undefined;
  }

  /** Sends an event, or keeps it for the next connection. */
  #tell(name: string, data: Params): void {
    const message: ServerMessage = { type: 'event', name, data };
    if (this.#state.kind === 'detached') this.#untold = [...this.#untold, message].slice(-MAX_UNTOLD);
    else this.#link?.send(message);
  }

  /** Closes the connection of now, if there is one: another has come. */
  #dismiss(): boolean {
    if (this.#state.kind !== 'attached') return false;
    const { link } = this.#state;
    this.#detach();
    link.end('taken_over', 'another connection resumed this session');
    return true;
  }

  #detach(): void {
    const expiresAtMs = this.#deps.clock.now() + this.resumeMs;
    this.#state = { kind: 'detached', expiresAtMs };
    this.#batcher.addRead({ kind: 'read', run: () => this.#rest() });
    this.#batcher.drain();
    this.#deps.onDetach(this, expiresAtMs);
  }

  /** What was accepted has run out and nobody is there: no button stays pressed and no time passes. */
  async #rest(): Promise<void> {
    if (this.#state.kind !== 'detached' || !this.controls) return;
    const rested = await this.emulator.letGo();
    if (rested) this.#tell('buttons_released', { frame: this.emulator.frame });
  }

  async #goOn(): Promise<void> {
    if (this.#state.kind === 'attached' && this.controls) await this.emulator.goOn();
  }
}
