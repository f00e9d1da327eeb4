/**
 * Writes the journal of one run: what was settled during a turn of the event loop is put on record at its end, in one commit, and only then may
 * be acked.
 */
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import type { BatchInfo, Outcome } from '../../shared/protocol.ts';
import { Waiters } from '../../shared/waiters.ts';
import type { Clock } from '../clock.ts';
import type {
  CoreIdentity,
  DriverDeath,
  EmulatorDriver,
  OpenDriver,
  Snapshot,
} from '../emulator/drivers/driver.ts';
import type { Ticker, TickTask } from '../ticker.ts';
import { readRun } from './history.ts';
import type { JournalLog, Journals } from './journal.ts';
import { rebuild } from './rebuild.ts';
import { encodeRecord } from './record-codec.ts';
import type {
  Asked,
  HeaderRecord,
  JournalRecord,
  SessionRecord,
  SnapshotRecord,
  SystemRecord,
} from './record.ts';

/** A session as its run's journal sees it. */
export interface JournaledSession {
  /** The session with what a new segment must know of it. */
  readonly record: () => Omit<SessionRecord, 'kind' | 'index'>;
  /** Every seq up to this one has its outcome. */
  readonly settledThrough: () => number;
  /** The outcomes up to this seq are on record. */
  readonly recorded: (throughSeq: number) => void;
}

export interface RunJournalDeps {
  readonly journals: Journals;
  readonly log: JournalLog;
  readonly clock: Clock;
  readonly ticker: Ticker;
  /** Wall clock, in ms since 1970. */
  readonly wallClock: () => number;
  /** The journal cannot be kept, or (undefined) can be again. */
  readonly onStall: (why: string | undefined) => void;
  /** The game could not be brought back from the journal. */
  readonly onLost: (why: string) => void;
  /** Longest time of a running game without a snapshot, in ms. */
  readonly snapshotMs: number;
}

/** Bytes of a segment from which on the next snapshot begins a new one. */
const SEGMENT_BYTES = 8 * 1024 * 1024;
/** Time between attempts to keep what could not be kept, in ms. */
const RETRY_MS = 1000;

const deflate = promisify(deflateRaw);

/** Entries on their way into a record: consecutive ones of one session and one batch. */
interface Gathering {
  readonly session: number;
  readonly firstSeq: number;
  readonly batch: (() => BatchInfo) | undefined;
  readonly key: object | undefined;
  readonly entries: { readonly asked: Asked; readonly outcome: Outcome }[];
}

type WithoutKind<T> = T extends SystemRecord ? Omit<T, 'kind'> : never;
export type SystemEvent = WithoutKind<SystemRecord>;

export class RunJournal implements TickTask {
  due = false;
  readonly header: HeaderRecord;
  readonly #deps: RunJournalDeps;
  readonly #sessions: (JournaledSession | undefined)[] = [];
  #gathering: Gathering | undefined;
  #committing: Promise<void> | undefined;
  #stalled: string | undefined;
  #dirty = false;
  readonly #waiters = new Waiters();
  #closed = false;
  /** When the last snapshot was taken, by the clock, and its frame. */
  #snapshotAtMs: number;
  #snapshotFrame = -1;
  #reachedFrame = -1;
  /** The pace of now: each segment says it. */
  #pace: SystemRecord | undefined;
  /** Who controls it now: the same. */
  #control: SystemRecord | undefined;

  constructor(header: HeaderRecord, deps: RunJournalDeps) {
    this.header = header;
    this.#deps = deps;
    this.#snapshotAtMs = deps.clock.now();
  }

  /** Whether nothing can be kept now. */
  get stalled(): boolean {
    return this.#stalled !== undefined;
  }

  /** Takes up a session of a run that is gone on with. */
  restore(index: number, session: JournaledSession | undefined): void {
    this.#sessions[index] = session;
  }

  /** A session begins to play; its number in the records. */
  join(session: JournaledSession): number {
    const index = this.#sessions.length;
    this.#sessions.push(session);
    this.#append({ kind: 'session', index, ...session.record() });
    return index;
  }

  /** The settings of a session are others now. */
  changed(index: number): void {
    const session = this.#sessions[index];
    if (session !== undefined) this.#append({ kind: 'session', index, ...session.record() });
  }

  /** A session is over. */
  leave(index: number, why: string): void {
    this.#sessions[index] = undefined;
    this.#append({ kind: 'ended', session: index, atMs: this.#deps.wallClock(), why });
  }

