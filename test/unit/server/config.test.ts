import { join, sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMULATORS_ALLOWED } from '../../../server/config-emulators.ts';
import { type Config, makeConfig, readConfig } from '../../../server/config.ts';
import { SETTINGS, type Setting } from '../../../server/config-settings.ts';
import { packageRoot } from '../../../server/package.ts';

interface Given {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  readonly file?: unknown;
}

/** Reads a configuration whose file, if there is one, is /etc/joywire.json. */
function read({ args = [], env = {}, file }: Given) {
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  return readConfig({
    args: file === undefined ? args : ['--config', '/etc/joywire.json', ...args],
    env,
    cwd: '/games',
    readFile: (path) => {
      if (path !== '/etc/joywire.json') throw new Error(`ENOENT: ${path}`);
      return text;
    },
  });
}

function configOf(given: Given): Config {
  const result = read(given);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.config;
}

function problemsOf(given: Given): readonly string[] {
  const result = read(given);
  return result.ok ? [] : result.problems;
}

function valueOf(config: Config, { path }: Setting): unknown {
  return path.reduce<unknown>(
    (node, part) =>
      typeof node === 'object' && node !== null
        ? Object.getOwnPropertyDescriptor(node, part)?.value
        : undefined,
    config,
  );
}

describe('the defaults', () => {
  it('serve the game that ships on loopback, wherever it is started from', () => {
    const config = configOf({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      driver: 'embedded',
      emulators: 4,
      credit: 1024,
    });
    expect(config.batching).toEqual({
      strategy: 'adaptive',
      maxWaitMs: 3,
      maxBatchSize: 8,
      highFrequencyThreshold: 5,
    });
    expect(config.rom).toBe(join(packageRoot, 'roms', 'overworld.gb'));
    expect(config.token).toBeUndefined();
  });

  it('are frozen all the way down', () => {
    const config = configOf({});
    for (const part of [config, config.batching, config.allowedHosts])
      expect(Object.isFrozen(part)).toBe(true);
  });
});

