/** `joywire mcp`: a model plays over MCP on stdin and stdout, on a running gateway or on one of this process's own. */
import { Readable, Writable } from 'node:stream';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { connect } from '../../client/index.ts';
import { PACES } from '../../shared/protocol.ts';
import { type CommandLine, type Flag, readCommandLine } from '../config-flags.ts';
import { type GameChoice, Player } from '../mcp/player.ts';
import { createMcpServer } from '../mcp/server.ts';
import { aborted, type Command, type CommandIo, complain, EXIT, errorText } from './command.ts';
import { ADDRESS_FLAGS } from './gateway-address.ts';
import { findGateway, type FoundGateway } from './mcp-gateway.ts';

const FLAGS: readonly Flag[] = [
  ...ADDRESS_FLAGS,
  { name: 'emulator', kind: 'value' },
  { name: 'rom', kind: 'value' },
  { name: 'pace', kind: 'value' },
  { name: 'label', kind: 'value' },
];

const HELP = `usage: joywire mcp [flags]

Lets a model play over MCP (Model Context Protocol) on stdin and stdout, as MCP clients start it. Plays on the gateway that --url
names; without one, on the gateway at 127.0.0.1:8080 if there is one, else on one of its own, which ends with it. What
it uses it says on stderr. A game starts with the first call that needs one.

  --url <url>
      The gateway. environment: JOYWIRE_URL
  --token <text>
      Its token, if it wants one. environment: JOYWIRE_TOKEN, which \`ps\` does not show
  --emulator <id>
      Which emulator to play on. default: any that is free
  --rom <name>
      Which game; on a gateway of its own also the path of a ROM file. default: the gateway's
  --pace <turbo|realtime>
      turbo: the game's time passes only while buttons are pressed; realtime: by the wall clock. default: turbo
  --label <text>
      What the run is to be called. default: mcp

A gateway of its own takes the settings of \`joywire serve\` from the environment (JOYWIRE_EMULATORS, …). It keeps a journal, and
checkpoints beyond its end, only where JOYWIRE_DATA says in which directory.

  -h, --help, -v, --version
`;

export const mcp: Command = {
  summary: 'lets a model play over MCP on stdin and stdout',
  help: HELP,
  run: async (args, io) => {
    const line = readCommandLine(args, FLAGS);
    const request = readRequest(line);
    if (request.ok) return serveModel(request.choice, line, io);
    complain(io, request.problems);
    return EXIT.usage;
  },
};

type Request =
  | { readonly ok: true; readonly choice: GameChoice }
  | { readonly ok: false; readonly problems: readonly string[] };

function readRequest({ flags, positionals, problems: wrong }: CommandLine): Request {
  const flag = (name: string) => flags.get(name)?.at(-1);
  const problems = [...wrong, ...positionals.map((text) => `${text}: unexpected; mcp takes flags only`)];
  const wanted = flag('pace');
  const pace = PACES.find((name) => name === wanted);
  if (wanted !== undefined && pace === undefined) {
    problems.push(`--pace: got ${JSON.stringify(wanted)}; allowed: ${PACES.join(', ')}`);
  }
  if (problems.length > 0) return { ok: false, problems };
  const choice = { emulator: flag('emulator'), rom: flag('rom'), pace, label: flag('label') ?? 'mcp' };
  return { ok: true, choice };
}

/** Resolves when the client has closed its end, or a signal came. */
async function serveModel(choice: GameChoice, line: CommandLine, io: CommandIo): Promise<number> {
  const found = findGateway(line, io);
  // Whoever calls a tool is told, too; here it must not count as nobody's.
  found.catch((error: unknown) => complain(io, [errorText(error)]));
  const player = new Player(
    async (options) => {
      const { url, options: own, ownRom } = await found;
      const { rom, ...emulator } = options.emulator ?? {};
      const game = ownRom || rom === undefined ? emulator : { ...emulator, rom };
      return connect(url, { ...own, ...options, ...(options.emulator && { emulator: game }) });
    },
    true,
    choice,
  );
  await untilOver(player, io);
  await player.leave();
  const gateway: FoundGateway | undefined = await found.catch(() => undefined);
  await gateway?.close();
  return gateway === undefined ? EXIT.failed : EXIT.ok;
}

async function untilOver(player: Player, io: CommandIo): Promise<void> {
  const input = Readable.from(io.stdin, { objectMode: false });
  const output = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      io.stdout.write(String(chunk));
      done();
    },
  });
  const over = new AbortController();
  const end = io.onSignal((signal) => over.abort(signal));
  input.once('close', () => over.abort('stdin was closed'));
  const handle = serveStdio(() => createMcpServer(player), {
    transport: new StdioServerTransport(input, output),
    onerror: (error) => complain(io, [`mcp: ${errorText(error)}`]),
  });
  await aborted(over.signal);
  end();
  await handle.close();
}
