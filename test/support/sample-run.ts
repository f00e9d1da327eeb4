/** The journal of a run as a gateway writes it, made by hand. */
import type { JournalLog } from '../../server/journal/journal.ts';
import type {
  Asked,
  EntriesRecord,
  HeaderRecord,
  JournalRecord,
  SessionRecord,
} from '../../server/journal/record.ts';
import { encodeRecord } from '../../server/journal/record-codec.ts';
import type { Outcome } from '../../shared/protocol.ts';

export const ROM_HASH = 'a'.repeat(64);

export const header: HeaderRecord = {
  kind: 'header',
  format: 1,
  run: 'run-0001',
  label: 'first try',
  startedAtMs: Date.UTC(2026, 0, 31, 12),
  emulator: { id: 'embedded-1', kind: 'embedded' },
  rom: { name: 'overworld.gb', hash: ROM_HASH },
  core: { name: 'boytacean', version: '0.13.2', hash: 'b'.repeat(64), mode: 'dmg', sound: false },
};

export function session(index = 0, settledThrough = 0): SessionRecord {
  return {
    kind: 'session',
    index,
    session: `session-${index}`,
    secretHash: 'c'.repeat(64),
    label: undefined,
    owner: 'local',
    role: 'admin',
    settings: {
      batching: { strategy: 'threshold', maxWaitMs: 3, maxBatchSize: 8, highFrequencyThreshold: 5 },
      observe: undefined,
      approximate: false,
      onFailure: 'stop',
      credit: 1024,
      resumeMs: 60_000,
      paceBefore: undefined,
    },
    settledThrough,
  };
}

export function press(buttons: number, hold: number, gap: number): Asked {
  return { kind: 'press', buttons, hold, gap };
}

export function keys(buttons: number): Asked {
  return { kind: 'keys', buttons };
}

export function executed(firstFrame: number, frames: number): Outcome {
  return { status: 'executed', firstFrame, frames, certainty: 'exact', detail: undefined };
}

/** What a guard kept from running after it waited until a frame. */
export function stoppedAt(frame: number, waited = 2): Outcome {
  const detail = { code: 'guard', message: 'no', guard: { index: 0, frame, value: 1 }, waited } as const;
  return { status: 'rejected', firstFrame: null, frames: 0, certainty: 'none', detail };
}

/** Entries that ran one after another from a frame on. */
export function entries(
  firstSeq: number,
  firstFrame: number,
  asked: readonly Asked[],
  index = 0,
): EntriesRecord {
  let frame = firstFrame;
  const outcomes = asked.map((each) => {
    const frames = each.kind === 'press' ? each.hold + each.gap : each.kind === 'keys' ? 1 : 0;
    const outcome = executed(frame, frames);
    frame += frames;
    return { asked: each, outcome };
  });
  return {
    kind: 'entries',
    session: index,
    firstSeq,
    atMs: header.startedAtMs + 1000,
    batch: { id: firstSeq, size: asked.length, reason: 'size', queuedUs: 10, driverUs: 20 },
    entries: outcomes,
  };
}

export function ended(index = 0): JournalRecord {
  return { kind: 'ended', session: index, atMs: header.startedAtMs + 5000, why: 'bye' };
}

/** Appends and commits. */
export async function record(log: JournalLog, records: readonly JournalRecord[]): Promise<void> {
  for (const each of records) log.append(encodeRecord(each));
  await log.commit();
}
