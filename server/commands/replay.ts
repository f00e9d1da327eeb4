/** `joywire replay`: runs a journal again and says whether the game comes out the same. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { JoywireError } from '../../shared/errors.ts';
import { systemClock } from '../clock.ts';
import { openEmbedded } from '../emulator/drivers/embedded/driver.ts';
import type { OpenDriver } from '../emulator/drivers/driver.ts';
import { openNoop } from '../emulator/drivers/noop.ts';
import type { Cut } from '../journal/journal.ts';
import type { HeaderRecord, JournalRecord } from '../journal/record.ts';
import { replayRun } from '../journal/replay.ts';
import { runRecords } from '../journal/run-records.ts';
import { packageRoot } from '../package.ts';
import { type Command, type CommandIo, complain, EXIT, errorText } from './command.ts';
import { findRun, type JournalData, withData } from './journal/data.ts';

const HELP = `usage: joywire replay <run> [--rom <path>] [--data <path>]

Runs the journal of a run again, on a game of its own, and compares RAM and picture with every snapshot on record. Exits with 0 if all are the
same, with 1 if not; the first interval that differs is named. Works while a gateway is running. A run is named by its id, which is that of
its session, or by as much of its beginning as no other has.

  --rom <path>
      The ROM, if it is none that ships with Joywire.
  --data <path>
      The data directory. environment: JOYWIRE_DATA; default: data
  -h, --help, -v, --version
`;

export const replay: Command = {
  summary: 'runs a journal again and says whether the game comes out the same',
  help: HELP,
  run: async (args, io) => {
    try {
      return await withData(args, { flags: [{ name: 'rom', kind: 'value' }], wanted: ['run'] }, io, (data) =>
        replayOf(data, io),
      );
    } catch (error) {
      complain(io, [errorText(error)]);
      return error instanceof JoywireError && error.code === 'journal_unknown' ? EXIT.usage : EXIT.failed;
    }
  },
};

async function replayOf(data: JournalData, io: CommandIo): Promise<number> {
  const { run } = await findRun(data, data.line.positionals[0] ?? '');
  const header = await headerOf(data, run);
  const open = opener(header, data.line.flags.get('rom')?.at(-1), io.cwd);
  const cuts: Cut[] = [];
  let compared = 0;
  let last = '';
  for await (const interval of replayRun(records(data, run, cuts), open)) {
    const { fromFrame, toFrame, recorded, replayed } = interval;
    if (recorded !== undefined && recorded !== replayed) {
      io.stdout.write(`differs first between frame ${fromFrame} and frame ${toFrame}\n`);
      io.stdout.write(`  on record  ${recorded}\n  replayed   ${replayed}\n`);
      return EXIT.failed;
    }
    if (recorded !== undefined) compared += 1;
    last = `${replayed} at frame ${toFrame}${recorded === undefined ? ', behind the last snapshot' : ''}`;
    io.stdout.write(`${String(toFrame).padStart(9)}  ${replayed}  ${recorded === undefined ? '' : 'same'}\n`);
  }
  for (const { segment, atByte, why } of cuts) complain(io, [`segment ${segment}, byte ${atByte}: ${why}`]);
  io.stdout.write(`same at all ${compared} snapshots; it ends with ${last || 'the first'}\n`);
  return cuts.length === 0 ? EXIT.ok : EXIT.failed;
}

async function* records(data: JournalData, run: string, cuts: Cut[]): AsyncGenerator<JournalRecord, void> {
  for await (const { record } of runRecords(data.folders, run, { onCut: (cut) => cuts.push(cut) })) {
    yield record;
  }
}

async function headerOf(data: JournalData, run: string): Promise<HeaderRecord> {
  for await (const record of records(data, run, [])) if (record.kind === 'header') return record;
  throw new JoywireError('journal_corrupt', `run ${run} has no header`);
}

/** How a game of the run's kind is opened, with its ROM. @throws JoywireError `invalid_rom` when that is not at hand */
function opener({ rom, core }: HeaderRecord, path: string | undefined, cwd: string): OpenDriver {
  if (core?.name === 'noop') return openNoop();
  const bytes = path === undefined ? shipped(rom.hash) : readFileSync(resolve(cwd, path));
  if (bytes === undefined || hashOf(bytes) !== rom.hash) {
    const what = path === undefined ? `give it with --rom` : `${basename(path)} is another one`;
    throw new JoywireError('invalid_rom', `the run needs the ROM ${rom.name} (SHA-256 ${rom.hash}): ${what}`);
  }
  return openEmbedded({ rom: { name: rom.name, bytes }, clock: systemClock, sound: core?.sound ?? false });
}

function shipped(hash: string): Uint8Array | undefined {
  const folder = join(packageRoot, 'roms');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.gb'))
    .map((file) => readFileSync(join(folder, file)))
    .find((bytes) => hashOf(bytes) === hash);
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
