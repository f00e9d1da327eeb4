/** The decoded records of a run. */
import type { Cut, Journals, ReadOptions } from './journal.ts';
import type { JournalRecord } from './record.ts';
import { decodeRecord } from './record-codec.ts';

export interface PlacedRecord {
  readonly segment: number;
  readonly record: JournalRecord;
  /** Bytes of the record as it is kept. */
  readonly bytes: number;
}

/** @throws JoywireError `journal_unknown`, `journal_corrupt` */
export async function* runRecords(
  journals: Pick<Journals, 'read'>,
  run: string,
  options: ReadOptions & { readonly onCut: (cut: Cut) => void },
): AsyncGenerator<PlacedRecord, void> {
  for await (const { segment, bytes } of journals.read(run, options)) {
    yield { segment, record: decodeRecord(bytes), bytes: bytes.length };
  }
}
