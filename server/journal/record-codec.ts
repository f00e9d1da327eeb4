/**
 * The bytes of a journal's records: msgpack. Entries, which are many, are flat arrays of numbers; the others are maps. What is read back is
 * checked like anything that comes from outside: a file may have been changed by anybody.
 */
import { Packr } from 'msgpackr';
import { z } from 'zod';
import { ENTRY_CODES, JoywireError, type EntryCode } from '../../shared/errors.ts';
import {
  type BatchInfo,
  CERTAINTIES,
  FLUSH_REASONS,
  type Outcome,
  PACES,
  PICTURE_FORMATS,
  STATUSES,
  STRATEGIES,
} from '../../shared/protocol.ts';
import { ROLES } from '../access/identity.ts';
import { CORE_MODES } from '../emulator/drivers/driver.ts';
import {
  type Asked,
  type EntriesRecord,
  JOURNAL_FORMAT,
  type JournalRecord,
  SNAPSHOT_CAUSES,
} from './record.ts';

const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });

/** Numbers and values of one entry: buttons (or the command), hold, gap, status, first frame, frames, certainty, detail. */
const FIELDS = 8;
const ASKED_FIELDS = 3;
/** In place of `hold`. */
const KEYS = -1;
const COMMAND = -2;
const FAULTY = -3;

export function encodeRecord(record: JournalRecord): Uint8Array {
  return packr.pack(record.kind === 'entries' ? flatEntries(record) : record);
}

/** @throws JoywireError `journal_corrupt` naming what is wrong */
export function decodeRecord(bytes: Uint8Array): JournalRecord {
  const value = unpack(bytes);
  const parsed = Array.isArray(value) ? entriesSchema.safeParse(value) : recordSchema.safeParse(value);
  if (!parsed.success) throw corrupt(`no record of a journal: ${z.prettifyError(parsed.error)}`);
  const { data } = parsed;
  return 'kind' in data ? data : readEntries(data);
}

function unpack(bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes);
  } catch (error) {
    throw corrupt(`not msgpack: ${String(error)}`);
  }
}

function flatEntries({ session, firstSeq, atMs, batch, entries }: EntriesRecord): unknown[] {
  const flat: unknown[] = [];
  for (const { asked, outcome } of entries) {
    pushAsked(flat, asked);
    const { status, firstFrame, frames, certainty, detail } = outcome;
    flat.push(STATUSES.indexOf(status), firstFrame, frames, CERTAINTIES.indexOf(certainty), detail ?? null);
  }
  const { id = 0, size = 0, reason = 'single', queuedUs = 0, driverUs = 0 } = batch ?? {};
  return [session, firstSeq, atMs, [id, size, FLUSH_REASONS.indexOf(reason), queuedUs, driverUs], flat];
}

function pushAsked(flat: unknown[], asked: Asked): void {
  switch (asked.kind) {
    case 'press':
      flat.push(asked.buttons, asked.hold, asked.gap);
      return;
    case 'keys':
      flat.push(asked.buttons, KEYS, 0);
      return;
    case 'command':
      flat.push(asked.command, COMMAND, 0);
      return;
    case 'faulty':
      flat.push(null, FAULTY, 0);
  }
}

const number = z.number();
const text = z.string();
const bytes = z.instanceof(Uint8Array);

/** Absent fields are nil in msgpack. */
function maybe<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value): z.output<T> | undefined => value ?? undefined);
}

const observe = z.object({
  memory: z.array(z.tuple([number, number])).exactOptional(),
  hash: z.boolean().exactOptional(),
  screen: z.enum(PICTURE_FORMATS).exactOptional(),
});
const batching = z.object({
  strategy: z.enum(STRATEGIES),
  maxWaitMs: number,
  maxBatchSize: number,
  highFrequencyThreshold: number,
  coalesce: z.boolean().exactOptional(),
  dedupe: z.object({ frames: number, buttons: number.exactOptional() }).exactOptional(),
});
const command = z.discriminatedUnion('method', [
  z.object({ method: z.literal('save'), name: maybe(text) }),
  z.object({ method: z.literal('load'), name: text }),
  z.object({ method: z.literal('reset') }),
  z.object({ method: z.literal('pace'), pace: z.enum(PACES), speed: number }),
]);
const detail = z.object({
  code: text.refine(isEntryCode).exactOptional(),
  message: text.exactOptional(),
  observed: z
    .object({
      memory: z.array(bytes).exactOptional(),
      hash: text.exactOptional(),
      screen: bytes.exactOptional(),
    })
    .exactOptional(),
  approximated: text.exactOptional(),
  coalesced: number.exactOptional(),
  checkpoint: text.exactOptional(),
  guard: z.object({ index: number, frame: number, value: number.exactOptional() }).exactOptional(),
  waited: number.exactOptional(),
});
const batch = z.tuple([number, number, number, number, number]);

const entriesSchema = z.tuple([number, number, number, batch, z.array(z.unknown())]);

