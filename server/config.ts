/** The configuration: read once from flags, environment, file and defaults, in that order, checked and frozen. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { z } from 'zod';
import { JoywireError } from '../shared/errors.ts';
import { type EmulatorSpec, emulatorsFault } from './config-emulators.ts';
import { configSchema } from './config-schema.ts';
import { SETTINGS, type Setting } from './config-settings.ts';
import {
  fromEnvironment,
  fromFile,
  fromFlags,
  type Given,
  readServeFlags,
  show,
  type Source,
  unknownVariables,
} from './config-sources.ts';
import { hostName, isLoopback } from './http/host.ts';
import { packageRoot } from './package.ts';

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** The settings of one gateway. `rom` and `data` are absolute paths; `host` has no brackets; no `token` means none is wanted. */
export type Config = Frozen<z.output<typeof configSchema>>;
/** Settings with everything optional, as in a file. */
export type ConfigInput = Frozen<z.input<typeof configSchema>>;

/** Where a configuration is read from. */
export interface ConfigSources {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** What relative paths in flags and environment are relative to. @default the process's */
  readonly cwd?: string;
  /** Reads the text of a file, or throws. */
  readonly readFile?: (path: string) => string;
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly string[] }
  /** Each problem names the key, what it got, what is allowed and where it came from. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads and checks everything. Never throws; all problems are listed at once. */
export function readConfig(sources: ConfigSources): ConfigResult {
  const { args = [], env = {}, cwd = process.cwd(), readFile = readText } = sources;
  const line = readServeFlags(args);
  const fileName = line.flags.get('config')?.at(-1) ?? (env['JOYWIRE_CONFIG'] || undefined);
  const file = fileName === undefined ? NO_FILE : readSettings(resolve(cwd, fileName), readFile);
  const given = new Map([...file.source, ...fromEnvironment(env), ...fromFlags(line)]);
  const checked = check(given);
  const problems = [...line.problems, ...file.problems, ...checked.problems];
  if (checked.values === undefined || problems.length > 0) return { ok: false, problems };
  // A path in the file is relative to the file.
  const baseOf = (key: string) =>
    given.has(key) && file.source.get(key) === given.get(key) ? dirname(resolve(cwd, fileName ?? '')) : cwd;
  const config = finish(checked.values, baseOf);
  return { ok: true, config, warnings: unknownVariables(env) };
}

/**
 * The configuration for settings from code: a test, a benchmark, a gateway inside another program. Reads no environment.
 * @throws JoywireError `invalid_config`, its message a line for each problem
 */
export function makeConfig(settings: ConfigInput = {}): Config {
  const { source, problems } = fromFile(settings, 'makeConfig()');
  const checked = check(source);
  const all = [...problems, ...checked.problems];
  if (checked.values === undefined || all.length > 0)
    throw new JoywireError('invalid_config', all.join('\n'));
  return finish(checked.values, () => process.cwd());
}

interface FileRead {
  readonly source: Source;
  readonly problems: readonly string[];
}
const NO_FILE: FileRead = { source: new Map(), problems: [] };

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

function readSettings(path: string, readFile: (path: string) => string): FileRead {
  try {
    const content: unknown = JSON.parse(readFile(path).replace(/^\uFEFF/, ''));
    return fromFile(content, basename(path));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ...NO_FILE, problems: [`config: got ${show(path)}; allowed: the path of a JSON file; ${why}`] };
  }
}

interface Checked {
  readonly values: z.output<typeof configSchema> | undefined;
  readonly problems: readonly string[];
}

function check(given: Source): Checked {
  const parsed = configSchema.safeParse(nested(given.values()));
  if (parsed.success) {
    return {
      values: parsed.data,
      problems: [...exposure(parsed.data, given), ...tooManyPorts(parsed.data), ...halves(parsed.data)],
    };
  }
  const keys = parsed.error.issues.map(({ path }) =>
    SETTINGS.find((setting) => setting.path.every((part, depth) => path[depth] === part)),
  );
  // Two wrong items of one list are one wrong value.
  const wrong = [...new Set(keys.filter((setting) => setting !== undefined))];
  return { values: undefined, problems: wrong.map((setting) => problem(setting, given.get(setting.key))) };
}

function problem(setting: Setting, given: Given | undefined): string {
  const got = setting.secret ? 'something else' : show(given?.written);
  const fault = setting.kind === 'emulators' ? emulatorsFault(given?.value) : undefined;
  const more = fault === undefined ? '' : `; ${fault}`;
  return `${setting.key}: got ${got}; allowed: ${setting.allowed}${more} (from ${given?.from ?? 'the default'})`;
}

