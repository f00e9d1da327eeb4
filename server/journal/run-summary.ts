/** What a list of runs says of each. */
import { assertNever, JoywireError } from '../../shared/errors.ts';
import type { Cut, Journals, RunListing } from './journal.ts';
import type { EntriesRecord, HeaderRecord, JournalRecord } from './record.ts';
import { runRecords } from './run-records.ts';

export interface RunSummary {
  readonly header: HeaderRecord | undefined;
  /** Sessions that played, with what is on record of each. */
  readonly sessions: readonly SessionSummary[];
  /** Entries with an outcome. */
  readonly entries: number;
  /** The frame the run has got to. */
  readonly frames: number;
  /** Whether somebody may still play on. */
  readonly live: boolean;
  /** Why its end cannot be read, if so. */
  readonly fault: string | undefined;
}

export interface SessionSummary {
  readonly session: string;
  readonly settledThrough: number;
  readonly ended: boolean;
}

/** Reads no more than the last segment, which says of every session how far it was before, unless sessions are missing there. */
export async function summarize(
  journals: Pick<Journals, 'read'>,
  { run, lastSegment }: Pick<RunListing, 'run' | 'lastSegment'>,
): Promise<RunSummary> {
  const last = await read(journals, run, lastSegment);
  return last.complete ? last.summary() : (await read(journals, run, undefined)).summary();
}

async function read(
  journals: Pick<Journals, 'read'>,
  run: string,
  fromSegment: number | undefined,
): Promise<Sum> {
  const sum = new Sum();
  const onCut = (cut: Cut) => sum.fail(`segment ${cut.segment}: ${cut.why}`);
  const options = { onCut, ...(fromSegment !== undefined && { fromSegment }) };
  try {
    for await (const { record } of runRecords(journals, run, options)) sum.add(record);
  } catch (error) {
    if (!(error instanceof JoywireError)) throw error;
    sum.fail(error.message);
  }
  return sum;
}

class Sum {
  #header: HeaderRecord | undefined;
  #frames = 0;
  #fault: string | undefined;
  readonly #sessions = new Map<number, SessionSummary>();

  /** Whether every session up to the highest number is there. */
  get complete(): boolean {
    const indexes = [...this.#sessions.keys()];
    return indexes.length > 0 && Math.max(...indexes) + 1 === indexes.length;
  }

  fail(why: string): void {
    this.#fault = why;
  }

  summary(): RunSummary {
    const sessions = [...this.#sessions.values()];
    return {
      header: this.#header,
      sessions,
      entries: sessions.reduce((sum, { settledThrough }) => sum + settledThrough, 0),
      frames: this.#frames,
      // Without a session it has hardly begun.
      live: this.#header !== undefined && (sessions.length === 0 || sessions.some(({ ended }) => !ended)),
      fault: this.#fault,
    };
  }

  add(record: JournalRecord): void {
    switch (record.kind) {
      case 'header':
        this.#header = record;
        return;
      case 'session': {
        const { index, session, settledThrough } = record;
        this.#sessions.set(index, { session, settledThrough, ended: false });
        return;
      }
      case 'entries':
        return this.#entries(record);
      case 'system':
      case 'mark':
      case 'snapshot':
        return this.#reach(record.frame);
      case 'ended':
        return this.#change(record.session, { ended: true });
      case 'intent':
        return;
      default:
        assertNever(record);
    }
  }

  #entries({ session, firstSeq, entries }: EntriesRecord): void {
    this.#change(session, { settledThrough: firstSeq + entries.length - 1 });
    for (const { outcome } of entries) {
      if (outcome.firstFrame !== null) this.#reach(outcome.firstFrame + outcome.frames);
      if (outcome.detail?.guard !== undefined) this.#reach(outcome.detail.guard.frame);
    }
  }

  #change(index: number, change: Partial<SessionSummary>): void {
    const known = this.#sessions.get(index);
    if (known !== undefined) this.#sessions.set(index, { ...known, ...change });
  }

  #reach(frame: number): void {
    this.#frames = Math.max(this.#frames, frame);
  }
}
