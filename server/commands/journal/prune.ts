/** `joywire journal prune` */
import type { CommandLine, Flag } from '../../config-flags.ts';
import type { RunFolders } from '../../journal/run-folders.ts';
import { summarize } from '../../journal/run-summary.ts';
import { type CommandIo, complain, EXIT } from '../command.ts';
import { withData } from './data.ts';
import { byteText } from './text.ts';

const FLAGS: readonly Flag[] = [
  { name: 'max-bytes', kind: 'value' },
  { name: 'max-days', kind: 'value' },
];
const DAY_MS = 24 * 60 * 60 * 1000;

export function prune(args: readonly string[], io: CommandIo): Promise<number> {
  return withData(args, { flags: FLAGS, wanted: [] }, io, async ({ folders, line }) => {
    const maxBytes = wholeNumber(line, 'max-bytes');
    const maxDays = wholeNumber(line, 'max-days');
    const problems = [maxBytes, maxDays].filter((value) => typeof value === 'string');
    if (maxBytes === undefined && maxDays === undefined)
      problems.push('prune: give --max-bytes, --max-days or both');
    if (problems.length > 0 || typeof maxBytes === 'string' || typeof maxDays === 'string') {
      complain(io, problems);
      return EXIT.usage;
    }
    const dropped = await folders.prune({
      maxBytes: maxBytes ?? Number.POSITIVE_INFINITY,
      maxAgeMs: (maxDays ?? Number.POSITIVE_INFINITY) * DAY_MS,
      nowMs: Date.now(),
      live: await liveRuns(folders),
    });
    for (const { run, throughSegment, bytes } of dropped) {
      const what = throughSegment === undefined ? run : `${run} up to segment ${throughSegment}`;
      io.stdout.write(`dropped ${what}, ${byteText(bytes)}\n`);
    }
    return EXIT.ok;
  });
}

/** A number, undefined where the flag is not given, or what is wrong with it. */
function wholeNumber({ flags }: CommandLine, name: string): number | string | undefined {
  const text = flags.get(name)?.at(-1);
  if (text === undefined) return undefined;
  const isWhole = /^\d{1,15}$/.test(text);
  return isWhole ? Number(text) : `--${name}: got ${JSON.stringify(text)}; allowed: a whole number`;
}

async function liveRuns(folders: RunFolders): Promise<ReadonlySet<string>> {
  const live = new Set<string>();
  for (const listing of await folders.list()) {
    if ((await summarize(folders, listing)).live) live.add(listing.run);
  }
  return live;
}
