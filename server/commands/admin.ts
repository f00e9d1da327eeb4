/** `joywire sessions`, `kick` and `release`: what an admin does to the sessions of a running gateway. */
import type { Client } from '../../client/index.ts';
import { argumentProblems, readCommandLine } from '../config-flags.ts';
import { type Command, type CommandIo, complain, EXIT } from './command.ts';
import { ADDRESS_FLAGS, ADDRESS_HELP, gatewayAddress } from './gateway-address.ts';
import { withClient } from './with-client.ts';

const END = `
${ADDRESS_HELP}
  -h, --help, -v, --version
`;

export const sessions: Command = {
  summary: 'lists the sessions of a running gateway, for admins',
  help: `usage: joywire sessions [flags]

Lists every session as one line of JSON.
${END}`,
  run: (args, io) =>
    asAdmin(args, [], io, async (client) => {
      for (const session of await client.sessions()) io.stdout.write(`${JSON.stringify(session)}\n`);
    }),
};

export const kick: Command = {
  summary: 'ends the connection of a session, for admins',
  help: `usage: joywire kick <session> [flags]
       joywire kick <connection> [flags]

Ends a connection and tells its client not to come back: that of a session, or the one with that number in the gateway's log.
A session stays until its time to resume is over.
${END}`,
  run: (args, io) =>
    asAdmin(args, ['session'], io, (client, [id = '']) =>
      client.kick(/^\d{1,15}$/.test(id) ? { connection: Number(id) } : id),
    ),
};

export const release: Command = {
  summary: 'ends a session and frees its emulator, for admins',
  help: `usage: joywire release <session> [flags]
       joywire release <emulator> [flags]

Ends a session, or every session on an emulator: what is queued is discarded, and the emulator is free.
${END}`,
  run: (args, io) =>
    asAdmin(args, ['session'], io, (client, [id = '']) =>
      client.release(SESSION_ID.test(id) ? id : { emulator: id }),
    ),
};

/** Sessions have UUIDs; emulators never do. */
const SESSION_ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

async function asAdmin(
  args: readonly string[],
  wanted: readonly string[],
  io: CommandIo,
  work: (client: Client, positionals: readonly string[]) => Promise<void>,
): Promise<number> {
  const line = readCommandLine(args, ADDRESS_FLAGS);
  const { positionals } = line;
  const problems = [...line.problems, ...argumentProblems(positionals, wanted)];
  if (problems.length > 0) {
    complain(io, problems);
    return EXIT.usage;
  }
  const { url, options } = gatewayAddress(line, io.env);
  return await withClient(url, { ...options, role: 'watch', reconnect: false }, io, async (client) => {
    await work(client, positionals);
    return EXIT.ok;
  });
}
