/** `joywire serve`: runs a gateway until it is told to stop. */
import { type Clock, systemClock } from '../clock.ts';
import { type Config, readConfig, wantsTokens } from '../config.ts';
import { settingsHelp } from '../config-help.ts';
import { createGateway, type Listening } from '../gateway.ts';
import { isLoopback, urlHost } from '../http/host.ts';
import { createLog, errorFields, type Log } from '../log.ts';
import { aborted, type Command, type CommandIo, complain, EXIT, errorText } from './command.ts';
import { stopOnSignals } from './shutdown.ts';
import { startFailure } from './start-failure.ts';

/** What `serve` needs of a gateway. */
export interface Served {
  listen(): Promise<Listening>;
  close(reason?: string): Promise<void>;
}
export type CreateServed = (config: Config, deps: { log: Log }) => Promise<Served>;

const HELP = `usage: joywire serve [flags]

Runs a gateway until Ctrl-C or SIGTERM, which let sessions finish what they have queued; a second one ends it at once.
Prints one line on stdout when it is ready: listening on http://127.0.0.1:8080

Every setting can be given as a flag, in the environment or in a JSON file; a flag wins over the environment, the
environment over the file, the file over the default. Lists are separated by commas; a switch is turned off by --no-<name>.

  -c, --config <path>
      A JSON file of settings: {"port": 9000, "batching": {"maxWaitMs": 5}}.
      environment: JOYWIRE_CONFIG

  -h, --help, -v, --version

${settingsHelp()}`;

export const serve: Command = {
  summary: 'runs a gateway (what joywire does without a command)',
  help: HELP,
  run: (args, io) => serveWith(createGateway, args, io),
};

/** `serve` with the gateway handed in. */
export async function serveWith(
  create: CreateServed,
  args: readonly string[],
  io: CommandIo,
  clock: Pick<Clock, 'now'> = systemClock,
): Promise<number> {
  const read = readConfig({ args, env: io.env, cwd: io.cwd });
  if (!read.ok) {
    complain(io, read.problems);
    io.stderr.write('joywire: see joywire help serve\n');
    return EXIT.usage;
  }
  const { config, warnings } = read;
  const log = createLog({
    level: config.logLevel,
    format: logFormat(config, io),
    write: (line) => io.stderr.write(line),
    secrets: config.token === undefined ? [] : [config.token],
  });
  for (const warning of warnings) log.warn(warning);
  return new Promise((resolve) => {
    const stopping = new AbortController();
    const end = stopOnSignals(io.onSignal, () => clock.now(), {
      stop: (signal) => stopping.abort(signal),
      stopNow: (signal) => resolve(EXIT[signal]),
    });
    void runUntil(stopping.signal, create, config, log, io).then((code) => {
      end();
      resolve(code);
    });
  });
}

function logFormat({ logFormat: format }: Config, { stderr }: CommandIo): 'json' | 'text' {
  if (format !== 'auto') return format;
  return stderr.isTTY === true ? 'text' : 'json';
}

/** Runs a gateway until the signal is aborted; a signal during the start stops it as soon as it has started. */
async function runUntil(
  stop: AbortSignal,
  create: CreateServed,
  config: Config,
  log: Log,
  io: CommandIo,
): Promise<number> {
  let gateway: Served | undefined;
  try {
    gateway = await create(config, { log });
    if (!stop.aborted) await announce(gateway, config, log, io);
  } catch (error) {
    const { message, exitCode } = startFailure(error, config);
    complain(io, [message]);
    await gateway?.close('the start failed').catch(() => undefined);
    return exitCode;
  }
  await aborted(stop);
  return stopGateway(gateway, String(stop.reason), log);
}

async function announce(gateway: Served, config: Config, log: Log, io: CommandIo): Promise<void> {
  const { host, port, compatPorts } = await gateway.listen();
  const scheme = config.tlsCert === undefined ? 'http' : 'https';
  io.stdout.write(`listening on ${scheme}://${urlHost(host)}:${port}\n`);
  if (compatPorts.length > 0) log.info(`compatibility API on ports ${compatPorts.join(', ')}`);
  if (!isLoopback(config.host) && !wantsTokens(config)) log.warn('anybody who reaches this gateway may play');
}

async function stopGateway(gateway: Served, signal: string, log: Log): Promise<number> {
  log.info(`${signal}: stopping; once more to stop at once`);
  try {
    await gateway.close('the gateway is stopping');
    log.info('stopped');
    return EXIT.ok;
  } catch (error) {
    log.error(`stopping failed: ${errorText(error)}`, errorFields(error));
    return EXIT.failed;
  }
}
