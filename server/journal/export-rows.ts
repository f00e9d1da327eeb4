/**
 * A run as rows for notebooks: one JSON object an entry, and one for everything else that happened. Every row of a type has the same keys, null where there is
 * nothing to say, so that a data frame has its columns from the first row on.
 */
import { formatButtons } from '../../shared/buttons.ts';
import { assertNever } from '../../shared/errors.ts';
import type { BatchInfo, Outcome } from '../../shared/protocol.ts';
import type { Asked, EntriesRecord, JournalRecord, SystemRecord } from './record.ts';

/** Values that JSON knows. */
export type Row = Readonly<Record<string, unknown>>;

export class ExportRows {
  #run = '';
  readonly #sessions = new Map<number, string>();

  /** The rows of the next record. What every segment repeats comes once. */
  rows(record: JournalRecord): readonly Row[] {
    switch (record.kind) {
      case 'header': {
        if (this.#run !== '') return [];
        this.#run = record.run;
        const { startedAtMs, emulator, rom, core } = record;
        const label = record.label ?? null;
        return [this.#row('run', { label, startedAtMs, emulator, rom, core: core ?? null })];
      }
      case 'session': {
        if (this.#sessions.get(record.index) === record.session) return [];
        this.#sessions.set(record.index, record.session);
        const { session, settings } = record;
        return [this.#row('session', { session, label: record.label ?? null, settings })];
      }
      case 'entries':
        return this.#entries(record);
      case 'system':
        return [
          this.#row('system', { frame: record.frame, what: record.what, ...this.#systemDetail(record) }),
        ];
      case 'mark':
        return [this.#row('mark', { frame: record.frame })];
      case 'snapshot': {
        const { frame, cause, held, digest, state } = record;
        return [
          this.#row('snapshot', { frame, cause, held: formatButtons(held), digest, bytes: state.length }),
        ];
      }
      case 'ended': {
        const { atMs, why } = record;
        return [this.#row('ended', { session: this.#session(record.session), atMs, why })];
      }
      case 'intent':
        // Its entries follow with their outcomes, `unknown` if nothing better came.
        return [];
      default:
        return assertNever(record);
    }
  }

  #entries({ session, firstSeq, atMs, batch, entries }: EntriesRecord): readonly Row[] {
    const given = batchColumns(batch);
    return entries.map(({ asked, outcome }, position) =>
      this.#row('entry', {
        session: this.#session(session),
        seq: firstSeq + position,
        atMs,
        ...askedColumns(asked),
        ...outcomeColumns(outcome),
        ...given,
      }),
    );
  }

  #systemDetail(record: SystemRecord): Row {
    const pace = record.what === 'pace' ? record.pace : null;
    const speed = record.what === 'pace' ? record.speed : null;
    const cause = record.what === 'rebuilt' || record.what === 'replaced' ? record.cause : null;
    const isControl = record.what === 'control';
    const session = isControl && record.session !== undefined ? this.#session(record.session) : null;
    return { pace, speed, cause, session, by: isControl ? record.by : null };
  }

  #row(type: string, columns: Row): Row {
    return { type, run: this.#run, ...columns };
  }

  #session(index: number): string | null {
    return this.#sessions.get(index) ?? null;
  }
}

function askedColumns(asked: Asked): Row {
  const none = { buttons: null, hold: null, gap: null, params: null };
  switch (asked.kind) {
    case 'press': {
      const { buttons, hold, gap } = asked;
      return { kind: 'press', ...none, buttons: formatButtons(buttons), hold, gap };
    }
    case 'keys':
      return { kind: 'keys', ...none, buttons: formatButtons(asked.buttons) };
    case 'command': {
      const { method, ...params } = asked.command;
      return { kind: method, ...none, params };
    }
    case 'faulty':
      return { kind: 'faulty', ...none };
    default:
      return assertNever(asked);
  }
}

function outcomeColumns({ status, firstFrame, frames, certainty, detail }: Outcome): Row {
  const { code, message, approximated, coalesced, checkpoint, observed, guard, waited } = detail ?? {};
  return {
    status,
    firstFrame,
    frames,
    certainty,
    code: code ?? null,
    message: message ?? null,
    approximated: approximated ?? null,
    coalesced: coalesced ?? null,
    checkpoint: checkpoint ?? null,
    guard: guard?.index ?? null,
    guardFrame: guard?.frame ?? null,
    guardValue: guard?.value ?? null,
    waited: waited ?? null,
    memory: observed?.memory?.map((bytes) => Buffer.from(bytes).toString('hex')) ?? null,
    hash: observed?.hash ?? null,
    screenBytes: observed?.screen?.length ?? null,
  };
}

function batchColumns(batch: BatchInfo | undefined): Row {
  const { id = null, size = null, reason = null, queuedUs = null, driverUs = null } = batch ?? {};
  return { batch: id, batchSize: size, reason, queuedUs, driverUs };
}
