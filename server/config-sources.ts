/** Where settings come from: flags, environment, file. Each gives values by key, and says where each came from. */
import { type CommandLine, type Flag, readCommandLine } from './config-flags.ts';
import { suggestion } from './config-nearest.ts';
import { GROUPS, readText, SETTINGS, type Setting } from './config-settings.ts';

/** A value on its way to the schema. */
export interface Given {
  readonly setting: Setting;
  readonly value: unknown;
  /** As it was written, for messages. */
  readonly written: unknown;
  /** `environment JOYWIRE_PORT` */
  readonly from: string;
}

export type Source = ReadonlyMap<string, Given>;

/** Variables that are no settings but ours: where the file is, and what `send` and `stats` connect to. */
export const OTHER_ENV = ['JOYWIRE_CONFIG', 'JOYWIRE_URL'] as const;

/** Flags of `serve`: one for every setting, and those about the command itself. */
export const SERVE_FLAGS: readonly Flag[] = [
  { name: 'config', kind: 'value', short: 'c' },
  { name: 'help', kind: 'switch', short: 'h' },
  { name: 'version', kind: 'switch', short: 'v' },
  ...SETTINGS.map(({ flag, kind }) => ({
    name: flag,
    kind: kind === 'boolean' ? ('switch' as const) : ('value' as const),
  })),
];

export function readServeFlags(args: readonly string[]): CommandLine {
  const line = readCommandLine(args, SERVE_FLAGS);
  const extra = line.positionals.map((text) => `${text}: unexpected; serve takes flags only`);
  return { ...line, problems: [...line.problems, ...extra] };
}

/** A list may be given again and again; of anything else the last one counts. */
export function fromFlags({ flags }: CommandLine): Source {
  const given = SETTINGS.flatMap((setting): Given[] => {
    const values = flags.get(setting.flag);
    if (values === undefined) return [];
    const written = setting.kind === 'list' ? values.join(',') : (values.at(-1) ?? '');
    return [{ setting, written, value: readText(setting, written), from: `flag --${setting.flag}` }];
  });
  return byKey(given);
}

/** An empty variable counts as unset: `JOYWIRE_TOKEN=${TOKEN}` is how it is often written. */
export function fromEnvironment(env: NodeJS.ProcessEnv): Source {
  const given = SETTINGS.flatMap((setting): Given[] => {
    const written = env[setting.env];
    if (written === undefined || written === '') return [];
    return [{ setting, written, value: readText(setting, written), from: `environment ${setting.env}` }];
  });
  return byKey(given);
}

/** Warnings about variables that look like ours and are none: another version's, perhaps, so no error. */
export function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const known = [...OTHER_ENV, ...SETTINGS.map((setting) => setting.env)];
  return Object.keys(env)
    .filter((name) => name.startsWith('JOYWIRE_') && !known.includes(name))
    .map((name) => `${name}: unknown environment variable, ignored${suggestion(name, known)}`);
}

/** Reads the parsed content of a file; `name` is the file's, for messages. */
export function fromFile(content: unknown, name: string): { source: Source; problems: string[] } {
  const given: Given[] = [];
  const problems: string[] = [];
  const from = `file ${name}`;
  const visit = (node: unknown, path: readonly string[]): void => {
    if (!isMap(node)) {
      const what = path.length === 0 ? 'config' : path.join('.');
      problems.push(`${what}: got ${show(node)}; allowed: an object of settings (from ${from})`);
      return;
    }
    for (const [part, value] of Object.entries(node)) {
      const key = [...path, part].join('.');
      const setting = SETTINGS.find((candidate) => candidate.key === key);
      if (setting !== undefined)
        given.push({ setting, value: fileValue(setting, value), written: value, from });
      else if (GROUPS.has(key)) visit(value, [...path, part]);
      else problems.push(`${key}: unknown setting${suggestion(key, KEYS)} (from ${from})`);
    }
  };
  visit(content, []);
  return { source: byKey(given), problems };
}

const KEYS = SETTINGS.map(({ key }) => key);

/** A list may be written as in a flag, too. */
function fileValue(setting: Setting, value: unknown): unknown {
  return setting.kind === 'list' && typeof value === 'string' ? readText(setting, value) : value;
}

function byKey(given: readonly Given[]): Source {
  return new Map(given.map((one) => [one.setting.key, one]));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value for a message, cut to a readable length. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
}
