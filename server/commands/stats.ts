/** `joywire stats`: follows the stats channel of a running gateway in the terminal. */
import type { Client, Stats } from '../../client/index.ts';
import { type CommandLine, type Flag, readCommandLine } from '../config-flags.ts';
import { type Command, type CommandIo, complain, EXIT } from './command.ts';
import { ADDRESS_FLAGS, ADDRESS_HELP, gatewayAddress } from './gateway-address.ts';
import { painter } from './paint.ts';
import { statsLine, statsTable } from './stats-table.ts';
import { withClient } from './with-client.ts';

const FLAGS: readonly Flag[] = [
  ...ADDRESS_FLAGS,
  { name: 'session', kind: 'value' },
  { name: 'interval', kind: 'value' },
  { name: 'once', kind: 'switch' },
  { name: 'json', kind: 'switch' },
];

const MIN_INTERVAL_MS = 100;
const MAX_INTERVAL_MS = 3_600_000;

const HELP = `usage: joywire stats [flags]

Follows the figures of a running gateway until Ctrl-C: a table that refreshes itself on a terminal, else one line
each time.

${ADDRESS_HELP}
  --session <id>
      One session's figures instead of the whole gateway's.
  --interval <ms>
      Time between two readings, at least ${MIN_INTERVAL_MS}. default: 1000
  --once
      One reading, then exits.
  --json
      Each reading as one line of JSON, with everything the gateway says.
  -h, --help, -v, --version
`;

export const stats: Command = {
  summary: 'follows the figures of a running gateway',
  help: HELP,
  run: async (args, io) => {
    const line = readCommandLine(args, FLAGS);
    const request = readRequest(line);
    if (request.ok) return follow(request, line, io);
    complain(io, request.problems);
    return EXIT.usage;
  },
};

type Request =
  | {
      readonly ok: true;
      readonly session: string | undefined;
      readonly intervalMs: number;
      readonly once: boolean;
      readonly json: boolean;
    }
  | { readonly ok: false; readonly problems: readonly string[] };

function readRequest({ flags, positionals, problems: wrong }: CommandLine): Request {
  const problems = [...wrong, ...positionals.map((text) => `${text}: unexpected; stats takes flags only`)];
  const interval = flags.get('interval')?.at(-1) ?? '1000';
  const intervalMs = /^\d+$/.test(interval) ? Number(interval) : Number.NaN;
  if (!(intervalMs >= MIN_INTERVAL_MS && intervalMs <= MAX_INTERVAL_MS)) {
    const allowed = `a whole number from ${MIN_INTERVAL_MS} to ${MAX_INTERVAL_MS}`;
    problems.push(`--interval: got ${JSON.stringify(interval)}; allowed: ${allowed}`);
  }
  if (problems.length > 0) return { ok: false, problems };
  const isOn = (name: string) => flags.get(name)?.at(-1) === 'true';
  return {
    ok: true,
    session: flags.get('session')?.at(-1),
    intervalMs,
    once: isOn('once'),
    json: isOn('json'),
  };
}

async function follow(request: Request & { ok: true }, line: CommandLine, io: CommandIo): Promise<number> {
  const { url, options } = gatewayAddress(line, io.env);
  const code = await withClient(url, { ...options, role: 'watch', reconnect: false }, io, async (client) => {
    await print(client, request, io);
    return EXIT.ok;
  });
  // Ctrl-C is how one leaves.
  return code === EXIT.SIGINT ? EXIT.ok : code;
}

async function print(client: Client, request: Request & { ok: true }, io: CommandIo): Promise<void> {
  const { session, intervalMs, once } = request;
  const write = writer(request, io);
  for await (const { payload } of client.stats({ intervalMs, ...(session !== undefined && { session }) })) {
    write(payload);
    if (once) return;
  }
}

function writer({ json, once }: Request & { ok: true }, io: CommandIo): (payload: Stats) => void {
  const { stdout } = io;
  if (json) return (payload) => stdout.write(`${JSON.stringify(payload)}\n`);
  const paint = painter(stdout, io.env);
  if (once) return (payload) => stdout.write(statsTable(payload, paint));
  if (stdout.isTTY !== true) return (payload) => stdout.write(statsLine(payload));
  let rows = 0;
  return (payload) => {
    const table = statsTable(payload, paint);
    // Up to the first row of the table before, and clear from there on.
    stdout.write(`${rows === 0 ? '' : `\u001b[${rows}A\u001b[0J`}${table}`);
    rows = table.split('\n').length - 1;
  };
}
