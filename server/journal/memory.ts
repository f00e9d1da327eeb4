/** Journals in memory, for tests: what another process would find is what is committed. */
import { JoywireError } from '../../shared/errors.ts';
import type {
  Cut,
  Dropped,
  JournalLog,
  Journals,
  ReadOptions,
  Retention,
  RunListing,
  StoredRecord,
} from './journal.ts';
import { type KeptRun, toDrop } from './retention.ts';
import { unknownRun } from './run-folders.ts';
import { listRuns } from './run-listing.ts';
import { checkSize, RECORD_HEAD_BYTES, SEGMENT_HEAD_BYTES } from './segment.ts';

interface Segment {
  readonly segment: number;
  readonly records: Uint8Array[];
  changedAtMs: number;
}

type Keep = (segment: Segment, record: Uint8Array) => void;

export class MemoryJournals implements Journals {
  /** While it is set, every commit fails for this reason. */
  fault: string | undefined;
  readonly #runs = new Map<string, Segment[]>();
  readonly #open = new Map<string, MemoryLog>();
  readonly #wallClock: () => number;

  /** @param wallClock gives ms since 1970 */
  constructor(wallClock: () => number = Date.now) {
    this.#wallClock = wallClock;
  }

  /** What the death of the process does: nobody writes any more, and what was not committed is gone. */
  kill(): void {
    for (const log of this.#open.values()) log.abandon();
    this.#open.clear();
  }

  async create(run: string): Promise<JournalLog> {
    if (this.#open.has(run) || this.#runs.has(run)) {
      throw new JoywireError('journal_exists', `run ${run} has a journal`);
    }
    return this.#log(run, { segment: 1, records: [], changedAtMs: 0 });
  }

  async reopen(run: string): Promise<{ readonly log: JournalLog; readonly cut: Cut | undefined }> {
    this.#checkClosed(run);
    const last = this.#runs.get(run)?.at(-1);
    if (last === undefined) throw unknownRun(run);
    return { log: this.#log(run, last), cut: undefined };
  }

  async list(): Promise<readonly RunListing[]> {
    return listRuns(this.#kept());
  }

  async *read(run: string, { fromSegment = 0 }: ReadOptions = {}): AsyncGenerator<StoredRecord, void> {
    const segments = this.#runs.get(run);
    if (segments === undefined) throw unknownRun(run);
    for (const { segment, records } of segments) {
      if (segment < fromSegment) continue;
      for (const bytes of records) yield { segment, bytes: new Uint8Array(bytes) };
    }
  }

  async prune(retention: Retention): Promise<readonly Dropped[]> {
    const live = new Set([...retention.live, ...this.#open.keys()]);
    const dropped = toDrop(this.#kept(), { ...retention, live });
    for (const { run, throughSegment } of dropped) {
      if (throughSegment === undefined) this.#runs.delete(run);
      else {
        const segments = this.#runs.get(run) ?? [];
        segments.splice(0, segments.findIndex(({ segment }) => segment === throughSegment) + 1);
      }
    }
    return dropped;
  }

  async remove(run: string): Promise<void> {
    this.#checkClosed(run);
    if (!this.#runs.delete(run)) throw unknownRun(run);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((log) => log.close()));
  }

  #checkClosed(run: string): void {
    if (this.#open.has(run)) throw new JoywireError('journal_failed', `run ${run} is being written to`);
  }

  #log(run: string, last: Segment): MemoryLog {
    const keep = (segment: Segment, record: Uint8Array) => {
      segment.records.push(record);
      segment.changedAtMs = this.#wallClock();
      const segments = this.#runs.get(run) ?? [];
      this.#runs.set(run, segments);
      if (!segments.includes(segment)) segments.push(segment);
    };
    const log = new MemoryLog(last, keep, {
      fault: () => this.fault,
      onClose: () => this.#open.delete(run),
    });
    this.#open.set(run, log);
    return log;
  }

  #kept(): readonly KeptRun[] {
    return [...this.#runs].map(([run, segments]) => ({
      run,
      changedAtMs: segments.at(-1)?.changedAtMs ?? 0,
      segments: segments.map(({ segment, records, changedAtMs }) => ({
        segment,
        bytes: SEGMENT_HEAD_BYTES + bytesOf(records),
        changedAtMs,
      })),
    }));
  }
}

class MemoryLog implements JournalLog {
  readonly #keep: Keep;
  readonly #deps: { readonly fault: () => string | undefined; readonly onClose: () => void };
  #segment: Segment;
  #pending: { readonly segment: Segment; readonly record: Uint8Array }[] = [];
  #bytes: number;
  #closed = false;

  constructor(
    segment: Segment,
    keep: Keep,
    deps: { readonly fault: () => string | undefined; readonly onClose: () => void },
  ) {
    this.#segment = segment;
    this.#keep = keep;
    this.#deps = deps;
    this.#bytes = SEGMENT_HEAD_BYTES + bytesOf(segment.records);
  }

  get segmentBytes(): number {
    return this.#bytes;
  }

  append(record: Uint8Array): void {
    if (this.#closed) throw new JoywireError('journal_failed', 'the journal is closed');
    checkSize(record);
    this.#pending.push({ segment: this.#segment, record: new Uint8Array(record) });
    this.#bytes += RECORD_HEAD_BYTES + record.length;
  }

  commit(): Promise<void> | undefined {
    return this.#closed ? undefined : this.#commit();
  }

  roll(): void {
    if (this.#bytes === SEGMENT_HEAD_BYTES) return;
    this.#segment = { segment: this.#segment.segment + 1, records: [], changedAtMs: 0 };
    this.#bytes = SEGMENT_HEAD_BYTES;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#commit();
    } finally {
      this.#deps.onClose();
    }
  }

  abandon(): void {
    this.#closed = true;
  }

  #commit(): Promise<void> | undefined {
    if (this.#pending.length === 0) return undefined;
    const fault = this.#deps.fault();
    if (fault !== undefined) {
      return Promise.reject(new JoywireError('journal_failed', `the journal cannot be kept: ${fault}`));
    }
    for (const { segment, record } of this.#pending) this.#keep(segment, record);
    this.#pending = [];
    return undefined;
  }
}

function bytesOf(records: readonly Uint8Array[]): number {
  return records.reduce((sum, { length }) => sum + RECORD_HEAD_BYTES + length, 0);
}
