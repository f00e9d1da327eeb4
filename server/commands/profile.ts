/** `joywire profile`: records for a while when the inputs of a session reached which stage, and shows where their time went. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Client,
  type EmulatorListing,
  type Profile,
  profileSummary,
  recordProfile,
} from '../../client/index.ts';
import { type CommandLine, type Flag, readCommandLine } from '../config-flags.ts';
import { type Command, type CommandIo, complain, EXIT } from './command.ts';
import { ADDRESS_FLAGS, ADDRESS_HELP, gatewayAddress } from './gateway-address.ts';
import { painter } from './paint.ts';
import { profileTable } from './profile-table.ts';
import { traceProblem, writeTrace } from './trace-file.ts';
import { withClient } from './with-client.ts';

const FLAGS: readonly Flag[] = [
  ...ADDRESS_FLAGS,
  { name: 'session', kind: 'value' },
  { name: 'seconds', kind: 'value' },
  { name: 'out', kind: 'value', short: 'o' },
  { name: 'json', kind: 'switch' },
];

const DEFAULT_SECONDS = 10;
const MAX_SECONDS = 86_400;
const INTERVAL_MS = 100;

const HELP = `usage: joywire profile [flags]

Records when every input of a session reached each stage of its way through the gateway, and prints where the time of
the mean input went. Ends after a time, when the session does, or with Ctrl-C. Profiles of one's own script, with the
way from and to the client, come from: joywire send --profile trace.json "A B"

${ADDRESS_HELP}
  --session <id>
      The session to record. default: the only one there is
  --seconds <number>
      How long to record, at most ${MAX_SECONDS}. default: ${DEFAULT_SECONDS}
  -o, --out <path>
      Writes a trace there, to be opened with https://ui.perfetto.dev or chrome://tracing.
  --json
      The summary as one line of JSON instead of the table.
  -h, --help, -v, --version
`;

export const profile: Command = {
  summary: "shows where the time of a session's inputs goes, and writes a trace of it",
  help: HELP,
  run: async (args, io) => {
    const line = readCommandLine(args, FLAGS);
    const request = await readRequest(line, io);
    if (request.ok) return record(request, line, io);
    complain(io, request.problems);
    return EXIT.usage;
  },
};

type Request =
  | {
      readonly ok: true;
      readonly session: string | undefined;
      readonly seconds: number;
      readonly out: string | undefined;
      readonly json: boolean;
    }
  | { readonly ok: false; readonly problems: readonly string[] };

async function readRequest(
  { flags, positionals, problems: wrong }: CommandLine,
  io: CommandIo,
): Promise<Request> {
  const problems = [...wrong, ...positionals.map((text) => `${text}: unexpected; profile takes flags only`)];
  const text = flags.get('seconds')?.at(-1) ?? String(DEFAULT_SECONDS);
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
    const allowed = `a number above 0, up to ${MAX_SECONDS}`;
    problems.push(`--seconds: got ${JSON.stringify(text)}; allowed: ${allowed}`);
  }
  const out = flags.get('out')?.at(-1);
  const unwritable = await traceProblem('--out', out, io);
  if (unwritable !== undefined) problems.push(unwritable);
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    session: flags.get('session')?.at(-1),
    seconds,
    out,
    json: flags.get('json')?.at(-1) === 'true',
  };
}

function record(request: Request & { ok: true }, line: CommandLine, io: CommandIo): Promise<number> {
  const { url, options } = gatewayAddress(line, io.env);
  return withClient(url, { ...options, role: 'watch', reconnect: false }, io, async (client) => {
    const session = request.session ?? (await onlySession(client, io));
    if (session === undefined) return EXIT.failed;
    const recorded = await recordFor(client, session, request.seconds, io);
    const { stdout } = io;
    if (request.json) stdout.write(`${JSON.stringify(summaryJson(recorded))}\n`);
    else stdout.write(profileTable(recorded, painter(stdout, io.env)));
    return request.out === undefined || (await writeTrace(request.out, recorded, io)) ? EXIT.ok : EXIT.failed;
  });
}

/** Undefined when there is none, or more than one, which is said. */
async function onlySession(client: Client, io: CommandIo): Promise<string | undefined> {
  const playing = (await client.emulators()).filter(({ session }) => session !== null);
  const [first, ...others] = playing;
  if (first !== undefined && others.length === 0) return first.session ?? undefined;
  complain(io, playing.length === 0 ? ['nobody plays'] : ['which one?', ...playing.map(choice)]);
  return undefined;
}

/** A session as one to choose. Its label is whatever its client said, so it is shown as a literal. */
function choice({ session, label, id, expiresInMs }: EmulatorListing): string {
  const there = expiresInMs === null ? 'connected' : 'not connected';
  const named = label === null ? '(no label)' : printable(label);
  return `  --session ${session}  ${named}  on ${id}, ${there}`;
}

/** JSON leaves the control characters above ASCII as they are, and terminals obey them. */
function printable(text: string): string {
  return JSON.stringify(text).replaceAll(/[\u007f-\u009f]/g, (sign) => {
    return `\\u00${sign.charCodeAt(0).toString(16)}`;
  });
}

/** For so long, or until the session ends or somebody interrupts it: what has been recorded by then. */
async function recordFor(client: Client, session: string, seconds: number, io: CommandIo): Promise<Profile> {
  const recording = recordProfile(client, { session, intervalMs: INTERVAL_MS });
  const done = new AbortController();
  const { signal } = done;
  const endSignals = io.onSignal(() => done.abort());
  void recording.ended.then(() => done.abort());
  try {
    await recording.started;
    if (!signal.aborted) complain(io, [`recording session ${session} for ${seconds} s`]);
    await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
    return await recording.stop();
  } finally {
    endSignals();
  }
}

function summaryJson({ session, inputs, dropped, missing, clock }: Profile) {
  return { session, dropped, missing, clock: clock ?? null, ...profileSummary(inputs) };
}
