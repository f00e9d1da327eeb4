import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashToken, readTokenFile } from '../../../../server/access/token-file.ts';
import { dispatch } from '../../../../server/commands/dispatch.ts';
import { type DataDirectory, dataDirectory } from '../../../support/data-directory.ts';

let directory: DataDirectory;
beforeEach(() => {
  directory = dataDirectory();
});
afterEach(() => directory.remove());

const file = (name = 'tokens.json') => join(directory.path, name);

async function token(...args: readonly string[]) {
  const written = { out: '', err: '' };
  const code = await dispatch(['token', ...args], {
    stdout: {
      write: (text) => {
        written.out += text;
      },
    },
    stderr: {
      write: (text) => {
        written.err += text;
      },
    },
    stdin: (async function* () {})(),
    env: {},
    cwd: directory.path,
    onSignal: () => () => undefined,
  });
  return { code, ...written };
}

describe('token new', () => {
  it('prints the token once, and keeps only its hash, for its owner’s eyes', async () => {
    const { code, out, err } = await token('new', 'ann', '--role', 'admin');
    expect(code).toBe(0);
    const made = out.trim();
    expect(made).toMatch(/^[\w-]{32}$/);
    expect(err).not.toContain(made);
    expect(readTokenFile(file())).toEqual([
      { name: 'ann', role: 'admin', sha256: hashToken(made).toString('hex') },
    ]);
    expect(readFileSync(file(), 'utf8')).not.toContain(made);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it('adds to the file, plays where no role is given, and never makes the same token twice', async () => {
    const [first, second] = [await token('new', 'ann'), await token('new', 'bob')];
    expect(first.out).not.toBe(second.out);
    expect(readTokenFile(file()).map(({ name, role }) => `${name} ${role}`)).toEqual([
      'ann play',
      'bob play',
    ]);
  });

  it('takes a time, limits, and another file', async () => {
    const limits = [
      '--max-sessions',
      '0',
      '--max-connections',
      '5',
      '--messages-per-second',
      '9',
      '--inputs-per-second',
      '60',
    ];
    const until = '2030-01-31T00:00:00Z';
    expect((await token('new', 'ann', '--file', 'other.json', '--expires', until, ...limits)).code).toBe(0);
    expect(existsSync(file())).toBe(false);
    expect(readTokenFile(file('other.json'))).toMatchObject([
      {
        expires: '2030-01-31T00:00:00.000Z',
        limits: { sessions: 0, connections: 5, messagesPerSecond: 9, inputsPerSecond: 60 },
      },
    ]);
  });

  it.each([
    ['30m', 30],
    ['12h', 12 * 60],
    ['30d', 30 * 24 * 60],
  ])('counts %s from now on', async (text, minutes) => {
    const before = Date.now();
    await token('new', 'ann', '--expires', text);
    const atMs = Date.parse(readTokenFile(file())[0]?.expires ?? '') - minutes * 60_000;
    expect(atMs).toBeGreaterThanOrEqual(before);
    expect(atMs).toBeLessThanOrEqual(Date.now());
  });

  it.each([
    [['new'], /give one name/],
    [['new', 'ann', 'bob'], /give one name/],
    [['new', 'ann', '--role', 'king'], /--role: got "king"; allowed: watch, play, admin/],
    [['new', 'ann', '--expires', 'soon'], /--expires: got "soon"; allowed: 30m, 12h, 30d/],
    [
      ['new', 'ann', '--max-sessions', 'many'],
      /--max-sessions: got "many"; allowed: a whole number from 0 on/,
    ],
    [
      ['new', 'ann', '--inputs-per-second', '0'],
      /--inputs-per-second: got "0"; allowed: a whole number from 1 on/,
    ],
    [['new', 'ann', '--rolle', 'play'], /rolle/],
    [['nwe', 'ann'], /token nwe: unknown.*new/],
    [[], /allowed: new, ls, rm/],
  ])('%j is a wrong command line, and makes nothing', async (args, why) => {
    const { code, out, err } = await token(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(why);
    expect(existsSync(file())).toBe(false);
  });

  it('does not replace a token of the same name', async () => {
    await token('new', 'ann');
    const before = readFileSync(file(), 'utf8');
    const { code, out, err } = await token('new', 'ann', '--role', 'admin');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('joywire token rm ann');
    expect(readFileSync(file(), 'utf8')).toBe(before);
  });

  it('leaves a file alone that is none of tokens', async () => {
    writeFileSync(file(), '{"precious": true}');
    const { code, err } = await token('new', 'ann');
    expect(code).toBe(1);
    expect(err).toContain(file());
    expect(readFileSync(file(), 'utf8')).toBe('{"precious": true}');
  });
});

describe('token ls', () => {
  it('shows everybody, and no hash', async () => {
    await token('new', 'ann', '--role', 'admin');
    await token('new', 'bob', '--expires', '2030-01-31T00:00:00Z', '--max-sessions', '2');
    const { code, out } = await token('ls');
    expect(code).toBe(0);
    expect(out).toBe('ann  admin  for ever\nbob  play  until 2030-01-31T00:00:00.000Z, 2 sessions\n');
  });

  it('says when there is no file', async () => {
    const { code, err } = await token('ls');
    expect(code).toBe(1);
    expect(err).toContain(file());
  });
});

describe('token rm', () => {
  it('takes one back, and says who is known if it is none', async () => {
    await token('new', 'ann');
    await token('new', 'bob');
    expect((await token('rm', 'ann')).code).toBe(0);
    expect(readTokenFile(file()).map(({ name }) => name)).toEqual(['bob']);
    const { code, err } = await token('rm', 'ann');
    expect(code).toBe(2);
    expect(err).toMatch(/no such token.*allowed: bob/);
  });
});
