/** `joywire journal ls` */
import type { RunListing } from '../../journal/journal.ts';
import { type RunSummary, summarize } from '../../journal/run-summary.ts';
import { type CommandIo, complain, EXIT } from '../command.ts';
import { painter } from '../paint.ts';
import { withData } from './data.ts';
import { byteText, oneLine } from './text.ts';

interface Row {
  readonly listing: RunListing;
  readonly summary: RunSummary;
}

type State = 'live' | 'ended' | 'broken';

const HEADINGS = ['run', 'label', 'rom', 'started', 'frames', 'entries', 'size', 'state'] as const;
const NUMBERS: ReadonlySet<string> = new Set(['frames', 'entries', 'size']);
const WIDEST_TEXT = 30;

export function list(args: readonly string[], io: CommandIo): Promise<number> {
  const flags = [{ name: 'json', kind: 'switch' }] as const;
  return withData(args, { flags, wanted: [] }, io, async ({ path, folders, line }) => {
    const rows: Row[] = [];
    for (const listing of await folders.list()) {
      rows.push({ listing, summary: await summarize(folders, listing) });
    }
    const sorted = rows.toSorted((one, other) => startOf(one) - startOf(other));
    if (line.flags.get('json')?.at(-1) === 'true') {
      for (const row of sorted) io.stdout.write(`${JSON.stringify(rowJson(row))}\n`);
    } else if (sorted.length === 0) io.stderr.write(`joywire: no runs in ${path}\n`);
    else io.stdout.write(table(sorted, io));
    complain(io, faults(sorted));
    return EXIT.ok;
  });
}

function faults(rows: readonly Row[]): string[] {
  return rows.flatMap(({ listing, summary: { fault } }) =>
    fault === undefined ? [] : [`${listing.run}: ${fault}`],
  );
}

function startOf({ listing, summary }: Row): number {
  return summary.header?.startedAtMs ?? listing.changedAtMs;
}

function stateOf({ header, live }: RunSummary): State {
  if (header === undefined) return 'broken';
  return live ? 'live' : 'ended';
}

function rowJson({ listing, summary }: Row) {
  const { header, frames, entries, sessions, fault } = summary;
  return {
    run: listing.run,
    label: header?.label ?? null,
    emulator: header?.emulator.kind ?? null,
    rom: header?.rom.name ?? null,
    romHash: header?.rom.hash ?? null,
    startedAt: header === undefined ? null : new Date(header.startedAtMs).toISOString(),
    changedAt: new Date(listing.changedAtMs).toISOString(),
    frames,
    entries,
    bytes: listing.bytes,
    segments: [listing.firstSegment, listing.lastSegment],
    sessions: sessions.map(({ session }) => session),
    state: stateOf(summary),
    fault: fault ?? null,
  };
}

function table(rows: readonly Row[], io: CommandIo): string {
  const paint = painter(io.stdout, io.env);
  const cells = [HEADINGS, ...rows.map(rowCells)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return NUMBERS.has(HEADINGS[column] ?? '') ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.map((text, index) => `${index === 0 ? paint('dim', text) : text}\n`).join('');
}

function rowCells({ listing, summary }: Row): readonly string[] {
  const { header, frames, entries } = summary;
  return [
    listing.run,
    oneLine(header?.label ?? '-', WIDEST_TEXT),
    oneLine(header?.rom.name ?? '-', WIDEST_TEXT),
    header === undefined ? '-' : `${new Date(header.startedAtMs).toISOString().slice(0, 19)}Z`,
    String(frames),
    String(entries),
    byteText(listing.bytes),
    stateOf(summary),
  ];
}
