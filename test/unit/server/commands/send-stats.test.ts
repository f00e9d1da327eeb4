import { describe, expect, it, onTestFinished } from 'vitest';
import type { CommandIo, StopSignal } from '../../../../server/commands/command.ts';
import { dispatch } from '../../../../server/commands/dispatch.ts';
import { type ConfigInput, makeConfig } from '../../../../server/config.ts';
import { createGateway } from '../../../../server/gateway.ts';

/** A gateway that runs nothing, and `joywire …` against it. */
async function start(settings: ConfigInput = {}) {
  const gateway = await createGateway(makeConfig({ driver: 'noop', port: 0, journal: false, ...settings }));
  onTestFinished(() => gateway.close());
  const { port } = await gateway.listen();
  return (
    args: readonly string[],
    more: { env?: NodeJS.ProcessEnv; stdin?: readonly string[]; signal?: StopSignal } = {},
  ) => run(args, { ...more, env: { JOYWIRE_URL: `127.0.0.1:${port}`, ...more.env } });
}

interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin?: readonly string[];
  /** Comes with the first output. */
  readonly signal?: StopSignal;
}

async function run(args: readonly string[], { env, stdin = [], signal }: Surroundings) {
  const written = { out: '', err: '' };
  const listeners = new Set<(name: StopSignal) => void>();
  const io: CommandIo = {
    stdout: {
      write: (text) => {
        written.out += text;
        if (signal !== undefined) for (const listener of listeners) listener(signal);
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
    env,
    cwd: '/',
    onSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const code = await dispatch(args, io);
  expect(listeners.size).toBe(0);
  return { code, ...written };
}

function jsonLines(text: string): unknown[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

describe('send', () => {
  it('[I2] prints one line for each input, in order, with what it was', async () => {
    const joywire = await start();
    const { code, out, err } = await joywire(['send', '--json', 'A UP*2 (A+B W:30)*2 # done']);
    expect([code, err]).toEqual([0, '']);
    expect(jsonLines(out)).toEqual(
      ['A', 'UP', 'UP', 'A+B', 'W:30', 'A+B', 'W:30'].map((press, index): unknown =>
        expect.objectContaining({ seq: index + 1, press, status: 'executed' }),
      ),
    );
  });

  it('reads the script from stdin, and prints a table with a summary', async () => {
    const joywire = await start();
    const { code, out } = await joywire(['send', '-'], { stdin: ['A ', 'B'] });
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^seq +press +status +frames +batch +µs$/),
      expect.stringMatching(/^ +1 +A +executed /),
      expect.stringMatching(/^ +2 +B +executed /),
      '2 executed; 32 frames',
    ]);
  });

  it('exits 1 when something was not executed', async () => {
    const joywire = await start();
    const { code, out } = await joywire(['send', 'A R B']);
    expect(code).toBe(1);
    expect(out).toContain('1 rejected');
  });

  it('says where to put the token when it is missing, and takes it from the environment', async () => {
    const joywire = await start({ token: 's3cret' });
    const refused = await joywire(['send', 'A']);
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.err).toContain('JOYWIRE_TOKEN');
    expect(await joywire(['send', 'A'], { env: { JOYWIRE_TOKEN: 's3cret' } })).toMatchObject({ code: 0 });
    expect(await joywire(['send', 'A', '--token=s3cret'])).toMatchObject({ code: 0 });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends it', async (signal, code) => {
    const joywire = await start();
    expect(await joywire(['send', 'A*1000'], { signal })).toMatchObject({ code, err: '' });
  });

  it('says what to start when there is no gateway', async () => {
    const { code, err } = await run(['send', 'A', '--url', 'ws://127.0.0.1:1'], { env: {} });
    expect(code).toBe(1);
    expect(err).toContain('start one with: joywire serve');
  });
});

describe('stats', () => {
  it('prints one reading with --once, as a table or as JSON', async () => {
    const joywire = await start();
    await joywire(['send', 'A*3']);
    expect(await joywire(['stats', '--once'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^inputs +3 +0$/m),
    });
    const { out } = await joywire(['stats', '--once', '--json']);
    expect(jsonLines(out)).toMatchObject([{ scope: 'gateway', sinceStart: { inputs: 3 } }]);
  });

  it('follows with one line each time where there is no terminal, until Ctrl-C', async () => {
    const joywire = await start();
    const { code, out } = await joywire(['stats', '--interval', '100'], { signal: 'SIGINT' });
    expect(code).toBe(0);
    expect(out).toMatch(/^inputs=0 .*outstanding=0\n/);
  });

  it('exits 1 for a session that is not there', async () => {
    const joywire = await start();
    const { code, err } = await joywire(['stats', '--session', 'nope']);
    expect(code).toBe(1);
    expect(err).toContain('unknown_session');
  });
});
