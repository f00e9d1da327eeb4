/** A session on a gateway for as long as a command needs it, and how the command ends when it ends otherwise. */
import { type Client, type ConnectOptions, connect, JoywireError } from '../../client/index.ts';
import { aborted, type CommandIo, complain, EXIT, errorText } from './command.ts';

/** What is at fault in the command line, by the limits that this gateway has. */
const USAGE_CODES = ['script_error', 'group_too_large', 'invalid_argument', 'invalid_url', 'message_too_big'];

/**
 * Connects, lets `use` work, says goodbye, and resolves with the exit code. Ctrl-C ends all of it at once: what is queued is
 * discarded, and what the game is doing is not waited for.
 */
export async function withClient(
  url: string,
  options: ConnectOptions,
  io: CommandIo,
  use: (client: Client) => Promise<number>,
): Promise<number> {
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const end = io.onSignal((name) => interrupt.abort(name));
  try {
    const onWaiting = (place: number) =>
      io.stderr.write(`joywire: every emulator is taken; number ${place} in line\n`);
    const client = await connect(url, { onWaiting, ...options, signal });
    try {
      return await use(client);
    } finally {
      await Promise.race([client.close(), aborted(signal)]);
    }
  } catch (error) {
    if (signal.aborted) return signal.reason === 'SIGTERM' ? EXIT.SIGTERM : EXIT.SIGINT;
    complain(io, [gatewayProblem(error, url)]);
    return error instanceof JoywireError && USAGE_CODES.includes(error.code) ? EXIT.usage : EXIT.failed;
  } finally {
    end();
  }
}

/** What went wrong between us and the gateway, with what to do about it. */
function gatewayProblem(error: unknown, url: string): string {
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
