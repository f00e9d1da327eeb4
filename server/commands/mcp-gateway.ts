/** The gateway that `mcp` plays on: the one that is named, the one at the usual address, or one of this process's own. */
import { connect, JoywireError } from '../../client/index.ts';
import type { CommandLine } from '../config-flags.ts';
import { readConfig } from '../config.ts';
import { createGateway } from '../gateway.ts';
import { createLog } from '../log.ts';
import { type CommandIo, complain } from './command.ts';
import { type GatewayAddress, gatewayAddress } from './gateway-address.ts';
import { startFailure } from './start-failure.ts';

export interface FoundGateway extends GatewayAddress {
  /** Whether the gateway was started with the ROM that was asked for, so that no session need ask for it. */
  readonly ownRom: boolean;
  /** Ends a gateway of our own. */
  readonly close: () => Promise<void>;
}

/** How long a gateway at the usual address may take to answer, in ms. */
const PROBE_MS = 2000;

/** @throws JoywireError when a gateway of our own does not start */
export async function findGateway(line: CommandLine, io: CommandIo): Promise<FoundGateway> {
  const address = gatewayAddress(line, io.env);
  const named = line.flags.has('url') || Boolean(io.env['JOYWIRE_URL']);
  if (!named && !(await answers(address))) return startOwn(line, io, address);
  complain(io, [`mcp plays on ${address.url}`]);
  return { ...address, ownRom: false, close: async () => undefined };
}

/** One that wants another token is a gateway, too: not to be passed over in silence. */
async function answers({ url, options }: GatewayAddress): Promise<boolean> {
  try {
    const watcher = await connect(url, {
      ...options,
      role: 'watch',
      reconnect: false,
      connectTimeoutMs: PROBE_MS,
    });
    await watcher.close();
    return true;
  } catch (error) {
    return error instanceof JoywireError && error.code === 'unauthorized';
  }
}

async function startOwn(
  line: CommandLine,
  io: CommandIo,
  { options }: GatewayAddress,
): Promise<FoundGateway> {
  const rom = line.flags.get('rom')?.at(-1);
  const env = { ...io.env, ...NOT_FOR_ITS_OWN };
  const read = readConfig({ args: ownSettings(rom, env), env, cwd: io.cwd });
  if (!read.ok) throw new JoywireError('invalid_config', read.problems.join('; '));
  const { config } = read;
  const log = createLog({
    level: config.logLevel,
    format: config.logFormat === 'json' ? 'json' : 'text',
    write: (text) => io.stderr.write(text),
    secrets: config.token === undefined ? [] : [config.token],
  });
  try {
    const gateway = await createGateway(config, { log });
    const { port } = await gateway.listen();
    const url = `ws://127.0.0.1:${port}`;
    complain(io, [`mcp plays on a gateway of its own, ${url}; nothing answers at 127.0.0.1:8080`]);
    return { url, options, ownRom: rom !== undefined, close: () => gateway.close() };
  } catch (error) {
    throw new JoywireError('gateway_failed', startFailure(error, config).message, { cause: error });
  }
}

/** Who else is to reach it is of no account: nobody is. */
const NOT_FOR_ITS_OWN = {
  JOYWIRE_TLS_CERT: undefined,
  JOYWIRE_TLS_KEY: undefined,
  JOYWIRE_COMPAT_PORT: undefined,
} as const;

/** As `serve`, but for this machine only, on any port, and quiet. An MCP client starts it in whatever directory: without a word nothing is left there. */
function ownSettings(rom: string | undefined, env: NodeJS.ProcessEnv): string[] {
  const kept = ['JOYWIRE_DATA', 'JOYWIRE_JOURNAL', 'JOYWIRE_CONFIG'].some((name) => env[name]);
  return [
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    ...(rom === undefined ? [] : ['--rom', rom]),
    ...(kept ? [] : ['--no-journal']),
    ...(env['JOYWIRE_LOG_LEVEL'] ? [] : ['--log-level', 'warn']),
  ];
}
