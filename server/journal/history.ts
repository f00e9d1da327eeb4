/** What the records of a run add up to: the game to rebuild and the sessions to go on with. Pure. */
import { assertNever, JoywireError } from '../../shared/errors.ts';
import { type BatchInfo, LIMITS, type Outcome, type Pace } from '../../shared/protocol.ts';
import type { Cut, Journals } from './journal.ts';
import { decodeRecord } from './record-codec.ts';
import type {
  Asked,
  EntriesRecord,
  HeaderRecord,
  IntentRecord,
  JournalRecord,
  SessionRecord,
  SnapshotRecord,
  SystemRecord,
} from './record.ts';

/** An outcome that is on record. */
export interface KeptEntry {
  readonly seq: number;
  readonly asked: Asked;
  readonly outcome: Outcome;
  readonly batch: BatchInfo | undefined;
}

export interface SessionHistory {
  readonly record: SessionRecord;
  /** Every seq up to this one has its outcome on record. */
  readonly settledThrough: number;
  /** The last of them, in order and without holes. */
  readonly kept: readonly KeptEntry[];
  /** Given to an emulator that cannot be rebuilt, and without an outcome: they may have run. */
  readonly intent: IntentRecord | undefined;
  /** Why it ended, if it did. */
  readonly ended: string | undefined;
}

/** What happened to the game since its base, in order. */
export type GameEvent =
  | {
      readonly kind: 'press';
      readonly frame: number;
      readonly buttons: number;
      readonly hold: number;
      readonly gap: number;
    }
  | { readonly kind: 'keys'; readonly frame: number; readonly buttons: number }
  | { readonly kind: 'release' | 'reset' | 'reach'; readonly frame: number };

/** How a game came to be as it is. */
export interface GameHistory {
  /** What it starts from; undefined for power-on at `firstFrame`. */
  readonly base: SnapshotRecord | undefined;
  readonly firstFrame: number;
  readonly events: readonly GameEvent[];
}

/** Kept outcomes of a session as they are read: the last ones, and a few more so that dropping is cheap. */
const SLACK = 1024;

interface OpenSession {
  readonly record: SessionRecord;
  settledThrough: number;
  kept: KeptEntry[];
  intent: IntentRecord | undefined;
  ended: string | undefined;
}

export class History {
  #header: HeaderRecord | undefined;
  readonly #sessions = new Map<number, OpenSession>();
  #base: SnapshotRecord | undefined;
  #firstFrame = 0;
  #events: GameEvent[] = [];
  #pace: { readonly pace: Pace; readonly speed: number } = { pace: 'turbo', speed: 1 };
  #lastBatchId = 0;
  #controller: number | undefined;

