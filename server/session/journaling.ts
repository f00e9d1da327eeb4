/** A session's side of its run's journal: what of it is written down, and how it goes on from what was. */
import type { BatchInfo, Outcome } from '../../shared/protocol.ts';
import { codedOutcome } from '../emulator/coded-outcome.ts';
import type { SessionHistory } from '../journal/history.ts';
import type { Asked, SessionRecord } from '../journal/record.ts';
import type { JournaledSession, RunJournal } from '../journal/run-journal.ts';
import { type Batch, CommandEntry, type Entry, FaultyEntry, InputEntry, type QueuedEntry } from './entry.ts';
import type { SessionIdentity } from './identity.ts';
import { batchInfo } from './ledger.ts';
import type { Standing } from './standing.ts';

type Settings = SessionRecord['settings'];

/** What of a session is written down. */
interface Recorded extends SessionIdentity, Omit<Settings, 'credit' | 'paceBefore'> {
  readonly standing: Pick<Standing, 'paceBefore'>;
}

/** The journal that a session writes to, and its number there. */
export class Journaling {
  readonly #journal: RunJournal;
  readonly #index: number;

  private constructor(journal: RunJournal, index: number) {
    this.#journal = journal;
    this.#index = index;
  }

  /** A session begins. */
  static join(journal: RunJournal, session: JournaledSession): Journaling {
    return new Journaling(journal, journal.join(session));
  }

  /** A session goes on that is in the journal already. */
  static rejoin(journal: RunJournal, index: number, session: JournaledSession): Journaling {
    journal.restore(index, session);
    return new Journaling(journal, index);
  }

  get index(): number {
    return this.#index;
  }

  settled(entry: Entry, outcome: Outcome, batch: Batch | undefined): void {
    const of = batch && { key: batch, info: () => batchInfo(batch) };
    this.#journal.entry(this.#index, entry.seq, asked(entry), outcome, of);
  }

  /** A batch goes to an emulator that cannot be rebuilt. Resolves when that is on record. */
  intent(batch: Batch, entries: readonly QueuedEntry[]): Promise<void> | undefined {
    const firstSeq = entries[0]?.seq ?? 0;
    return this.#journal.intent(this.#index, firstSeq, entries.map(asked), batchInfo(batch));
  }

  /** It is over, and is not gone on with. */
  leave(why: string): void {
    this.#journal.leave(this.#index, why);
  }

  /** Its settings are others now. */
  changed(): void {
    this.#journal.changed(this.#index);
  }

  /** Resolves when everything so far is on record; undefined when it is. */
  kept(): Promise<void> | undefined {
    return this.#journal.kept();
  }
}

/** A session as it is now, with all that it needs to be gone on with. */
export function sessionRecord(
  session: Recorded,
  credit: number,
  settledThrough: number,
): Omit<SessionRecord, 'kind' | 'index'> {
  const { batching, observe, approximate, onFailure, resumeMs, standing } = session;
  const { paceBefore } = standing;
  return {
    session: session.id,
    secretHash: session.secretHash.toString('hex'),
    label: session.label,
    owner: session.owner,
    role: session.role,
    settings: { batching, observe, approximate, onFailure, credit, resumeMs, paceBefore },
    settledThrough,
  };
}

/** Entries that were given to an emulator which cannot be rebuilt, and whose outcome is not on record. */
export function maybeRun({ intent, settledThrough }: SessionHistory): {
  readonly entry: QueuedEntry;
  readonly outcome: Outcome;
  readonly batch: Batch;
}[] {
  if (intent === undefined) return [];
  const batch = batchOf(intent.batch);
  const message = 'the gateway ended while it was in flight; it may have run';
  const outcome = codedOutcome('emulator_crashed', message);
  return intent.asked.flatMap((was, position) => {
    const seq = intent.firstSeq + position;
    const entry = entryOf(was, seq, outcome);
    return seq <= settledThrough || entry.kind === 'faulty' ? [] : [{ entry, outcome, batch }];
  });
}

function entryOf(was: Asked, seq: number, outcome: Outcome): Entry {
  switch (was.kind) {
    case 'press':
      return new InputEntry({ ...was, observe: undefined }, seq, 0, undefined);
    case 'keys':
      return new InputEntry({ ...was, hold: 0, gap: 0, observe: undefined }, seq, 0, undefined);
    case 'command':
      return new CommandEntry(was.command, seq, 0);
    case 'faulty':
      return new FaultyEntry(seq, outcome);
  }
}

function batchOf({ id, size, reason, queuedUs, driverUs }: BatchInfo): Batch {
  return { id, size, reason, sentAtMs: 0, queuedMs: queuedUs / 1000, outcomeAtMs: driverUs / 1000 };
}

function asked(entry: Entry): Asked {
  switch (entry.kind) {
    case 'press':
      return { kind: 'press', buttons: entry.buttons, hold: entry.hold, gap: entry.gap };
    case 'keys':
      return { kind: 'keys', buttons: entry.buttons };
    case 'command':
      return { kind: 'command', command: entry.command };
    case 'faulty':
      return { kind: 'faulty' };
  }
}
