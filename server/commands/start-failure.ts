/** Why a gateway did not start, in words for whoever started it. */
import { JoywireError } from '../../shared/errors.ts';
import type { Config } from '../config.ts';
import { urlHost } from '../http/host.ts';
import { EXIT, errorText } from './command.ts';

export interface StartFailure {
  readonly message: string;
  readonly exitCode: number;
}

/** Turns what `createGateway` or `listen` threw into a message and an exit code. */
export function startFailure(error: unknown, config: Config): StartFailure {
  const { host, port, rom, romDir, data } = config;
  const at = `${urlHost(host)}:${port}`;
  switch (codeOf(error)) {
    case 'invalid_rom':
      return usage(`rom: got ${JSON.stringify(rom)}; allowed: the path of a ROM file; ${errorText(error)}`);
    case 'invalid_rom_dir':
      return usage(
        `romDir: got ${JSON.stringify(romDir)}; allowed: the path of a directory; ${errorText(error)}`,
      );
    case 'invalid_tokens':
      return usage(`tokensFile: ${errorText(error)}; make one with: joywire token new NAME --role play`);
    case 'invalid_jwt_key':
      return usage(`jwtKey: ${errorText(error)}`);
    case 'invalid_tls':
      return usage(errorText(error));
    case 'data_in_use':
      return failed(
        `data: ${errorText(error)}; give this gateway a directory of its own (--data ${data}-2), or none (--no-journal)`,
      );
    case 'EADDRINUSE': {
      const taken = portOf(error) ?? port;
      const flag = taken === port ? '--port' : '--compat-port';
      return failed(
        `port ${taken} on ${host} is taken; choose another with ${flag}, or any free one with ${flag} 0`,
      );
    }
    case 'EACCES':
      return failed(`this user may not listen on ${at}; choose another port with --port`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAFNOSUPPORT':
      return usage(
        `host: got ${JSON.stringify(host)}; allowed: an address of this machine; ${errorText(error)}`,
      );
    default:
      return failed(`the gateway did not start: ${errorText(error)}`);
  }
}

function usage(message: string): StartFailure {
  return { message, exitCode: EXIT.usage };
}

function failed(message: string): StartFailure {
  return { message, exitCode: EXIT.failed };
}

function portOf(error: unknown): number | undefined {
  return error instanceof Error && 'port' in error && typeof error.port === 'number' ? error.port : undefined;
}

const OWN_CODES = [
  'invalid_rom',
  'invalid_rom_dir',
  'data_in_use',
  'invalid_tokens',
  'invalid_jwt_key',
  'invalid_tls',
];

function codeOf(error: unknown): string | undefined {
  if (error instanceof JoywireError && OWN_CODES.includes(error.code)) return error.code;
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string' && error.code.startsWith('E')) return error.code;
  return codeOf(error.cause);
}
