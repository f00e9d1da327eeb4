/** `joywire journal …`: looks into the journals of runs, exports them, and drops what is not wanted any more. */
import { suggestion } from '../config-nearest.ts';
import { JoywireError } from '../../shared/errors.ts';
import { type Command, type CommandIo, complain, EXIT, errorText } from './command.ts';
import { exportRun } from './journal/export.ts';
import { list } from './journal/list.ts';
import { prune } from './journal/prune.ts';
import { remove } from './journal/remove.ts';
import { show } from './journal/show.ts';

/** Reads its arguments, which come after its name, and resolves with the exit code. */
type Subcommand = (args: readonly string[], io: CommandIo) => Promise<number>;

const SUBCOMMANDS: ReadonlyMap<string, Subcommand> = new Map([
  ['ls', list],
  ['show', show],
  ['export', exportRun],
  ['rm', remove],
  ['prune', prune],
]);

const HELP = `usage: joywire journal ls [--json]
       joywire journal show <run>
       joywire journal export <run> [--jsonl | --bk2 <file> [--rom <path>]]
       joywire journal rm <run> [--force]
       joywire journal prune [--max-bytes <n>] [--max-days <n>]

Looks into the journals that gateways keep of their runs, also while one is running. A run is named by its id, or by as much of
its beginning as no other has.

  ls        every run: id, label, ROM, when it started, frames, entries, size, and whether a session may still play on; newest last
  show      every record of a run, one a line
  export    a run for a notebook (JSON lines on stdout), or as a movie of its inputs from power-on
  rm        drops a run that ended
  prune     drops runs that ended, the oldest first, and leading segments of others, until the rest is within the bounds

  --data <path>
      The data directory. environment: JOYWIRE_DATA; default: data
  --json
      ls: one JSON object a line instead of the table.
  --jsonl
      export: JSON lines, which is what it does without a flag.
  --bk2 <file>
      export: a movie for BizHawk. Its inputs are those of the run, frame by frame; another core may drift from them.
  --rom <path>
      export --bk2: the ROM, so that the movie can name it by its SHA-1.
  --force
      rm: drops a run, too, whose session could be resumed by a gateway that is started on this directory. Not while one is running.
  --max-bytes <n>, --max-days <n>
      prune: the most bytes of all runs together, and the most days since a run that ended was written to.
  -h, --help, -v, --version
`;

export const journal: Command = {
  summary: 'looks into the journals of runs, and exports them',
  help: HELP,
  run: async ([name, ...args], io) => {
    const subcommand = SUBCOMMANDS.get(name ?? '');
    if (subcommand === undefined) {
      complain(io, [unknown(name)]);
      return EXIT.usage;
    }
    try {
      return await subcommand(args, io);
    } catch (error) {
      complain(io, [errorText(error)]);
      return error instanceof JoywireError && error.code === 'journal_unknown' ? EXIT.usage : EXIT.failed;
    }
  },
};

function unknown(name: string | undefined): string {
  const names = [...SUBCOMMANDS.keys()];
  const allowed = `allowed: ${names.join(', ')}`;
  if (name === undefined) return `journal: what is it to do? ${allowed}`;
  return `journal ${name}: unknown${suggestion(name, names)}; ${allowed}`;
}