  /** @throws JoywireError `journal_corrupt` when there is not even a header */
  get header(): HeaderRecord {
    if (this.#header === undefined) throw new JoywireError('journal_corrupt', 'the journal has no header');
    return this.#header;
  }

  get sessions(): readonly SessionHistory[] {
    return [...this.#sessions.values()];
  }

  get game(): GameHistory {
    return { base: this.#base, firstFrame: this.#firstFrame, events: this.#events };
  }

  /** The last frame that is on record. */
  get frame(): number {
    const last = this.#events.at(-1);
    return last === undefined ? (this.#base?.frame ?? this.#firstFrame) : endOf(last);
  }

  get pace(): { readonly pace: Pace; readonly speed: number } {
    return this.#pace;
  }

  /** Number of the session that controls the emulator; undefined where control never changed. */
  get controller(): number | undefined {
    return this.#controller;
  }

  get lastBatchId(): number {
    return this.#lastBatchId;
  }

  /** Whether somebody may still play on. */
  get live(): boolean {
    return this.sessions.some(({ ended }) => ended === undefined);
  }

  add(record: JournalRecord): void {
    switch (record.kind) {
      case 'header':
        this.#header = record;
        return;
      case 'session':
        return this.#join(record);
      case 'entries':
        return this.#entries(record);
      case 'intent':
        this.#session(record.session).intent = record;
        this.#lastBatchId = Math.max(this.#lastBatchId, record.batch.id);
        return;
      case 'system':
        return this.#system(record);
      case 'mark':
        this.#events.push({ kind: 'reach', frame: record.frame });
        return;
      case 'snapshot':
        this.#base = record;
        this.#events = [];
        return;
      case 'ended':
        this.#session(record.session).ended = record.why;
        return;
      default:
        assertNever(record);
    }
  }

  #join(record: SessionRecord): void {
    const known = this.#sessions.get(record.index);
    this.#sessions.set(record.index, {
      record,
      settledThrough: record.settledThrough,
      kept: known?.kept ?? [],
      intent: known?.intent,
      ended: undefined,
    });
  }

  #entries({ session: index, firstSeq, batch, entries }: EntriesRecord): void {
    const session = this.#session(index);
    session.intent = undefined;
    if (batch !== undefined) this.#lastBatchId = Math.max(this.#lastBatchId, batch.id);
    for (const [position, { asked, outcome }] of entries.entries()) {
      this.#happened(asked, outcome);
      const seq = firstSeq + position;
      // What was settled before an earlier seq was, and lost with it, is sent again.
      if (seq !== session.settledThrough + 1) continue;
      session.settledThrough = seq;
      session.kept.push({ seq, asked, outcome, batch });
    }
    if (session.kept.length > LIMITS.keptOutcomes + SLACK) {
      session.kept = session.kept.slice(-LIMITS.keptOutcomes);
    }
  }

  #happened(asked: Asked, { status, firstFrame, detail }: Outcome): void {
    // A guard may have waited before it kept an entry from running: frames that no entry covers.
    if (detail?.guard !== undefined && detail.guard.frame > this.frame) {
      this.#events.push({ kind: 'reach', frame: detail.guard.frame });
    }
    if (status !== 'executed' || firstFrame === null) return;
    if (asked.kind === 'keys') this.#events.push({ kind: 'keys', frame: firstFrame, buttons: asked.buttons });
    if (asked.kind !== 'press') return;
    const { buttons, hold, gap } = asked;
    this.#events.push({ kind: 'press', frame: firstFrame, buttons, hold, gap });
  }

  #system(record: SystemRecord): void {
    switch (record.what) {
      case 'release':
      case 'reset':
        this.#events.push({ kind: record.what, frame: record.frame });
        return;
      case 'pace':
        this.#pace = record;
        return;
      case 'replaced':
        this.#base = undefined;
        this.#firstFrame = record.frame;
        this.#events = [];
        return;
      case 'control':
        this.#controller = record.session;
        return;
      case 'rebuilt':
        return;
      default:
        assertNever(record);
    }
  }

  #session(index: number): OpenSession {
    const session = this.#sessions.get(index);
    if (session === undefined)
      throw new JoywireError('journal_corrupt', `no session ${index} in the journal`);
    return session;
  }
}

/**
 * Reads what is needed to go on with a run: its last two segments, which hold every outcome that may still be asked for.
 * @throws JoywireError `journal_corrupt`, `journal_unknown`
 */
export async function readRun(
  journals: Pick<Journals, 'list' | 'read'>,
  run: string,
  onCut?: (cut: Cut) => void,
): Promise<History> {
  const listing = (await journals.list()).find((listed) => listed.run === run);
  const fromSegment = Math.max(1, (listing?.lastSegment ?? 1) - 1);
  const history = new History();
  for await (const { bytes } of journals.read(run, { fromSegment, ...(onCut && { onCut }) })) {
    history.add(decodeRecord(bytes));
  }
  return history;
}

function endOf(event: GameEvent): number {
  if (event.kind === 'press') return event.frame + event.hold + event.gap;
  return event.kind === 'keys' ? event.frame + 1 : event.frame;
}