describe('a value', () => {
  const cases: readonly [what: string, given: Given, expected: object][] = [
    ['as a flag', { args: ['--port', '0'] }, { port: 0 }],
    ['as a flag with =', { args: ['--port=1'] }, { port: 1 }],
    ['given twice as a flag: the last counts', { args: ['--port=1', '--port=2'] }, { port: 2 }],
    ['in a group, as a flag', { args: ['--batching-max-wait-ms', '0.5'] }, { batching: { maxWaitMs: 0.5 } }],
    [
      'in a group, in the environment',
      { env: { JOYWIRE_BATCHING_STRATEGY: 'eager' } },
      { batching: { strategy: 'eager' } },
    ],
    [
      'in a group, in the file',
      { file: { batching: { maxBatchSize: 20 } } },
      { batching: { maxBatchSize: 20, maxWaitMs: 3 } },
    ],
    ['a switch', { args: ['--allow-unauthenticated'] }, { allowUnauthenticated: true }],
    [
      'a switch turned off',
      { args: ['--no-allow-unauthenticated'], env: { JOYWIRE_ALLOW_UNAUTHENTICATED: '1' } },
      { allowUnauthenticated: false },
    ],
    ['a switch with a value', { args: ['--allow-unauthenticated=false'] }, { allowUnauthenticated: false }],
    [
      'a boolean in the environment',
      { env: { JOYWIRE_ALLOW_UNAUTHENTICATED: 'TRUE' } },
      { allowUnauthenticated: true },
    ],
    ['a boolean in the file', { file: { allowUnauthenticated: true } }, { allowUnauthenticated: true }],
    [
      'a list as a flag',
      { args: ['--allowed-hosts', 'a.example, b.example:80'] },
      { allowedHosts: ['a.example', 'b.example:80'] },
    ],
    [
      'a list as a repeated flag',
      { args: ['--allowed-hosts=a', '--allowed-hosts=b'] },
      { allowedHosts: ['a', 'b'] },
    ],
    [
      'a list in the environment',
      { env: { JOYWIRE_ALLOWED_ORIGINS: 'https://a.example,http://b:3000' } },
      { allowedOrigins: ['https://a.example', 'http://b:3000'] },
    ],
    [
      'a list in the file',
      { file: { allowedHosts: ['a', '[::1]:80'] } },
      { allowedHosts: ['a', '[::1]:80'] },
    ],
    ['a list as one text in the file', { file: { allowedHosts: 'a,b' } }, { allowedHosts: ['a', 'b'] }],
    [
      'an empty list over a full one',
      { args: ['--allowed-hosts='], file: { allowedHosts: ['a'] } },
      { allowedHosts: [] },
    ],
    ['an empty variable counts as unset', { env: { JOYWIRE_PORT: '', JOYWIRE_TOKEN: '' } }, { port: 8080 }],
    ['a host in brackets', { args: ['--host', '[::1]'] }, { host: '::1' }],
    [
      'a ROM by path, relative to where one is',
      { args: ['--rom', 'my/game.gb'] },
      { rom: `${sep}games${sep}my${sep}game.gb` },
    ],
    [
      'a ROM by path, relative to the file it is in',
      { file: { rom: 'game.gb' } },
      { rom: `${sep}etc${sep}game.gb` },
    ],
    [
      'a ROM by path in a flag, besides a file',
      { file: { rom: 'a.gb' }, args: ['--rom', 'b.gb'] },
      { rom: `${sep}games${sep}b.gb` },
    ],
    ['a ROM by name', { args: ['--rom', 'overworld'] }, { rom: join(packageRoot, 'roms', 'overworld.gb') }],
    [
      'emulators as a list in a flag',
      { args: ['--emulators', 'embedded*2,noop'] },
      {
        emulators: [
          { kind: 'embedded', count: 2 },
          { kind: 'noop', count: 1 },
        ],
      },
    ],
    [
      'emulators in the file, with a ROM relative to it',
      { file: { emulators: [{ kind: 'embedded', count: 3, rom: 'other.gb' }] } },
      { emulators: [{ kind: 'embedded', count: 3, rom: `${sep}etc${sep}other.gb` }] },
    ],
    ['a file that begins with a byte order mark', { file: '\uFEFF{"port": 5}' }, { port: 5 }],
  ];
  it.each(cases)('%s', (_what, given, expected) => {
    expect(configOf(given)).toMatchObject(expected);
  });

  it('comes from the file that JOYWIRE_CONFIG names, unless a flag names another', () => {
    const files: Record<string, string> = { '/w/a.json': '{"port": 1}', '/w/b.json': '{"port": 2}' };
    const readFile = (path: string) => files[path] ?? '';
    const sources = { env: { JOYWIRE_CONFIG: 'a.json' }, cwd: '/w', readFile };
    expect(readConfig(sources)).toMatchObject({ config: { port: 1 } });
    expect(readConfig({ ...sources, args: ['-c', 'b.json'] })).toMatchObject({ config: { port: 2 } });
  });
});

/** Settings that are wrong without another. */
const HALVES = ['tlsCert', 'tlsKey', 'jwtIssuer', 'jwtAudience'];

/** Three different valid values of every setting, as text. */
const SAMPLES: Readonly<Record<string, readonly [string, string, string]>> = {
  tokensFile: ['/a', '/b', '/c'],
  jwtKey: ['/a', '/b', '/c'],
  romDir: ['/a', '/b', '/c'],
  logFormat: ['json', 'text', 'auto'],
  host: ['127.0.0.2', '127.0.0.3', 'localhost'],
  rom: ['/a.gb', '/b.gb', '/c.gb'],
  driver: ['noop', 'embedded', 'noop'],
  'batching.strategy': ['eager', 'threshold', 'eager'],
  token: ['one', 'two', 'three'],
  allowedOrigins: ['http://a', 'http://b,https://c', 'http://d'],
  allowedHosts: ['a', 'b,c', 'd'],
  data: ['/a', '/b', '/c'],
  durability: ['power', 'process', 'power'],
  jwksUrl: ['https://a/', 'https://b/', 'https://c/'],
  logLevel: ['debug', 'error', 'warn'],
};