  /**
   * An entry has its outcome.
   * @param key the batch, the same object for all of its entries
   */
  entry(
    session: number,
    seq: number,
    asked: Asked,
    outcome: Outcome,
    batch: { readonly key: object; readonly info: () => BatchInfo } | undefined,
  ): void {
    const open = this.#gathering;
    if (
      open !== undefined &&
      open.session === session &&
      open.key === batch?.key &&
      open.firstSeq + open.entries.length === seq
    ) {
      open.entries.push({ asked, outcome });
      return;
    }
    this.#gather();
    this.#gathering = {
      session,
      firstSeq: seq,
      batch: batch?.info,
      key: batch?.key,
      entries: [{ asked, outcome }],
    };
    this.#mark();
  }

  /** A batch is about to be given to an emulator that cannot be rebuilt. Resolves when that is on record. */
  intent(
    session: number,
    firstSeq: number,
    asked: readonly Asked[],
    batch: BatchInfo,
  ): Promise<void> | undefined {
    this.#append({ kind: 'intent', session, firstSeq, asked, batch });
    return this.kept();
  }

  /** Something happened to the game beside its entries. */
  system(event: SystemEvent): void {
    const record: SystemRecord = { kind: 'system', ...event };
    if (record.what === 'pace') this.#pace = record;
    if (record.what === 'control') this.#control = record;
    this.#append(record);
  }

  /** The game got so far without an entry. */
  reached(frame: number): void {
    if (frame <= this.#reachedFrame) return;
    this.#reachedFrame = frame;
    this.#append({ kind: 'mark', frame });
  }

  /** Whether it is time for a snapshot, so that a rebuild need not go back further than that. */
  snapshotDue(frame: number): boolean {
    const { clock, snapshotMs } = this.#deps;
    return frame > this.#snapshotFrame && clock.now() - this.#snapshotAtMs >= snapshotMs;
  }

  /** The game as it is on record. @throws JoywireError `journal_diverged`, or whatever the driver's opening throws */
  async rebuild(
    open: OpenDriver,
    core: CoreIdentity | undefined,
    onDeath: (death: DriverDeath) => void,
  ): Promise<EmulatorDriver> {
    await this.kept();
    const history = await readRun(this.#deps.journals, this.header.run);
    return await rebuild(open, history.game, core, onDeath);
  }

  failedToRebuild(death: DriverDeath, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#deps.onLost(`the game died (${death.message}) and could not be rebuilt: ${why}`);
  }

  /** Keeps the whole game. No entry may be settled and no record added until it resolves: its place in the journal is its frame. */
  async snapshot(cause: SnapshotRecord['cause'], { bytes, frame, held, digest }: Snapshot): Promise<void> {
    const state = await deflate(bytes, { level: 1 });
    this.#snapshotAtMs = this.#deps.clock.now();
    this.#snapshotFrame = frame;
    if (this.#deps.log.segmentBytes > SEGMENT_BYTES) this.#roll();
    this.#append({ kind: 'snapshot', cause, frame, held, digest, state });
  }

  /** Resolves when everything so far is on record; undefined when it is. */
  kept(): Promise<void> | undefined {
    this.run();
    if (!this.#dirty && this.#committing === undefined) return undefined;
    return this.#waiters.next();
  }

  /** Commits; called by the ticker. */
  run(): void {
    this.#gather();
    if (!this.#dirty || this.#committing !== undefined || this.stalled || this.#closed) return;
    this.#commit();
  }

  /** Waits for what is not yet kept and lets go of the journal. */
  async close(): Promise<void> {
    if (!this.stalled) await this.kept();
    this.#closed = true;
    await this.#deps.log.close();
  }

  #commit(): void {
    this.#dirty = false;
    const marks = this.#sessions.map((session) => session?.settledThrough() ?? 0);
    const committing = this.#deps.log.commit();
    if (committing === undefined) return this.#committed(marks);
    this.#committing = committing.then(
      () => this.#committed(marks),
      (error: unknown) => this.#failed(error),
    );
  }

  #committed(marks: readonly number[]): void {
    this.#committing = undefined;
    this.#unstall();
    for (const [index, through] of marks.entries()) this.#sessions[index]?.recorded(through);
    if (this.#dirty || this.#gathering !== undefined) return this.#mark();
    this.#waiters.tell();
  }

  #failed(error: unknown): void {
    this.#committing = undefined;
    this.#dirty = true;
    const why = error instanceof Error ? error.message : String(error);
    if (this.#stalled === undefined) {
      this.#stalled = why;
      this.#deps.onStall(why);
    }
    this.#deps.clock.after(RETRY_MS, () => {
      if (this.#closed) return;
      this.#gather();
      this.#commit();
    });
  }

  #unstall(): void {
    if (this.#stalled === undefined) return;
    this.#stalled = undefined;
    this.#deps.onStall(undefined);
  }

  /** A new segment begins with what a rebuild from it must know; the snapshot follows. */
  #roll(): void {
    this.#gather();
    this.#deps.log.roll();
    this.#append(this.header);
    for (const [index, session] of this.#sessions.entries()) {
      if (session !== undefined) this.#append({ kind: 'session', index, ...session.record() });
    }
    if (this.#pace !== undefined) this.#append(this.#pace);
    if (this.#control !== undefined) this.#append(this.#control);
  }

  #gather(): void {
    const open = this.#gathering;
    if (open === undefined) return;
    this.#gathering = undefined;
    this.#deps.log.append(
      encodeRecord({
        kind: 'entries',
        session: open.session,
        firstSeq: open.firstSeq,
        atMs: this.#deps.wallClock(),
        batch: open.batch?.(),
        entries: open.entries,
      }),
    );
    this.#dirty = true;
  }

  #append(record: JournalRecord): void {
    this.#gather();
    this.#deps.log.append(encodeRecord(record));
    this.#dirty = true;
    this.#mark();
  }

  #mark(): void {
    if (!this.#closed) this.#deps.ticker.mark(this);
  }
}
