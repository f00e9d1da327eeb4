import { describe, expect, it } from 'vitest';
import type { CommandIo } from '../../../../server/commands/command.ts';
import { dispatch } from '../../../../server/commands/dispatch.ts';
import { SETTINGS } from '../../../../server/config-settings.ts';
import { packageVersion } from '../../../../server/package.ts';

async function run(args: readonly string[], stdin: readonly string[] = []) {
  const written = { out: '', err: '' };
  const io: CommandIo = {
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
    stdin: (async function* () {
      yield* stdin;
    })(),
    env: {},
    cwd: '/',
    onSignal: () => () => undefined,
  };
  const code = await dispatch(args, io);
  return { code, ...written };
}

describe('help', () => {
  it.each([['--help'], ['-h'], ['help']])('%s lists the commands and every setting', async (flag) => {
    const { code, out, err } = await run([flag]);
    expect([code, err]).toEqual([0, '']);
    for (const name of ['serve', 'send', 'stats', 'profile', 'journal'])
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    for (const { flag: setting, env } of SETTINGS) {
      expect(out).toContain(`--${setting}`);
      expect(out).toContain(env);
    }
  });

  it.each([
    [['help', 'send'], 'usage: joywire send'],
    [['send', '--help'], 'usage: joywire send'],
    [['send', 'A', '-h'], 'usage: joywire send'],
    [['stats', '--help'], 'usage: joywire stats'],
    [['profile', '--help'], 'usage: joywire profile'],
    [['serve', '--port', 'abc', '--help'], 'usage: joywire serve'],
    [['--port', 'abc', '--help'], 'usage: joywire serve'],
  ])('%j is the help of one command', async (args, start) => {
    const { code, out } = await run(args);
    expect(code).toBe(0);
    expect(out.startsWith(start)).toBe(true);
  });
});

it.each([[['--version']], [['-v']], [['serve', '--version']], [['send', '-v']]])(
  '%j prints the version',
  async (args) => {
    expect(await run(args)).toEqual({ code: 0, out: `joywire ${packageVersion}\n`, err: '' });
  },
);

describe('a wrong command line exits 2 and says why on stderr', () => {
  it.each<[args: readonly string[], message: string]>([
    [
      ['sned'],
      'sned: unknown command; did you mean send?; allowed: serve, mcp, send, stats, profile, token, sessions, kick, release, replay, journal, help',
    ],
    [['help', 'sned'], 'sned: unknown command; did you mean send?'],
    [['--prot', '1'], '--prot: unknown flag; did you mean --port?'],
    [['send'], 'send: give one script'],
    [['send', 'A', '--file', 'x'], 'send: give one script'],
    [['send', '--file', 'gone.txt'], '--file: got "gone.txt"; allowed: a readable file'],
    [['send', 'A', '--pace', 'fast'], '--pace: got "fast"; allowed: turbo, realtime'],
    [['send', 'A', '--jsn'], '--jsn: unknown flag; did you mean --json?'],
    [['send', 'A FOO'], 'script, line 1, column 3: '],
    [['send', '# nothing'], 'the script presses nothing'],
    [['stats', '--interval', '50'], '--interval: got "50"; allowed: a whole number from 100 to 3600000'],
    [['mcp', '--pace', 'fast'], '--pace: got "fast"; allowed: turbo, realtime'],
    [['mcp', 'x'], 'x: unexpected; mcp takes flags only'],
    [['profile', '--seconds', '0'], '--seconds: got "0"; allowed: a number above 0, up to 86400'],
    [['profile', 'x'], 'x: unexpected; profile takes flags only'],
    [['stats', 'x'], 'x: unexpected; stats takes flags only'],
  ])('%j', async (args, message) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`joywire: ${message}`);
  });

  it('a script on stdin may come in pieces', async () => {
    const { code, err } = await run(['send', '-'], ['A B', ' \nFO', 'O']);
    expect(code).toBe(2);
    expect(err).toContain('script, line 2, column 1: ');
    expect(err).toContain('  FOO\n  ^\n');
  });
});
