/** Which gateway `send` and `stats` talk to, and how they say that they cannot. */
import { readFileSync } from 'node:fs';
import { JoywireError } from '../../client/index.ts';
import type { CommandLine, Flag } from '../config-flags.ts';
import { packageVersion } from '../package.ts';
import { type CommandIo, errorText } from './command.ts';

export const ADDRESS_FLAGS: readonly Flag[] = [
  { name: 'url', kind: 'value' },
  { name: 'token', kind: 'value' },
];

export const ADDRESS_HELP = `  --url <url>
      The gateway. default: ws://127.0.0.1:8080; environment: JOYWIRE_URL
  --token <text>
      Its token, if it wants one. environment: JOYWIRE_TOKEN, which \`ps\` does not show`;

export interface GatewayAddress {
  readonly url: string;
  /** For `connect`. */
  readonly options: { readonly client: string; readonly token?: string };
}

export function gatewayAddress({ flags }: CommandLine, env: NodeJS.ProcessEnv): GatewayAddress {
  const url = flags.get('url')?.at(-1) ?? (env['JOYWIRE_URL'] || 'ws://127.0.0.1:8080');
  const token = flags.get('token')?.at(-1) ?? (env['JOYWIRE_TOKEN'] || undefined);
  return { url, options: { client: `joywire-cli/${packageVersion}`, ...(token !== undefined && { token }) } };
}

/** What went wrong between us and the gateway, with what to do about it. */
export function gatewayProblem(error: unknown, url: string): string {
  const text = errorText(error);
  if (!(error instanceof JoywireError)) return text;
  switch (error.code) {
    case 'connection_failed':
      return `${text}; is it running? start one with: joywire serve`;
    case 'unauthorized':
      return `${url}: ${text}; give it with JOYWIRE_TOKEN or --token`;
    default:
      return `${url}: ${text} (${error.code})`;
  }
}

/** The signal of a command that Ctrl-C ends; `end` when there is nothing left to end. */
export function abortOnSignal(io: CommandIo): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const end = io.onSignal((signal) => controller.abort(signal));
  return { signal: controller.signal, end };
}

export function readTextFile(path: string): string {
  return readFileSync(path, 'utf8');
}
