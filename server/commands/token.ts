/** `joywire token …`: makes tokens, lists them, takes them back. Only their hashes are kept. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { JoywireError } from '../../shared/errors.ts';
import { ROLES, type TokenLimits, tokenLimits } from '../access/identity.ts';
import { hashToken, newToken, readTokenFile, type TokenEntry, writeTokenFile } from '../access/token-file.ts';
import { type CommandLine, readCommandLine } from '../config-flags.ts';
import { suggestion } from '../config-nearest.ts';
import { type Command, type CommandIo, complain, EXIT, errorText } from './command.ts';

const HELP = `usage: joywire token new <name> [--role play|watch|admin] [--expires <time>] [--max-sessions <n>] [--max-connections <n>]
                           [--messages-per-second <n>] [--inputs-per-second <n>]
       joywire token ls
       joywire token rm <name>

Keeps the file of tokens that a gateway reads (tokensFile). A running gateway sees a change within a second.

  new       makes a token, prints it this once, and adds its hash to the file, which is made if need be
  ls        every token: name, role, until when it counts
  rm        takes a token back

  --file <path>
      The file. environment: JOYWIRE_TOKENS_FILE; default: tokens.json
  --role <role>
      play (the default), watch (looks only), or admin (also lists, kicks and releases sessions).
  --expires <time>
      How long it counts: 12h, 30d; or until when: 2030-01-31T00:00:00Z. default: for ever
  --max-sessions <n>, --max-connections <n>, --max-rollouts <n>
      How many of them it may have at once.
  --messages-per-second <n>, --inputs-per-second <n>
      How fast each of its connections may go, where that is slower than the gateway allows.
  -h, --help, -v, --version
`;

/** Flags for limits, and what they limit. */
const LIMITS = {
  'max-sessions': 'sessions',
  'max-connections': 'connections',
  'max-rollouts': 'rollouts',
  'messages-per-second': 'messagesPerSecond',
  'inputs-per-second': 'inputsPerSecond',
} as const;

const FLAGS = ['file', 'role', 'expires', ...Object.keys(LIMITS)].map(
  (name) => ({ name, kind: 'value' }) as const,
);

type Subcommand = (line: CommandLine, path: string, io: CommandIo) => number;

const SUBCOMMANDS: ReadonlyMap<string, { readonly run: Subcommand; readonly wanted: number }> = new Map([
  ['new', { run: create, wanted: 1 }],
  ['ls', { run: list, wanted: 0 }],
  ['rm', { run: remove, wanted: 1 }],
]);

export const token: Command = {
  summary: 'makes tokens, lists them, takes them back',
  help: HELP,
  run: async ([name = '', ...args], io) => {
    const names = [...SUBCOMMANDS.keys()];
    const subcommand = SUBCOMMANDS.get(name);
    if (subcommand === undefined) {
      return usage(io, [`token ${name}: unknown${suggestion(name, names)}; allowed: ${names.join(', ')}`]);
    }
    const line = readCommandLine(args, FLAGS);
    const { positionals, problems } = line;
    if (problems.length > 0) return usage(io, problems);
    if (positionals.length !== subcommand.wanted) {
      return usage(io, [`token ${name}: give ${subcommand.wanted === 0 ? 'no name' : 'one name'}`]);
    }
    const file = line.flags.get('file')?.at(-1) ?? (io.env['JOYWIRE_TOKENS_FILE'] || 'tokens.json');
    try {
      return subcommand.run(line, resolve(io.cwd, file), io);
    } catch (error) {
      complain(io, [errorText(error)]);
      return error instanceof JoywireError && error.code === 'invalid_argument' ? EXIT.usage : EXIT.failed;
    }
  },
};

function create({ flags, positionals }: CommandLine, path: string, io: CommandIo): number {
  const entries = existsSync(path) ? readTokenFile(path) : [];
  const [name = ''] = positionals;
  if (entries.some((entry) => entry.name === name)) {
    throw invalid(`${name}: there is a token of that name; take it back first: joywire token rm ${name}`);
  }
  const flag = (key: string) => flags.get(key)?.at(-1);
  const wanted = flag('role') ?? 'play';
  const role = ROLES.find((known) => known === wanted);
  if (role === undefined)
    throw invalid(`--role: got ${JSON.stringify(wanted)}; allowed: ${ROLES.join(', ')}`);
  const expires = expiry(flag('expires'));
  const limits = limitsOf(flag);
  const made = newToken();
  const entry: TokenEntry = {
    name,
    role,
    sha256: hashToken(made).toString('hex'),
    ...(expires !== undefined && { expires }),
    ...(limits !== undefined && { limits }),
  };
  writeTokenFile(path, [...entries, entry]);
  io.stdout.write(`${made}\n`);
  io.stderr.write(`joywire: ${name} may ${role}; only its hash is kept, in ${path}\n`);
  return EXIT.ok;
}

function list(_line: CommandLine, path: string, io: CommandIo): number {
  for (const { name, role, expires, limits } of readTokenFile(path)) {
    const until = expires === undefined ? 'for ever' : `until ${expires}`;
    const bounds = Object.entries(limits ?? {}).map(([what, most]) => `, ${most} ${what}`);
    io.stdout.write(`${name}  ${role}  ${until}${bounds.join('')}\n`);
  }
  return EXIT.ok;
}

function remove({ positionals }: CommandLine, path: string, io: CommandIo): number {
  const entries = readTokenFile(path);
  const [name = ''] = positionals;
  const left = entries.filter((entry) => entry.name !== name);
  if (left.length === entries.length) {
    const names = entries.map((entry) => entry.name);
    throw invalid(`${name}: there is no such token${suggestion(name, names)}; allowed: ${names.join(', ')}`);
  }
  writeTokenFile(path, left);
  io.stderr.write(`joywire: ${name} is taken back\n`);
  return EXIT.ok;
}

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function expiry(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  const atMs =
    amount !== undefined && isUnit(unit) ? Date.now() + Number(amount) * UNITS[unit] : Date.parse(text);
  if (Number.isFinite(atMs) && atMs < 8.64e15) return new Date(atMs).toISOString();
  throw invalid(
    `--expires: got ${JSON.stringify(text)}; allowed: 30m, 12h, 30d, or a time such as 2030-01-31T00:00:00Z`,
  );
}

function isUnit(unit: string | undefined): unit is keyof typeof UNITS {
  return unit !== undefined && unit in UNITS;
}

function limitsOf(flag: (key: string) => string | undefined): TokenLimits | undefined {
  const given = Object.entries(LIMITS).flatMap(([key, what]) => {
    const text = flag(key);
    if (text === undefined) return [];
    const { success, data } = tokenLimits.safeParse({ [what]: /^\d+$/.test(text) ? Number(text) : text });
    if (success) return [data];
    const least = key.startsWith('max-') ? 0 : 1;
    throw invalid(`--${key}: got ${JSON.stringify(text)}; allowed: a whole number from ${least} on`);
  });
  return given.length === 0 ? undefined : Object.assign({}, ...given);
}

function invalid(message: string): JoywireError {
  return new JoywireError('invalid_argument', message);
}

function usage(io: CommandIo, problems: readonly string[]): number {
  complain(io, problems);
  return EXIT.usage;
}
