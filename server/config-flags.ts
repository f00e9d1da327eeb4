/** Reads a command line against a list of known flags; nothing is thrown, everything wrong is listed. */
import { suggestion } from './config-nearest.ts';

export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  /** A `switch` needs no value: `--x`, `--no-x`, `--x=false`. */
  readonly kind: 'switch' | 'value';
  /** One letter, for `-x`. */
  readonly short?: string;
}

export interface CommandLine {
  /** Every value given for a flag, in order; a switch gives `true` or `false`, or what stood after its `=`. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
  readonly problems: readonly string[];
}

/** What is wrong with arguments that are no flags, where exactly these are wanted, by name. */
export function argumentProblems(positionals: readonly string[], wanted: readonly string[]): string[] {
  return [
    ...wanted.slice(positionals.length).map((name) => `<${name}> is missing`),
    ...positionals.slice(wanted.length).map((text) => `${text}: unexpected`),
  ];
}

/**
 * Reads arguments: `--name value`, `--name=value`, `-n value`; after `--` everything is positional, and so is a lone `-`. Not
 * `util.parseArgs`, which takes `--host --port` for a host of that name or throws at the first fault.
 */
export function readCommandLine(args: readonly string[], known: readonly Flag[]): CommandLine {
  const flags = new Map<string, string[]>();
  const positionals: string[] = [];
  const problems: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--') {
      positionals.push(...args.slice(i + 1));
      break;
    }
    if (!arg.startsWith('-') || arg === '-') {
      positionals.push(arg);
      continue;
    }
    const read = readFlag(arg, args[i + 1], known);
    if (read.kind === 'problem') {
      problems.push(read.problem);
      continue;
    }
    flags.set(read.name, [...(flags.get(read.name) ?? []), read.value]);
    if (read.kind === 'tookNext') i += 1;
  }
  return { flags, positionals, problems };
}

type FlagRead =
  | { readonly kind: 'alone' | 'tookNext'; readonly name: string; readonly value: string }
  | { readonly kind: 'problem'; readonly problem: string };

function readFlag(arg: string, next: string | undefined, known: readonly Flag[]): FlagRead {
  const [written = '', ...rest] = arg.split('=');
  const inline = rest.length === 0 ? undefined : rest.join('=');
  const flag = known.find(
    ({ name, short }) => written === `--${name}` || (short !== undefined && written === `-${short}`),
  );
  if (flag === undefined) return readNegated(written, inline, known);
  const { name, kind } = flag;
  if (inline !== undefined) return { kind: 'alone', name, value: inline };
  if (kind === 'switch') return { kind: 'alone', name, value: 'true' };
  // In `--host --port 80` the value was forgotten; one that does start so can be given as `--host=--x`.
  if (next === undefined || next.startsWith('--'))
    return { kind: 'problem', problem: `${written}: needs a value` };
  return { kind: 'tookNext', name, value: next };
}

function readNegated(written: string, inline: string | undefined, known: readonly Flag[]): FlagRead {
  const negated = known.find(({ kind, name }) => kind === 'switch' && written === `--no-${name}`);
  if (negated !== undefined && inline === undefined)
    return { kind: 'alone', name: negated.name, value: 'false' };
  const names = known.map(({ name }) => `--${name}`);
  return { kind: 'problem', problem: `${written}: unknown flag${suggestion(written, names)}` };
}