function samples({ key, kind, allowed }: Setting): readonly [string, string, string] {
  if (kind === 'boolean') return ['true', 'false', 'true'];
  const min = Number(/ from (\d+) to/.exec(allowed)?.[1]);
  return SAMPLES[key] ?? [String(min), String(min + 1), String(min + 2)];
}

function typed({ kind }: Setting, text: string): unknown {
  if (kind === 'number' || kind === 'emulators') return Number(text);
  if (kind === 'boolean') return text === 'true';
  return kind === 'list' ? text.split(',') : text;
}

function nested({ path }: Setting, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
}

it('flag wins over environment, environment over file, file over default, for every setting', () => {
  const sources = fc.record({ flag: fc.boolean(), env: fc.boolean(), file: fc.boolean() });
  fc.assert(
    fc.property(
      fc.constantFrom(...SETTINGS.filter(({ key }) => !HALVES.includes(key))),
      sources,
      (setting, has) => {
        const [flag, env, file] = samples(setting);
        const config = configOf({
          ...(has.flag && { args: [`--${setting.flag}=${flag}`] }),
          ...(has.env && { env: { [setting.env]: env } }),
          ...(has.file && { file: nested(setting, typed(setting, file)) }),
        });
        const text = has.flag ? flag : has.env ? env : has.file ? file : undefined;
        const expected = text === undefined ? valueOf(configOf({}), setting) : typed(setting, text);
        expect(valueOf(config, setting)).toEqual(expected);
      },
    ),
    { numRuns: 1000 },
  );
});

it('settings that mean nothing without another are refused, with what is missing', () => {
  const problemsOf = (args: readonly string[]) => {
    const result = readConfig({ args });
    return result.ok ? [] : result.problems;
  };
  expect(problemsOf(['--tls-cert', 'a'])).toEqual([
    'tlsKey: missing; allowed: tlsCert and tlsKey, or neither',
  ]);
  expect(problemsOf(['--tls-key', 'a'])).toEqual([
    'tlsCert: missing; allowed: tlsCert and tlsKey, or neither',
  ]);
  expect(problemsOf(['--jwt-issuer', 'a'])).toEqual([
    'jwtIssuer, jwtAudience: given without a key; allowed: with jwtKey or jwksUrl',
  ]);
  expect(problemsOf(['--jwt-key', 'a', '--jwks-url', 'https://a/'])).toEqual([
    'jwksUrl: given beside jwtKey; allowed: one of them',
  ]);
  // Whoever can change keys on their way here can sign tokens.
  for (const url of ['http://issuer.example/keys', 'http://10.0.0.1/keys', 'ftp://a/', 'keys.json']) {
    expect(problemsOf(['--jwks-url', url])).toEqual([
      `jwksUrl: got "${url}"; allowed: https URL of a JWKS; http on loopback only (from flag --jwks-url)`,
    ]);
  }
  for (const url of [
    'https://issuer.example/keys',
    'http://127.0.0.1:1/keys',
    'http://[::1]/',
    'http://localhost/',
  ]) {
    expect(problemsOf(['--jwks-url', url])).toEqual([]);
  }
});

