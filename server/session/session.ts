/**
 * One agent's control of one emulator. It outlives its connections: it owns the seqs, the credit and the outcomes, and hands
 * what it accepts to the batcher.
 */
import type { Batching, Observe, OnFailure, Outcome, ServerMessage } from '../../shared/protocol.ts';
import { type Cursor, Recorder } from '../channels/profile/recorder.ts';
import type { Meter } from '../channels/stats/meter.ts';
import type { Role } from '../access/identity.ts';
import type { Clock } from '../clock.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { SessionHistory } from '../journal/history.ts';
import type { JournaledSession, RunJournal } from '../journal/run-journal.ts';
import type { Ticker } from '../ticker.ts';
import { Batcher, type BatcherOwner } from './batcher/batcher.ts';
import type { Dropped } from './batcher/dedupe.ts';
import type { Batch, QueuedEntry, ReadItem } from './entry.ts';
import { GameNews } from './game-news.ts';
import type { SessionIdentity } from './identity.ts';
import { Journaling, maybeRun, sessionRecord } from './journaling.ts';
import { Ledger, type OnSettled } from './ledger.ts';
import { type EntryFault, type EntryMessage, Reception } from './reception.ts';
import { Presence, type PresenceOwner } from './presence.ts';
import { Rest } from './rest.ts';
import type { Resumable } from './resume.ts';
import { Standing } from './standing.ts';

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

/** How busy an emulator is. */
export interface Load {
  /** Entries of its session without an outcome. */
  readonly outstanding: number;
  /** Median time from the driver to the outcome so far, in µs; null before the first. */
  readonly driverUs: number | null;
}

export class Session implements BatcherOwner, Resumable {
  readonly id: string;
  readonly secretHash: Buffer;
  readonly label: string | undefined;
  readonly owner: string;
  readonly role: Role;
  readonly emulator: Emulator;
  readonly meter: Meter;
  readonly resumeMs: number;
  /** Whether somebody listens, and whether it is on its way out. */
  readonly presence: Presence;
  /** Whether it controls its emulator. */
  readonly standing: Standing;
  /** What it hears of its game. */
  readonly news: GameNews;
  readonly #deps: SessionDeps;
  readonly #rest: Rest;
  readonly #ledger: Ledger;
  readonly #batcher: Batcher;
  readonly #reception: Reception;
  readonly #journaling: Journaling | undefined;
  #onFailure: OnFailure;
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
    this.#onFailure = settings.onFailure;
    const { emulator, clock, ticker, meter, journal } = deps;
    const onSettled: OnSettled = (entry, outcome, batch) => this.#journaling?.settled(entry, outcome, batch);
    this.#ledger = new Ledger(settings.keptOutcomes, journal && onSettled);
    this.#batcher = new Batcher(settings.batching, { emulator, clock, ticker, owner: this });
    this.presence = new Presence(clock, settings.resumeMs, this.#presenceOwner());
    const { presence } = this;
    this.#rest = new Rest({
      emulator,
      presence,
      controls: () => this.standing.controls,
      enqueue: (item) => this.#batcher.addRead(item),
    });
    this.standing = new Standing({
      emulator,
      presence,
      rest: this.#rest,
      surrender: () => this.#surrender(),
      onChange: () => this.#journaling?.changed(),
      onYielded: () => this.drained(),
    });
    const onReady = () => this.#batcher.emulatorReady();
    this.news = new GameNews({ emulator, presence, rest: this.#rest, onReady });
    this.#reception = new Reception(settings.credit, settings, {
      clock,
      emulator,
      meter,
      ledger: this.#ledger,
      batcher: this.#batcher,
      controls: () => this.standing.controls,
      open: () => presence.attached,
      acksReady: () => presence.link?.acksReady(),
      send: (message) => presence.link?.send(message),
    });
    this.#journaling = journal && this.#keepJournal(journal, settings, restored);
    emulator.control(this.news);
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
    return this.presence.leaving;
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
    return this.presence.link?.pendingBytes ?? 0;
  }

  /** Time until it ends because nobody resumes it; undefined while it need not. */
  expiresInMs(): number | undefined {
    return this.presence.expiresInMs();
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

  /** Makes ready for another connection, whose client has the outcomes up to `receivedThrough`: the rest goes out again. */
  resume(receivedThrough: number): void {
    this.presence.dismiss();
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
    if (this.standing.controls) this.#batcher.addRead(item);
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
    if (this.#journaling === undefined) this.presence.link?.acksReady();
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
    if (!this.presence.leaving || this.presence.ended) return;
    const kept = this.#journaling?.kept();
    if (kept !== undefined) return void kept.then(() => this.drained());
    const how = this.presence.end();
    if (how === undefined) return;
    this.refresh();
    if (this.standing.controls) this.emulator.control(undefined);
    how.link?.acksReady();
    how.link?.end(how.close, how.reason);
    this.#deps.onEnd(this, { suspended: how.suspended, why: how.reason });
  }

  /** On record: it controls the emulator now. */
  noteControl(by: string): void {
    this.emulator.noteControl(this.#journaling?.index, by);
  }

  /** Whether it can be gone on with after the gateway has ended. */
  get journaled(): boolean {
    return this.#journaling !== undefined;
  }

  /** It is over for good, on record. */
  closeJournal(why: string): void {
    this.#journaling?.leave(why);
  }

  #presenceOwner(): PresenceOwner {
    return {
      superseded: () => this.#ledger.rewind(this.#ledger.firstKept - 1),
      came: (again) => {
        this.#batcher.undrain();
        this.#reception.forgetGap();
        if (again) this.#rest.end();
      },
      went: (expiresAtMs) => {
        this.#rest.begin();
        this.#batcher.drain();
        this.#deps.onDetach(this, expiresAtMs);
      },
      leaving: (discard) => {
        if (discard) {
          this.#reception.reject(this.#batcher.withdraw(), 'discarded', 'the session ended with discard');
        }
        if (this.standing.controls) this.#batcher.drain();
        else this.drained();
      },
      resumesLater: () => this.journaled,
    };
  }

  /** Gives up what is queued, for another session. Resolves when what is in flight has ended. */
  #surrender(): Promise<void> {
    const { entries, quiet } = this.#batcher.surrender();
    this.#reception.reject(entries, 'control_lost', 'another session took over the emulator');
    return quiet;
  }

  #keepJournal(
    journal: RunJournal,
    settings: SessionSettings,
    restored: SessionHistory | undefined,
  ): Journaling {
    const session: JournaledSession = {
      record: () => sessionRecord(this, settings.credit, this.#ledger.settledThrough),
      settledThrough: () => this.#ledger.settledThrough,
      recorded: (through) => {
        this.#ledger.recorded(through);
        this.#recorder?.recorded(through);
        this.presence.link?.acksReady();
      },
    };
    return restored === undefined
      ? Journaling.join(journal, session)
      : Journaling.rejoin(journal, restored.record.index, session);
  }

  /** Goes on where the journal ends; nobody is there. */
  #restore(restored: SessionHistory): void {
    this.#ledger.restore(restored.settledThrough, restored.kept);
    for (const { entry, outcome, batch } of maybeRun(restored)) {
      this.#ledger.accept(entry);
      this.#ledger.settle(entry, outcome, batch);
    }
    this.presence.restore();
  }
}
