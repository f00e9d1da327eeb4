/** Which gateway `send` and `stats` talk to. */
import type { CommandLine, Flag } from '../config-flags.ts';
import { packageVersion } from '../package.ts';

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