describe('a wrong value names the key, what it got, what is allowed and where it came from', () => {
  const cases: readonly [what: string, given: Given, problems: readonly string[]][] = [
    [
      'a port that is no number',
      { env: { JOYWIRE_PORT: 'abc' } },
      ['port: got "abc"; allowed: a whole number from 0 to 65535 (from environment JOYWIRE_PORT)'],
    ],
    [
      'a port with a fraction',
      { args: ['--port', '80.5'] },
      ['port: got "80.5"; allowed: a whole number from 0 to 65535 (from flag --port)'],
    ],
    [
      'a negative port',
      { args: ['--port', '-1'] },
      ['port: got "-1"; allowed: a whole number from 0 to 65535 (from flag --port)'],
    ],
    [
      'a number written in a way that only JavaScript takes',
      { args: ['--port', '0x10'] },
      ['port: got "0x10"; allowed: a whole number from 0 to 65535 (from flag --port)'],
    ],
    [
      'a text where the file wants a number',
      { file: { port: '80' } },
      ['port: got "80"; allowed: a whole number from 0 to 65535 (from file joywire.json)'],
    ],
    [
      'an unknown choice',
      { args: ['--batching-strategy', 'fast'] },
      ['batching.strategy: got "fast"; allowed: threshold, eager, adaptive (from flag --batching-strategy)'],
    ],
    [
      'a boolean that is neither',
      { env: { JOYWIRE_ALLOW_UNAUTHENTICATED: 'maybe' } },
      [
        'allowUnauthenticated: got "maybe"; allowed: true or false (from environment JOYWIRE_ALLOW_UNAUTHENTICATED)',
      ],
    ],
    [
      'an origin with a path, once, however many there are',
      { args: ['--allowed-origins', 'https://a/b,https://c/d'] },
      [
        'allowedOrigins: got "https://a/b,https://c/d"; allowed: a list, separated by commas: ' +
          'scheme://host[:port] without a path (from flag --allowed-origins)',
      ],
    ],
    [
      'a member of a list of emulators',
      { args: ['--emulators', 'noop,pokemon-gym'] },
      [
        `emulators: got "noop,pokemon-gym"; allowed: ${EMULATORS_ALLOWED}; number 2 is wrong: url: Invalid input: expected string, received undefined (from flag --emulators)`,
      ],
    ],
    [
      'a list of emulators in which two are one',
      {
        file: {
          emulators: [
            { kind: 'mgba-http', url: 'http://a' },
            { kind: 'mgba-http', url: 'http://a/' },
          ],
        },
      },
      [expect.stringContaining('two emulators have the same id or url')],
    ],
    [
      'more compatibility ports than there are',
      { args: ['--compat-port', '65533'] },
      ['compatPort: got 65533; allowed: at most 65532 with 4 ports'],
    ],
    [
      'several at once',
      { args: ['--port', 'x', '--emulators', '0'], env: { JOYWIRE_CREDIT: '-' } },
      [
        'port: got "x"; allowed: a whole number from 0 to 65535 (from flag --port)',
        `emulators: got "0"; allowed: ${EMULATORS_ALLOWED} (from flag --emulators)`,
        'credit: got "-"; allowed: a whole number from 1 to 4096 (from environment JOYWIRE_CREDIT)',
      ],
    ],
    [
      'an unknown flag, with the nearest',
      { args: ['--prot', '1'] },
      ['--prot: unknown flag; did you mean --port?', '1: unexpected; serve takes flags only'],
    ],
    ['an unknown flag, with nothing near', { args: ['--zzzzzzzz'] }, ['--zzzzzzzz: unknown flag']],
    [
      'a flag in the file’s spelling',
      { args: ['--maxMessageBytes=1'] },
      ['--maxMessageBytes: unknown flag; did you mean --max-message-bytes?'],
    ],
    ['a flag without its value', { args: ['--host', '--port', '80'] }, ['--host: needs a value']],
    [
      'a group’s setting without its group',
      { args: ['--max-wait-ms=1'] },
      ['--max-wait-ms: unknown flag; did you mean --batching-max-wait-ms?'],
    ],
    ['a flag without its value, at the end', { args: ['--port'] }, ['--port: needs a value']],
    ['an argument that is no flag', { args: ['9000'] }, ['9000: unexpected; serve takes flags only']],
    [
      'an unknown key in the file',
      { file: { prot: 1 } },
      ['prot: unknown setting; did you mean port? (from file joywire.json)'],
    ],
    [
      'an unknown key in a group of the file',
      { file: { batching: { maxWait: 1 } } },
      ['batching.maxWait: unknown setting; did you mean batching.maxWaitMs? (from file joywire.json)'],
    ],
    [
      'a key of Object.prototype',
      { file: '{"__proto__": {"port": 1}}' },
      ['__proto__: unknown setting (from file joywire.json)'],
    ],
    [
      'a group that is none',
      { file: { batching: 3 } },
      ['batching: got 3; allowed: an object of settings (from file joywire.json)'],
    ],
    [
      'a file that is a list',
      { file: [] },
      ['config: got []; allowed: an object of settings (from file joywire.json)'],
    ],
  ];
  it.each(cases)('%s', (_what, given, problems) => {
    expect(problemsOf(given)).toEqual(problems);
  });

  it.each(['http://x', '127.0.0.1:80', 'a b', '::1::', 'a/b', '[::1]:80'])(
    '%s is no host to listen on',
    (host) => {
      expect(problemsOf({ args: [`--host=${host}`] })[0]).toContain(
        `host: got ${JSON.stringify(host)}; allowed: `,
      );
    },
  );

  it('a file that is missing or no JSON', () => {
    expect(problemsOf({ args: ['-c', 'gone.json'] })).toEqual([
      `config: got "${join(sep, 'games', 'gone.json')}"; allowed: the path of a JSON file; ENOENT: /games/gone.json`,
    ]);
    expect(problemsOf({ file: '{port: 1}' })[0]).toMatch(
      /^config: got .*; allowed: the path of a JSON file; /,
    );
  });

  it('without ever showing a token', () => {
    const problems = problemsOf({ args: ['--token', 'hunter2 hunter2'] });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('token: got something else; allowed: 1 to 4096 visible ASCII characters');
    expect(problems[0]).not.toContain('hunter2');
  });
});

