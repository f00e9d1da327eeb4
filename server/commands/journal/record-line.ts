/** A record of a journal as a line for a person. */
import { formatButtons } from '../../../shared/buttons.ts';
import { assertNever } from '../../../shared/errors.ts';
import type { Outcome } from '../../../shared/protocol.ts';
import type {
  Asked,
  EntriesRecord,
  HeaderRecord,
  IntentRecord,
  JournalRecord,
  SessionRecord,
  SystemRecord,
} from '../../journal/record.ts';
import { byteText, oneLine } from './text.ts';

/** Entries of one record that are written out. */
const SHOWN_ENTRIES = 12;
const WIDEST_TEXT = 60;
/** Digits of a hash that tell it from others at a glance. */
const HASH_DIGITS = 12;

export function recordLine(record: JournalRecord): string {
  return `${record.kind.padEnd(8)}  ${content(record)}`;
}

function content(record: JournalRecord): string {
  switch (record.kind) {
    case 'header':
      return headerText(record);
    case 'session':
      return sessionText(record);
    case 'entries':
      return entriesText(record);
    case 'intent':
      return intentText(record);
    case 'system':
      return systemText(record);
    case 'mark':
      return `frame ${record.frame}`;
    case 'snapshot': {
      const { cause, frame, held, digest, state } = record;
      const keys = held === 0 ? '' : `, ${formatButtons(held)} held`;
      return `frame ${frame}, ${cause}: ${byteText(state.length)}, digest ${short(digest)}${keys}`;
    }
    case 'ended':
      return `#${record.session} ${timeText(record.atMs)}: ${oneLine(record.why, WIDEST_TEXT)}`;
    default:
      return assertNever(record);
  }
}

function headerText({ run, label, startedAtMs, emulator, rom, core }: HeaderRecord): string {
  const parts = [
    `run ${run}${labelText(label)}`,
    `started ${timeText(startedAtMs)}`,
    `on ${emulator.id} (${emulator.kind})`,
    `ROM ${oneLine(rom.name, WIDEST_TEXT)} ${short(rom.hash)}`,
    ...(core === undefined
      ? []
      : [
          `core ${core.name} ${core.version} ${short(core.hash)} ${core.mode}${core.sound ? ' with sound' : ''}`,
        ]),
  ];
  return parts.join(', ');
}

function sessionText({ index, session, label, settings, settledThrough }: SessionRecord): string {
  const before = settledThrough === 0 ? '' : `, settled through seq ${settledThrough}`;
  return `#${index} ${session}${labelText(label)}, ${settings.batching.strategy}${before}`;
}

function entriesText({ session, firstSeq, atMs, batch, entries }: EntriesRecord): string {
  const from = batch === undefined ? 'no batch' : `batch ${batch.id} of ${batch.size} (${batch.reason})`;
  const shown = entries
    .slice(0, SHOWN_ENTRIES)
    .map(({ asked, outcome }) => `${askedText(asked)} ${outcomeText(outcome)}`);
  const head = `#${session} seq ${seqs(firstSeq, entries.length)} ${timeText(atMs)} ${from}`;
  return `${head}: ${withMore(shown, entries.length)}`;
}

function intentText({ session, firstSeq, asked, batch }: IntentRecord): string {
  const shown = asked.slice(0, SHOWN_ENTRIES).map(askedText);
  return `#${session} seq ${seqs(firstSeq, asked.length)} batch ${batch.id}: ${withMore(shown, asked.length)}`;
}

function systemText(record: SystemRecord): string {
  const where = `frame ${record.frame}: ${record.what}`;
  switch (record.what) {
    case 'release':
    case 'reset':
      return where;
    case 'pace':
      return `${where} ${record.pace}${record.pace === 'realtime' ? ` times ${record.speed}` : ''}`;
    case 'rebuilt':
    case 'replaced':
      return `${where}, ${oneLine(record.cause, WIDEST_TEXT)}`;
    case 'control':
      return `${where} ${record.session === undefined ? 'nobody' : `#${record.session}`}, by ${oneLine(record.by, WIDEST_TEXT)}`;
    default:
      return assertNever(record);
  }
}

/** As in a script; `keys` for what is held from now on. */
function askedText(asked: Asked): string {
  switch (asked.kind) {
    case 'press':
      return `${asked.buttons === 0 ? 'W' : formatButtons(asked.buttons)}:${asked.hold}:${asked.gap}`;
    case 'keys':
      return `keys ${asked.buttons === 0 ? 'none' : formatButtons(asked.buttons)}`;
    case 'command': {
      const { method, ...params } = asked.command;
      const values = Object.values(params).filter((value) => value !== undefined);
      return [method, ...values].join(' ');
    }
    case 'faulty':
      return 'not understood';
    default:
      return assertNever(asked);
  }
}

/** `@120+16` for what ran exactly so, with `~` for derived frames, and with the frames waited before it in front; else what became of it. */
function outcomeText({ status, firstFrame, frames, certainty, detail }: Outcome): string {
  const sure = certainty === 'exact' ? '' : '~';
  const where = firstFrame === null || certainty === 'none' ? '' : `@${sure}${firstFrame}+${frames}`;
  const waited = detail?.waited === undefined ? '' : `waited ${detail.waited} `;
  if (status === 'executed') return where === '' ? status : waited + where;
  if (detail?.guard !== undefined)
    return `${waited}stopped by guard ${detail.guard.index} @${detail.guard.frame}`;
  return `${status}${detail?.code === undefined ? '' : ` ${detail.code}`}${where}`;
}

function withMore(shown: readonly string[], count: number): string {
  const more = count - shown.length;
  return more === 0 ? shown.join(', ') : `${shown.join(', ')}, and ${more} more`;
}

function seqs(first: number, count: number): string {
  return count === 1 ? String(first) : `${first}..${first + count - 1}`;
}

function labelText(label: string | undefined): string {
  return label === undefined ? '' : ` (${oneLine(label, WIDEST_TEXT)})`;
}

function timeText(atMs: number): string {
  return new Date(atMs).toISOString();
}

function short(hash: string): string {
  return hash === '' ? '-' : hash.slice(0, HASH_DIGITS);
}
