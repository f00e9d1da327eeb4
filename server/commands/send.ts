/** `joywire send`: streams a script to a running gateway and prints what became of every press as the acks come. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Client, type EntryOutcome, type Pace, recordProfile } from '../../client/index.ts';
import { PACES } from '../../shared/protocol.ts';
import { compileScript } from '../../shared/script.ts';
import { type CommandLine, type Flag, readCommandLine } from '../config-flags.ts';
import { type Command, type CommandIo, complain, EXIT, errorText } from './command.ts';
import { ADDRESS_FLAGS, ADDRESS_HELP, gatewayAddress } from './gateway-address.ts';
import { OutcomeTable, outcomeJson, pressLabels } from './outcome-table.ts';
import { painter } from './paint.ts';
import { profileTable } from './profile-table.ts';
import { scriptProblem } from './script-problem.ts';
import { traceProblem, writeTrace } from './trace-file.ts';
import { withClient } from './with-client.ts';

const FLAGS: readonly Flag[] = [
  ...ADDRESS_FLAGS,
  { name: 'file', kind: 'value', short: 'f' },
  { name: 'pace', kind: 'value' },
  { name: 'profile', kind: 'value' },
  { name: 'json', kind: 'switch' },
];

const MAX_OUTAGE_MS = 10_000;
const PROFILE_INTERVAL_MS = 100;

const HELP = `usage: joywire send [flags] "<script>"     or: joywire send -     or: joywire send --file <path>

Sends key presses to a running gateway, in a session of its own, and prints what became of each one as the acks come.
Exits 0 if all were executed, 1 if not, 2 if the script or a flag is wrong.

  A B UP*3          press A, then B, then UP three times
  A:10  A:10:2      hold A for 10 frames; release it for 2 afterwards
  A+B               both at once
  W:30              wait 30 frames
  (A B)*2           a group: runs without a pause between its presses
  # comment         to the end of the line
  -                 reads the script from stdin

${ADDRESS_HELP}
  -f, --file <path>
      Reads the script from a file.
  --pace <turbo|realtime>
      turbo: the game's time passes only for presses; realtime: by the wall clock. default: the gateway's
  --profile <path>
      Writes a trace of where the time of every input went, to be opened with https://ui.perfetto.dev, and prints a
      summary of it.
  --json
      One JSON object a line instead of the table.
  -h, --help, -v, --version
`;

export const send: Command = {
  summary: 'sends key presses to a running gateway: joywire send "A B UP*3"',
  help: HELP,
  run: async (args, io) => {
    const line = readCommandLine(args, FLAGS);
    const request = await readRequest(line, io);
    if (request.ok) return stream(request, line, io);
    complain(io, request.problems);
    return EXIT.usage;
  },
};

type Request =
  | {
      readonly ok: true;
      readonly script: string;
      readonly labels: readonly string[];
      readonly pace: Pace | undefined;
    }
  | { readonly ok: false; readonly problems: readonly string[] };

async function readRequest(line: CommandLine, io: CommandIo): Promise<Request> {
  const wanted = line.flags.get('pace')?.at(-1);
  const pace = PACES.find((name) => name === wanted);
  const problems = [...line.problems];
  if (wanted !== undefined && pace === undefined) {
    problems.push(`--pace: got ${JSON.stringify(wanted)}; allowed: ${PACES.join(', ')}`);
  }
  const unwritable = await traceProblem('--profile', line.flags.get('profile')?.at(-1), io);
  if (unwritable !== undefined) problems.push(unwritable);
  if (problems.length > 0) return { ok: false, problems };
  const source = await readScript(line, io);
  if ('problem' in source) return { ok: false, problems: [source.problem] };
  const compiled = compileScript(source.script);
  if (!compiled.ok) return { ok: false, problems: [scriptProblem(source.script, compiled.error)] };
  if (compiled.items.length === 0) return { ok: false, problems: ['the script presses nothing'] };
  return { ok: true, script: source.script, labels: pressLabels(compiled.items), pace };
}

async function readScript(
  line: CommandLine,
  io: CommandIo,
): Promise<{ script: string } | { problem: string }> {
  const file = line.flags.get('file')?.at(-1);
  const [first, ...more] = line.positionals;
  if ((file === undefined) === (first === undefined)) {
    return { problem: 'send: give one script: as an argument, with --file <path>, or - for stdin' };
  }
  if (file !== undefined) {
    try {
      return { script: readFileSync(resolve(io.cwd, file), 'utf8') };
    } catch (error) {
      return {
        problem: `--file: got ${JSON.stringify(file)}; allowed: a readable file; ${errorText(error)}`,
      };
    }
  }
  if (first === '-' && more.length === 0) return { script: await readAll(io.stdin) };
  return { script: line.positionals.join(' ') };
}

async function readAll(input: CommandIo['stdin']): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of input) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function stream(request: Request & { ok: true }, line: CommandLine, io: CommandIo): Promise<number> {
  const { url, options } = gatewayAddress(line, io.env);
  const { pace } = request;
  const json = line.flags.get('json')?.at(-1) === 'true';
  // Over a short outage the script goes on; whoever watches it does not want to wait for longer.
  const reconnect = { maxOutageMs: MAX_OUTAGE_MS };
  const wanted = { ...options, reconnect, ...(pace !== undefined && { pace }) };
  return withClient(url, wanted, io, async (client) => {
    const trace = line.flags.get('profile')?.at(-1);
    const recording =
      trace === undefined ? undefined : recordProfile(client, { intervalMs: PROFILE_INTERVAL_MS });
    const outcomes = await sendAndPrint(client, request, json, io);
    const profile = await recording?.stop();
    const written = trace === undefined || profile === undefined || (await writeTrace(trace, profile, io));
    if (profile !== undefined && !json) io.stdout.write(profileTable(profile, painter(io.stdout, io.env)));
    return written && outcomes.every(({ status }) => status === 'executed') ? EXIT.ok : EXIT.failed;
  });
}

async function sendAndPrint(
  client: Client,
  { script, labels }: Request & { ok: true },
  json: boolean,
  io: CommandIo,
): Promise<readonly EntryOutcome[]> {
  const table = new OutcomeTable(labels, painter(io.stdout, io.env));
  let printed = 0;
  if (!json) io.stdout.write(table.header());
  // Nothing else is sent in this session, so that the n-th outcome is the n-th press's.
  client.on('ack', ({ outcomes }) => {
    const lines = outcomes.map((outcome) => {
      const label = labels[printed++] ?? '';
      return json ? outcomeJson(outcome, label) : table.row(outcome, label);
    });
    io.stdout.write(lines.join(''));
  });
  const outcomes = await client.send(script);
  if (!json) io.stdout.write(table.summary(outcomes));
  return outcomes;
}