describe('beyond loopback', () => {
  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.org', '128.0.0.1'])(
    '%s refuses to start without a token and names both ways out',
    (host) => {
      const [problem, ...more] = problemsOf({ args: ['--host', host] });
      expect(more).toEqual([]);
      expect(problem).toContain(`host: got "${host}"; allowed: a loopback address`);
      expect(problem).toContain('--token');
      expect(problem).toContain('--allow-unauthenticated');
      expect(problem).toContain('(from flag --host)');
    },
  );

  it.each(['127.0.0.1', '127.9.9.9', 'localhost', 'LOCALHOST.', '::1', '[::1]', '::ffff:127.0.0.1'])(
    '%s is loopback and needs none',
    (host) => {
      expect(problemsOf({ args: ['--host', host] })).toEqual([]);
    },
  );

  it('a token or the plain words open it', () => {
    expect(configOf({ args: ['--host', '0.0.0.0'], env: { JOYWIRE_TOKEN: 's3cret' } }).token).toBe('s3cret');
    expect(configOf({ args: ['--host', '::', '--allow-unauthenticated'] }).host).toBe('::');
  });
});

it('unknown JOYWIRE_ variables are warned about and ignored', () => {
  const result = read({ env: { JOYWIRE_PROT: '1', JOYWIRE_URL: 'x', PATH: '/bin', JOYWIRE_PORT: '3' } });
  expect(result).toMatchObject({
    ok: true,
    config: { port: 3 },
    warnings: ['JOYWIRE_PROT: unknown environment variable, ignored; did you mean JOYWIRE_PORT?'],
  });
});

describe('makeConfig', () => {
  it('takes settings from code, over the defaults and nothing else', () => {
    const config = makeConfig({ port: 0, batching: { strategy: 'eager' } });
    expect(config).toMatchObject({ port: 0, batching: { strategy: 'eager', maxBatchSize: 8 } });
  });

  it('throws invalid_config with every problem', () => {
    expect(() => makeConfig({ port: -1, credit: 0 })).toThrow(
      expect.objectContaining({
        code: 'invalid_config',
        message: expect.stringMatching(/^port: .*\ncredit: /),
      }),
    );
  });
});
