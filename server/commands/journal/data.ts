/** Which data directory the `journal` commands look into, and which run there. */
import { resolve } from 'node:path';
import { JoywireError } from '../../../shared/errors.ts';
import { argumentProblems, type CommandLine, type Flag, readCommandLine } from '../../config-flags.ts';
import type { RunListing } from '../../journal/journal.ts';
import { RunFolders } from '../../journal/run-folders.ts';
import { type CommandIo, complain, EXIT } from '../command.ts';

const DATA_FLAG: Flag = { name: 'data', kind: 'value' };

/** Fewest characters that name a run whose id begins with them. */
const SHORTEST_PREFIX = 4;

export interface JournalData {
  /** Absolute. */
  readonly path: string;
  readonly folders: RunFolders;
  readonly line: CommandLine;
}

/**
 * Reads a command line with these flags, `--data`, and exactly so many arguments, and lets `work` do the rest; complains of
 * everything that is wrong with it instead.
 */
export async function withData(
  args: readonly string[],
  { flags, wanted }: { readonly flags: readonly Flag[]; readonly wanted: readonly string[] },
  io: CommandIo,
  work: (data: JournalData) => Promise<number>,
): Promise<number> {
  const line = readCommandLine(args, [DATA_FLAG, ...flags]);
  const problems = [...line.problems, ...argumentProblems(line.positionals, wanted)];
  if (problems.length > 0) {
    complain(io, problems);
    return EXIT.usage;
  }
  const path = resolve(io.cwd, line.flags.get('data')?.at(-1) ?? (io.env['JOYWIRE_DATA'] || 'data'));
  return work({ path, folders: new RunFolders(path), line });
}

/** The run that is named by its id or by an unmistakable beginning of it. @throws JoywireError `journal_unknown` */
export async function findRun({ path, folders }: JournalData, name: string): Promise<RunListing> {
  const runs = await folders.list();
  const exact = runs.find(({ run }) => run === name);
  if (exact !== undefined) return exact;
  const similar = name.length < SHORTEST_PREFIX ? [] : runs.filter(({ run }) => run.startsWith(name));
  const [only, ...others] = similar;
  if (only === undefined) {
    throw new JoywireError('journal_unknown', `there is no run ${JSON.stringify(name)} in ${path}`);
  }
  if (others.length === 0) return only;
  const ids = similar.map(({ run }) => run).join(', ');
  throw new JoywireError('journal_unknown', `several runs begin with ${JSON.stringify(name)}: ${ids}`);
}
