/** `joywire journal export` */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CommandLine, Flag } from '../../config-flags.ts';
import { ExportRows } from '../../journal/export-rows.ts';
import type { Cut } from '../../journal/journal.ts';
import { writeMovie } from '../../journal/movie.ts';
import { type PlacedRecord, runRecords } from '../../journal/run-records.ts';
import { type CommandIo, complain, EXIT, errorText } from '../command.ts';
import { findRun, type JournalData, withData } from './data.ts';

const FLAGS: readonly Flag[] = [
  { name: 'jsonl', kind: 'switch' },
  { name: 'bk2', kind: 'value' },
  { name: 'rom', kind: 'value' },
];

export function exportRun(args: readonly string[], io: CommandIo): Promise<number> {
  return withData(args, { flags: FLAGS, wanted: ['run'] }, io, async (data) => {
    const problem = conflict(data.line);
    if (problem !== undefined) {
      complain(io, [problem]);
      return EXIT.usage;
    }
    const { run } = await findRun(data, data.line.positionals[0] ?? '');
    const movie = data.line.flags.get('bk2')?.at(-1);
    return movie === undefined
      ? exportRows(data, run, io)
      : exportMovie(data, run, resolve(io.cwd, movie), io);
  });
}

function conflict({ flags }: CommandLine): string | undefined {
  const movie = flags.has('bk2');
  if (movie && flags.get('jsonl')?.at(-1) === 'true') return '--jsonl, --bk2: give one of them';
  return flags.has('rom') && !movie ? '--rom: it is for --bk2' : undefined;
}

async function exportRows({ folders }: JournalData, run: string, io: CommandIo): Promise<number> {
  const cuts: Cut[] = [];
  const rows = new ExportRows();
  for await (const { record } of runRecords(folders, run, { onCut: (cut) => cuts.push(cut) })) {
    for (const row of rows.rows(record)) io.stdout.write(`${JSON.stringify(row)}\n`);
  }
  return told(cuts, io);
}

async function exportMovie(data: JournalData, run: string, file: string, io: CommandIo): Promise<number> {
  const rom = await sha1Of(data, run, io.cwd);
  if (!rom.ok) {
    complain(io, [rom.problem]);
    return EXIT.usage;
  }
  const cuts: Cut[] = [];
  // A run that makes no movie, or a full disk, leaves nothing behind, and a movie that is there as it was.
  const unfinished = `${file}.unfinished`;
  const output = openSync(unfinished, 'w');
  let frames: number;
  try {
    const records = runRecords(data.folders, run, { onCut: (cut) => cuts.push(cut) });
    const write = (piece: Uint8Array) => writeAll(output, piece);
    frames = await writeMovie(records, { romSha1: rom.sha1, write });
  } catch (error) {
    rmSync(unfinished);
    throw error;
  } finally {
    closeSync(output);
  }
  renameSync(unfinished, file);
  io.stderr.write(`joywire: ${file}: ${frames} frames\n`);
  return told(cuts, io);
}

function writeAll(output: number, piece: Uint8Array): void {
  for (let at = 0; at < piece.length; ) at += writeSync(output, piece, at);
}

type Sha1 =
  | { readonly ok: true; readonly sha1: string | undefined }
  | { readonly ok: false; readonly problem: string };

/** The SHA-1 of the ROM that was given, if it is the run's. */
async function sha1Of(data: JournalData, run: string, cwd: string): Promise<Sha1> {
  const path = data.line.flags.get('rom')?.at(-1);
  if (path === undefined) return { ok: true, sha1: undefined };
  const got = `--rom: got ${JSON.stringify(path)}`;
  let rom: Uint8Array;
  try {
    rom = readFileSync(resolve(cwd, path));
  } catch (error) {
    return { ok: false, problem: `${got}; allowed: a readable file; ${errorText(error)}` };
  }
  if (hash('sha256', rom) === (await romHash(data, run))) return { ok: true, sha1: hash('sha1', rom) };
  return { ok: false, problem: `${got}; allowed: the ROM of the run; this is another one` };
}

async function romHash({ folders }: JournalData, run: string): Promise<string | undefined> {
  const records: AsyncIterable<PlacedRecord> = runRecords(folders, run, { onCut: () => undefined });
  for await (const { record } of records) return record.kind === 'header' ? record.rom.hash : undefined;
  return undefined;
}

function hash(algorithm: 'sha1' | 'sha256', bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

/** What was exported is right, and is not all there was. */
function told(cuts: readonly Cut[], io: CommandIo): number {
  complain(
    io,
    cuts.map(
      ({ segment, atByte, why }) => `exported up to segment ${segment}, byte ${atByte}: ${why} follows`,
    ),
  );
  return cuts.length === 0 ? EXIT.ok : EXIT.failed;
}
