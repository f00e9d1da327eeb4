/** `joywire <command> …`: finds the command and runs it. */
import { suggestion } from '../config-nearest.ts';
import { packageVersion } from '../package.ts';
import { type Command, type CommandIo, complain, EXIT } from './command.ts';

/** Loaded when called for: `send` need not wait for the emulator's code. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['serve', async () => (await import('./serve.ts')).serve],
  ['mcp', async () => (await import('./mcp.ts')).mcp],
  ['send', async () => (await import('./send.ts')).send],
  ['stats', async () => (await import('./stats.ts')).stats],
  ['profile', async () => (await import('./profile.ts')).profile],
  ['token', async () => (await import('./token.ts')).token],
  ['sessions', async () => (await import('./admin.ts')).sessions],
  ['kick', async () => (await import('./admin.ts')).kick],
  ['release', async () => (await import('./admin.ts')).release],
  ['replay', async () => (await import('./replay.ts')).replay],
  ['journal', async () => (await import('./journal.ts')).journal],
]);

/** Runs the command line after `joywire`; without a command, `serve`. Resolves with the exit code. */
export async function dispatch(args: readonly string[], io: CommandIo): Promise<number> {
  const [first, ...rest] = args;
  if (first === 'help') return help(rest[0], io);
  if (first === '--help' || first === '-h') return help(undefined, io);
  const [name, commandArgs] = first === undefined || first.startsWith('-') ? ['serve', args] : [first, rest];
  const load = COMMANDS.get(name);
  if (load === undefined) return unknown(name, io);
  if (wants(commandArgs, '--help', '-h')) return help(name, io);
  if (wants(commandArgs, '--version', '-v')) {
    io.stdout.write(`joywire ${packageVersion}\n`);
    return EXIT.ok;
  }
  const command = await load();
  return command.run(commandArgs, io);
}

/** What follows `--` is no flag. */
function wants(args: readonly string[], long: string, short: string): boolean {
  const end = args.indexOf('--');
  const flags = end === -1 ? args : args.slice(0, end);
  return flags.includes(long) || flags.includes(short);
}

async function help(name: string | undefined, io: CommandIo): Promise<number> {
  if (name === undefined) {
    io.stdout.write(await overview());
    return EXIT.ok;
  }
  const load = COMMANDS.get(name);
  if (load === undefined) return unknown(name, io);
  io.stdout.write((await load()).help);
  return EXIT.ok;
}

function unknown(name: string, io: CommandIo): number {
  const names = [...COMMANDS.keys(), 'help'];
  complain(io, [`${name}: unknown command${suggestion(name, names)}; allowed: ${names.join(', ')}`]);
  return EXIT.usage;
}

async function overview(): Promise<string> {
  const commands = await Promise.all(
    [...COMMANDS].map(async ([name, load]) => ({ name, ...(await load()) })),
  );
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`);
  const serve = commands.find(({ name }) => name === 'serve');
  return [
    `joywire ${packageVersion}: a real-time WebSocket gateway between game-playing agents and Game Boy emulators`,
    '',
    'usage: joywire [command] [flags]',
    '',
    ...lines,
    `  ${'help'.padEnd(10)}shows this, or the help of a command: joywire help send`,
    '',
    serve?.help ?? '',
  ].join('\n');
}
