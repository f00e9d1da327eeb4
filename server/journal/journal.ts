/**
 * What keeps the journals of runs. A journal is a list of records, byte strings whose meaning `record.ts` knows, in segments: each begins
 * with records from which the run can be rebuilt, so that those before it may be dropped.
 */

/** Keeps the journals of a gateway: on disk, in memory, or in a store shared by many. */
export interface Journals {
  /** Begins the journal of a run, which is kept from its first commit on. @throws JoywireError `journal_exists`, `journal_failed` */
  create(run: string): Promise<JournalLog>;
  /**
   * Opens the journal of a run to go on with it. A broken or half-written end is cut at the last whole record, and told in `cut`.
   * @throws JoywireError `journal_unknown`, `journal_failed`
   */
  reopen(run: string): Promise<{ readonly log: JournalLog; readonly cut: Cut | undefined }>;
  /** Every run that is kept, oldest first. */
  list(): Promise<readonly RunListing[]>;
  /**
   * The records of a run in order, from the first kept segment on or from the segment named. Ends before the first record that is broken, which
   * is told to `onCut`; changes nothing, and may be called while the run goes on.
   * @throws JoywireError `journal_unknown`
   */
  read(run: string, options?: ReadOptions): AsyncIterable<StoredRecord>;
  /** Drops what `retention` does not keep: runs that ended, oldest first, then leading segments of the others, never their last two. */
  prune(retention: Retention): Promise<readonly Dropped[]>;
  /** Drops a run. @throws JoywireError `journal_unknown`, or `journal_failed` while it is being written to */
  remove(run: string): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

/** The journal of one run, to be appended to by one writer. */
export interface JournalLog {
  /** Bytes of the segment so far, with what is not committed. */
  readonly segmentBytes: number;
  /** Adds a record; it is kept once a later `commit` is done. */
  append(record: Uint8Array): void;
  /**
   * Puts everything appended on record. Undefined when that has been done on the spot. Rejects with JoywireError `journal_failed` when it cannot be
   * kept: nothing of it counts then, and the next `commit` tries all of it again.
   */
  commit(): Promise<void> | undefined;
  /** What is appended from now on is a new segment. */
  roll(): void;
  /** Commits and lets go of the run. */
  close(): Promise<void>;
}

/** When what is committed is safe: from the death of the process, or from the loss of power too. */
export type Durability = 'process' | 'power';
export const DURABILITIES = ['process', 'power'] as const;

export interface StoredRecord {
  readonly segment: number;
  readonly bytes: Uint8Array;
}

export interface ReadOptions {
  readonly fromSegment?: number;
  readonly onCut?: (cut: Cut) => void;
}

/** Where a segment stopped making sense. */
export interface Cut {
  readonly segment: number;
  /** Whole records end here. */
  readonly atByte: number;
  /** Bytes after it, which are given up. */
  readonly bytes: number;
  readonly why: string;
}

export interface RunListing {
  readonly run: string;
  /** Numbers of the first and the last kept segment. */
  readonly firstSegment: number;
  readonly lastSegment: number;
  readonly bytes: number;
  /** When it was last written to, in ms since 1970. */
  readonly changedAtMs: number;
}

export interface Retention {
  /** Bytes of all journals together. */
  readonly maxBytes: number;
  /** Age since the last change from which on a run that ended is dropped, in ms. */
  readonly maxAgeMs: number;
  /** Now, in ms since 1970. */
  readonly nowMs: number;
  /** Runs that have not ended: they are never dropped whole. */
  readonly live: ReadonlySet<string>;
}

export interface Dropped {
  readonly run: string;
  /** The segments that went; undefined when the whole run did. */
  readonly throughSegment: number | undefined;
  readonly bytes: number;
}