const PATHS = ['romDir', 'tokensFile', 'jwtKey', 'tlsCert', 'tlsKey'] as const;

/** The paths that were given, absolute. */
function resolved(
  values: z.output<typeof configSchema>,
  baseOf: (key: string) => string,
): Partial<Record<(typeof PATHS)[number], string>> {
  const given = PATHS.flatMap((key) => {
    const path = values[key];
    return path === undefined ? [] : [[key, resolve(baseOf(key), path)] as const];
  });
  return Object.fromEntries(given);
}

/** Beyond loopback nobody gets in without a token, unless the operator says in plain words that anybody may. */
function exposure(config: Checked['values'] & object, given: Source): string[] {
  const { host, allowUnauthenticated } = config;
  if (isLoopback(host) || wantsTokens(config) || allowUnauthenticated) return [];
  return [
    `host: got ${show(host)}; allowed: a loopback address such as 127.0.0.1, as long as there is no token: ` +
      'others could play and watch. Set a token (JOYWIRE_TOKEN, --token, --tokens-file, --jwt-key, --jwks-url), or say that anybody may come in ' +
      `(--allow-unauthenticated) (from ${given.get('host')?.from ?? 'the default'})`,
  ];
}

/** Whether who comes in must present something. */
export function wantsTokens({
  token,
  tokensFile,
  jwtKey,
  jwksUrl,
}: Pick<z.output<typeof configSchema>, 'token' | 'tokensFile' | 'jwtKey' | 'jwksUrl'>): boolean {
  return [token, tokensFile, jwtKey, jwksUrl].some((setting) => setting !== undefined);
}

/** Settings that mean nothing, or something else, without another. */
function halves({
  tlsCert,
  tlsKey,
  jwtKey,
  jwksUrl,
  jwtIssuer,
  jwtAudience,
}: Checked['values'] & object): string[] {
  const problems: string[] = [];
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    problems.push(
      `${tlsCert === undefined ? 'tlsCert' : 'tlsKey'}: missing; allowed: tlsCert and tlsKey, or neither`,
    );
  }
  if (jwtKey !== undefined && jwksUrl !== undefined) {
    problems.push('jwksUrl: given beside jwtKey; allowed: one of them');
  }
  const signed = jwtKey !== undefined || jwksUrl !== undefined;
  if (!signed && (jwtIssuer !== undefined || jwtAudience !== undefined)) {
    problems.push('jwtIssuer, jwtAudience: given without a key; allowed: with jwtKey or jwksUrl');
  }
  return problems;
}

function tooManyPorts({ compatPort = 0, compatCount }: Checked['values'] & object): string[] {
  const last = compatPort + compatCount - 1;
  if (last <= 65_535) return [];
  return [
    `compatPort: got ${compatPort}; allowed: at most ${65_536 - compatCount} with ${compatCount} ports`,
  ];
}

/** `batching.maxWaitMs` becomes `{batching: {maxWaitMs}}`. */
function nested(given: Iterable<Given>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  const groups = new Map<string, Record<string, unknown>>();
  for (const { setting, value } of given) {
    const [group, name] = setting.path;
    if (group === undefined) continue;
    if (name === undefined) root[group] = value;
    else {
      const members = groups.get(group) ?? {};
      members[name] = value;
      groups.set(group, members);
      root[group] = members;
    }
  }
  return root;
}

/** @param baseOf what a relative path in a setting is relative to */
function finish(values: z.output<typeof configSchema>, baseOf: (key: string) => string): Config {
  return deepFreeze({
    ...values,
    host: hostName(values.host),
    data: resolve(baseOf('data'), values.data),
    rom: romPath(values.rom, baseOf('rom')),
    ...resolved(values, baseOf),
    emulators: withRomPaths(values.emulators, baseOf('emulators')),
  });
}

function withRomPaths(emulators: number | readonly EmulatorSpec[], base: string) {
  if (typeof emulators === 'number') return emulators;
  return emulators.map((spec) =>
    'rom' in spec && spec.rom !== undefined ? { ...spec, rom: romPath(spec.rom, base) } : spec,
  );
}

/** A bare word is the name of a game that ships with this package; everything else is a path. */
function romPath(rom: string, base: string): string {
  return /^[\w-]+$/.test(rom) ? join(packageRoot, 'roms', `${rom}.gb`) : resolve(base, rom);
}

function deepFreeze<T extends object>(value: T): T {
  for (const child of Object.values(value))
    if (typeof child === 'object' && child !== null) deepFreeze(child);
  return Object.freeze(value);
}