const asked: z.ZodType<Asked> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('press'), buttons: number, hold: number, gap: number }),
  z.object({ kind: z.literal('keys'), buttons: number }),
  z.object({ kind: z.literal('command'), command }),
  z.object({ kind: z.literal('faulty') }),
]);

const system = z.discriminatedUnion('what', [
  z.object({ kind: z.literal('system'), frame: number, what: z.literal('release') }),
  z.object({ kind: z.literal('system'), frame: number, what: z.literal('reset') }),
  z.object({
    kind: z.literal('system'),
    frame: number,
    what: z.literal('pace'),
    pace: z.enum(PACES),
    speed: number,
  }),
  z.object({ kind: z.literal('system'), frame: number, what: z.literal('rebuilt'), cause: text }),
  z.object({ kind: z.literal('system'), frame: number, what: z.literal('replaced'), cause: text }),
  z.object({
    kind: z.literal('system'),
    frame: number,
    what: z.literal('control'),
    session: maybe(number),
    by: text,
  }),
]);

const recordSchema: z.ZodType<Exclude<JournalRecord, EntriesRecord>> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('header'),
    format: z.literal(JOURNAL_FORMAT),
    run: text,
    label: maybe(text),
    startedAtMs: number,
    emulator: z.object({ id: text, kind: text }),
    rom: z.object({ name: text, hash: text }),
    core: maybe(
      z.object({ name: text, version: text, hash: text, mode: z.enum(CORE_MODES), sound: z.boolean() }),
    ),
  }),
  z.object({
    kind: z.literal('session'),
    index: number,
    session: text,
    secretHash: text,
    label: maybe(text),
    owner: text,
    role: z.enum(ROLES),
    settings: z.object({
      batching,
      observe: maybe(observe),
      approximate: z.boolean(),
      onFailure: z.enum(['stop', 'continue']),
      credit: number,
      resumeMs: number,
      paceBefore: maybe(z.object({ pace: z.enum(PACES), speed: number })),
    }),
    settledThrough: number,
  }),
  z.object({
    kind: z.literal('intent'),
    session: number,
    firstSeq: number,
    asked: z.array(asked),
    batch: z.object({
      id: number,
      size: number,
      reason: z.enum(FLUSH_REASONS),
      queuedUs: number,
      driverUs: number,
    }),
  }),
  system,
  z.object({ kind: z.literal('mark'), frame: number }),
  z.object({
    kind: z.literal('snapshot'),
    cause: z.enum(SNAPSHOT_CAUSES),
    frame: number,
    held: number,
    digest: text,
    state: bytes,
  }),
  z.object({ kind: z.literal('ended'), session: number, atMs: number, why: text }),
]);

function readEntries([session, firstSeq, atMs, info, flat]: z.output<typeof entriesSchema>): EntriesRecord {
  const entries: EntriesRecord['entries'][number][] = [];
  for (let at = 0; at < flat.length; at += FIELDS) {
    entries.push({ asked: readAsked(flat, at), outcome: readOutcome(flat, at + ASKED_FIELDS) });
  }
  return { kind: 'entries', session, firstSeq, atMs, batch: readBatch(info), entries };
}

/** What never was in a batch has the id 0. */
function readBatch([id, size, reason, queuedUs, driverUs]: z.output<typeof batch>): BatchInfo | undefined {
  return id === 0 ? undefined : { id, size, reason: nameOf(FLUSH_REASONS, reason), queuedUs, driverUs };
}

function readAsked(flat: readonly unknown[], at: number): Asked {
  const first = flat[at];
  const hold = flat[at + 1];
  const gap = flat[at + 2];
  if (hold === FAULTY) return { kind: 'faulty' };
  if (hold === COMMAND) return { kind: 'command', command: parse(command, first) };
  if (typeof first !== 'number' || typeof hold !== 'number' || typeof gap !== 'number') {
    throw corrupt('an entry is no press');
  }
  return hold === KEYS ? { kind: 'keys', buttons: first } : { kind: 'press', buttons: first, hold, gap };
}

function readOutcome(flat: readonly unknown[], at: number): Outcome {
  const firstFrame = flat[at + 1] ?? null;
  const frames = flat[at + 2];
  const read = flat[at + 4] ?? undefined;
  if ((firstFrame !== null && typeof firstFrame !== 'number') || typeof frames !== 'number') {
    throw corrupt('an outcome has no frames');
  }
  return {
    status: nameOf(STATUSES, flat[at]),
    firstFrame,
    frames,
    certainty: nameOf(CERTAINTIES, flat[at + 3]),
    detail: read === undefined ? undefined : parse(detail, read),
  };
}

function isEntryCode(code: string): code is EntryCode {
  return code in ENTRY_CODES;
}

function nameOf<T>(names: readonly T[], number: unknown): T {
  const name = typeof number === 'number' ? names[number] : undefined;
  if (name === undefined) throw corrupt(`${String(number)} is none of ${names.join(', ')}`);
  return name;
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw corrupt(z.prettifyError(parsed.error));
  return parsed.data;
}

function corrupt(message: string): JoywireError {
  return new JoywireError('journal_corrupt', message);
}
