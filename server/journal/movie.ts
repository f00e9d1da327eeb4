/**
 * A run as a movie of BizHawk (bk2): a zip with the buttons of every frame. Input-equivalent: another core may drift from ours, and our journal is the
 * exact record.
 */
import { Zip, ZipDeflate } from 'fflate';
import { BUTTONS } from '../../shared/buttons.ts';
import { JoywireError } from '../../shared/errors.ts';
import { packageVersion } from '../package.ts';
import { type ButtonSpan, ButtonTimeline, noMovie } from './button-timeline.ts';
import type { HeaderRecord } from './record.ts';
import type { PlacedRecord } from './run-records.ts';

export interface MovieOptions {
  /** SHA-1 of the ROM, as hex; the journal knows its SHA-256 only. */
  readonly romSha1: string | undefined;
  /** Takes the file piece by piece. */
  readonly write: (piece: Uint8Array) => void;
}

/** Order and letters of an input log's columns. */
const COLUMNS = [
  [BUTTONS.UP, 'U'],
  [BUTTONS.DOWN, 'D'],
  [BUTTONS.LEFT, 'L'],
  [BUTTONS.RIGHT, 'R'],
  [BUTTONS.START, 'S'],
  [BUTTONS.SELECT, 's'],
  [BUTTONS.B, 'B'],
  [BUTTONS.A, 'A'],
] as const;
const LOG_HEAD = '[Input]\nLogKey:#Up|Down|Left|Right|Start|Select|B|A|Power|\n';
const LOG_END = '[/Input]\n';

/** Frames whose lines are made at once: a run may wait for days. */
const CHUNK_FRAMES = 4096;
/** A zip knows no time before 1980 and none after 2099. */
const EARLIEST_MS = Date.UTC(1980, 0, 2);
const LATEST_MS = Date.UTC(2099, 0, 1);

/** `ConsoleMode` of Gambatte's settings: a Game Boy, a Game Boy Color. */
const CONSOLE_MODES = { dmg: 1, cgb: 2 } as const;

/**
 * Writes the movie of a run; resolves with its frames.
 * @throws JoywireError `no_movie` for a run that buttons from power-on do not make, `journal_corrupt`
 */
export async function writeMovie(
  records: AsyncIterable<Pick<PlacedRecord, 'segment' | 'record'>>,
  { romSha1, write }: MovieOptions,
): Promise<number> {
  let movie: MovieFile | undefined;
  const timeline = new ButtonTimeline((span) => movie?.span(span));
  for await (const { segment, record } of records) {
    if (movie === undefined) {
      if (segment !== 1) throw noMovie('its first segments are not kept any more');
      if (record.kind !== 'header') throw new JoywireError('journal_corrupt', 'the journal has no header');
      movie = new MovieFile(record, write);
    }
    timeline.add(record);
  }
  if (movie === undefined) throw new JoywireError('journal_corrupt', 'the journal has no records');
  movie.end(romSha1);
  return timeline.frames;
}

class MovieFile {
  readonly #header: HeaderRecord;
  readonly #zip: Zip;
  readonly #log: ZipDeflate;

  constructor(header: HeaderRecord, write: (piece: Uint8Array) => void) {
    this.#header = header;
    this.#zip = new Zip((error, piece) => {
      if (error !== null) throw error;
      write(piece);
    });
    this.#log = this.#begin('Input Log.txt');
    this.#log.push(Buffer.from(LOG_HEAD));
  }

  span({ buttons, frames, power }: ButtonSpan): void {
    const first = power ? 1 : 0;
    if (power) this.#log.push(Buffer.from(line(buttons, true)));
    const plain = line(buttons, false);
    for (let left = frames - first; left > 0; left -= CHUNK_FRAMES) {
      this.#log.push(Buffer.from(plain.repeat(Math.min(left, CHUNK_FRAMES))));
    }
  }

  end(romSha1: string | undefined): void {
    this.#log.push(Buffer.from(LOG_END), true);
    this.#add('Header.txt', headerText(this.#header, romSha1));
    this.#add('SyncSettings.json', syncSettings(this.#header));
    this.#add('Comments.txt', comments(this.#header));
    this.#add('Subtitles.txt', '');
    this.#zip.end();
  }

  #add(name: string, text: string): void {
    this.#begin(name).push(Buffer.from(text), true);
  }

  #begin(name: string): ZipDeflate {
    const file = new ZipDeflate(name, { level: 6 });
    file.mtime = Math.min(Math.max(this.#header.startedAtMs, EARLIEST_MS), LATEST_MS);
    this.#zip.add(file);
    return file;
  }
}

function line(buttons: number, power: boolean): string {
  const columns = COLUMNS.map(([bit, letter]) => ((buttons & bit) === 0 ? '.' : letter));
  return `|${columns.join('')}${power ? 'P' : '.'}|\n`;
}

function headerText({ rom, core }: HeaderRecord, romSha1: string | undefined): string {
  const lines = [
    'MovieVersion BizHawk v2.0.0',
    'Author Joywire',
    `emuVersion Joywire ${packageVersion}`,
    'Platform GB',
    `GameName ${oneLine(rom.name)}`,
    ...(romSha1 === undefined ? [] : [`SHA1 ${romSha1.toUpperCase()}`]),
    'Core Gambatte',
    'rerecordCount 0',
    ...(core?.mode === 'cgb' ? ['IsCGBMode 1'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function syncSettings({ core }: HeaderRecord): string {
  const settings = {
    $type: 'BizHawk.Emulation.Cores.Nintendo.Gameboy.Gameboy+GambatteSyncSettings, BizHawk.Emulation.Cores',
    ConsoleMode: CONSOLE_MODES[core?.mode ?? 'dmg'],
    // Ours are always 70224 clocks long.
    EqualLengthFrames: true,
    RealTimeRTC: false,
  };
  return `${JSON.stringify({ o: settings })}\n`;
}

function comments({ run, label, rom, core, startedAtMs }: HeaderRecord): string {
  const lines = [
    `Joywire run ${run}${label === undefined ? '' : ` (${oneLine(label)})`}, ${new Date(startedAtMs).toISOString()}`,
    `ROM SHA-256 ${rom.hash}`,
    `Played on ${core?.name} ${core?.version}. These are its inputs, frame by frame from where the boot ROM ends.`,
    'A player that begins with the boot ROM, or another core, may make something else of them: the journal is the exact record.',
  ];
  return `${lines.join('\n')}\n`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}
