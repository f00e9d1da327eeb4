import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Encoding, Hello, Params, RequestError } from '../../shared/protocol.ts';
import { dataDirectory } from '../support/data-directory.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { illegalRom } from '../support/test-rom.ts';
import { TestTokens } from '../support/tokens.ts';

// Rollouts run on what other programs leave of the processor.
vi.setConfig({ testTimeout: 180_000 });

/** A client that makes calls and waits for their answers. */
class Caller implements AsyncDisposable {
  readonly raw: RawClient;
  #lastId = 0;

  constructor(raw: RawClient) {
    this.raw = raw;
  }

  static async open(
    { url }: TestGateway,
    hello: Hello = {},
    encoding: Encoding = 'msgpack',
  ): Promise<Caller> {
    return new Caller(await RawClient.hello(url, hello, encoding));
  }

  /** The value of the result, or the error. */
  async call(method: string, params: Params): Promise<unknown> {
    const id = ++this.#lastId;
    this.raw.send({ type: 'call', id, method, params });
    const result = () => this.raw.all('result').find((message) => message.id === id);
    const error = () => this.raw.all('error').find((message) => message.callId === id);
    await this.raw.until(() => result() !== undefined || error() !== undefined, `answer to ${method}`);
    return result()?.value ?? error()?.error;
  }

  /** Every result of a rollout, in the order in which they came. */
  async results(rollout: string): Promise<readonly unknown[]> {
    const results: unknown[] = [];
    for (;;) {
      const page = await this.call('rollout_results', { rollout, after: results.length });
      if (!isPage(page)) throw new Error(JSON.stringify(page));
      results.push(...page.results);
      if (page.done) return results;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.raw[Symbol.asyncDispose]();
  }
}

function isPage(value: unknown): value is { results: readonly unknown[]; done: boolean } {
  return typeof value === 'object' && value !== null && 'results' in value && 'done' in value;
}

const refusal = (error: Partial<RequestError>) => expect.objectContaining(error);
const saying = (text: string) => expect.stringContaining(text);
/** What names a life of the gateway. */
const LIFE = expect.stringMatching(/^[0-9a-f]{12}$/);

describe.each(['msgpack', 'json'] as const)('the calls about rollouts in %s', (encoding) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ rolloutWorkers: 1, maxRollouts: 2, maxRolloutFrames: 1000 });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    expect(gateway.errors).toEqual([]);
  });
  const open = () => Caller.open(gateway, {}, encoding);

  it('begin one behind the entries before, whose results come in pieces that may be asked for again', async () => {
    await using client = await open();
    client.raw.press(1, { hold: 30, gap: 0 });
    const begun = await client.call('rollout', {
      rollout: 'first',
      runs: [{ script: 'A' }, { script: 'B W:3' }, { script: '' }],
      memory: [[0xc000, 4]],
      hash: true,
      outcomes: true,
    });
    expect(begun).toEqual({ rollout: 'first', runs: 3, frame: 30 });
    const results = await client.results('first');
    const bytes = Buffer.from('JOYW');
    const memory = [encoding === 'json' ? bytes.toString('base64') : expect.objectContaining(bytes)];
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(results).toEqual([
      { run: 0, status: 'done', frames: 16, memory, hash, outcomes: [['executed', 30, 16]] },
      {
        run: 1,
        status: 'done',
        frames: 19,
        memory,
        hash,
        outcomes: [
          ['executed', 30, 16],
          ['executed', 46, 3],
        ],
      },
      { run: 2, status: 'done', frames: 0, memory, hash, outcomes: [] },
    ]);
    // The same `after` again gives the same, and what is before it is gone.
    expect(await client.call('rollout_results', { rollout: 'first', after: 2 })).toEqual({
      results: [results[2]],
      finished: 3,
      total: 3,
      done: true,
      gateway: LIFE,
    });
    expect(await client.call('rollout_results', { rollout: 'first', after: 2 })).toMatchObject({
      done: true,
    });
    expect(await client.call('rollout_results', { rollout: 'first', after: 1 })).toEqual(
      refusal({ code: 'invalid_params', message: saying('after: got 1; allowed: an integer from 2 to 3') }),
    );
  });

  it('[I4] the same id is the same rollout: nothing runs twice', async () => {
    await using client = await open();
    const runs = [{ script: 'A' }];
    const first = client.call('rollout', { rollout: 'once', runs });
    const second = client.call('rollout', { rollout: 'once', runs: [{ script: 'B' }, { script: 'B' }] });
    expect(await first).toEqual({ rollout: 'once', runs: 1, frame: 0 });
    expect(await second).toEqual(await first);
    client.raw.press(1);
    expect(await client.call('rollout', { rollout: 'once', runs })).toEqual(await first);
    expect(await client.results('once')).toHaveLength(1);
  });

  it('make up an id if there is none', async () => {
    await using client = await open();
    const { rollout } = (await client.call('rollout', { runs: [{ script: '' }] })) as { rollout: string };
    expect(await client.results(rollout)).toEqual([{ run: 0, status: 'done', frames: 0 }]);
  });

  it.each([
    [{}, 'invalid_params', 'runs: got nothing; allowed: an array'],
    [{ runs: [] }, 'invalid_params', 'runs: got an array of 0; allowed: an array of 1 to 1024 runs'],
    [
      { runs: Array.from({ length: 1025 }, () => ({ script: '' })) },
      'invalid_params',
      'got an array of 1025; allowed: an array of at most 1024',
    ],
    [{ runs: ['A'] }, 'invalid_params', 'runs[0]: got "A"; allowed: a map'],
    [
      { runs: [{ script: 3 }] },
      'invalid_params',
      'runs[0].script: got 3; allowed: a string of at most 65536',
    ],
    [{ runs: [{ script: 'A' }, { script: 'A JUMP' }] }, 'invalid_script', 'runs[1].script: line 1, column 3'],
    [
      { runs: [{ script: 'A*63' }] },
      'invalid_params',
      'runs[0].script: it takes 1008 frames; allowed: at most 1000',
    ],
    [{ runs: [{ script: 'A*2' }], frames: 31 }, 'invalid_params', 'it takes 32 frames; allowed: at most 31'],
    [
      { runs: [{ script: 'A' }], frames: 1001 },
      'invalid_params',
      'frames: got 1001; allowed: an integer from 1 to 1000',
    ],
    [{ runs: [{ script: 'A*999999999' }] }, 'invalid_script', 'at most 1000 inputs'],
    [{ runs: [{ script: 'A', from: '../x' }] }, 'invalid_params', 'runs[0].from: got "../x"'],
    [{ runs: [{ script: 'A', from: 'nowhere' }] }, 'unknown_checkpoint', 'no checkpoint nowhere'],
    [{ runs: [{ script: 'A' }], rollout: 'a b' }, 'invalid_params', 'rollout: got "a b"'],
    [{ runs: [{ script: 'A' }], memory: [[0xffff, 2]] }, 'invalid_params', 'memory length: got 2'],
    [{ runs: [{ script: 'A' }], screen: 'gif' }, 'invalid_params', 'screen: got "gif"; allowed: png, raw'],
    [{ runs: [{ script: 'A' }], keep: 1 }, 'invalid_params', 'keep: got 1; allowed: true or false'],
  ] as const)('refuse what is wrong as a whole (%#), naming it', async (params: Params, code, message) => {
    await using client = await open();
    expect(await client.call('rollout', params)).toEqual(refusal({ code, message: saying(message) }));
    // What was refused may be tried again under the same id.
    const again = await client.call('rollout', { rollout: 'x', runs: [{ script: '' }] });
    expect(again).toMatchObject({ runs: 1 });
  });

  it('know no rollout of another session, nor one that never was', async () => {
    await using client = await open();
    await using other = await open();
    await client.call('rollout', { rollout: 'mine', runs: [{ script: '' }] });
    for (const method of ['rollout_results', 'cancel_rollout']) {
      expect(await other.call(method, { rollout: 'mine' })).toEqual(
        refusal({ code: 'unknown_rollout', retryable: false }),
      );
      expect(await client.call(method, {})).toEqual(refusal({ code: 'invalid_params' }));
    }
  });

  it('[I8] bound the rollouts of a session until their results are fetched', async () => {
    await using client = await open();
    const runs = [{ script: '' }];
    await client.call('rollout', { rollout: 'a', runs });
    await client.call('rollout', { rollout: 'b', runs });
    expect(await client.call('rollout', { rollout: 'c', runs })).toEqual(
      refusal({ code: 'too_many_rollouts', retryable: true, message: saying('at most 2') }),
    );
    await client.results('a');
    expect(await client.call('rollout', { rollout: 'c', runs })).toMatchObject({ rollout: 'c' });
    // What was told to the end is kept for a while, in case the answer got lost.
    expect(await client.call('rollout_results', { rollout: 'a', after: 0 })).toMatchObject({ done: true });
  });

  it('cancel what has not ended, and every run has a result', async () => {
    await using client = await open();
    const runs = Array.from({ length: 100 }, () => ({ script: 'A*60' }));
    await client.call('rollout', { rollout: 'long', runs });
    // The first has ended, and most have not begun.
    await client.call('rollout_results', { rollout: 'long', after: 0 });
    const { emulators } = (await client.call('emulators', {})) as { emulators: { load: unknown }[] };
    expect(emulators.map(({ load }) => load)).toContainEqual({
      outstanding: 0,
      driverUs: null,
      rollouts: expect.toSatisfy((runs: number) => runs > 50 && runs < 100),
    });
    expect(await client.call('cancel_rollout', { rollout: 'long' })).toMatchObject({ total: 100 });
    const results = await client.results('long');
    expect(results).toHaveLength(100);
    expect(results[0]).toEqual({ run: 0, status: 'done', frames: 960 });
    expect(results.at(-1)).toMatchObject({ status: 'cancelled' });
    const page = await client.call('rollout_results', { rollout: 'long', after: 100 });
    expect(page).toEqual({ results: [], finished: 100, total: 100, done: true, gateway: LIFE });
  });

  it('fail a run that takes more frames than it may, which shows while it waits', async () => {
    await using client = await open();
    client.raw.press(1, { hold: 30, gap: 0 });
    const runs = [{ script: 'A{wait 0xC000==0 900} W:200' }, { script: 'A{wait 0xC000==0 90}' }];
    await client.call('rollout', { rollout: 'waits', runs, outcomes: true });
    const message = 'it did not end within 1000 frames';
    expect(await client.results('waits')).toEqual([
      { run: 0, status: 'failed', frames: 1000, code: 'too_many_frames', message },
      {
        run: 1,
        status: 'done',
        frames: 90,
        outcomes: [['rejected', null, 0, 'none', expect.objectContaining({ code: 'guard', waited: 90 })]],
      },
    ]);
  });

  it('[I8] have as many outcomes as a message has room for', async () => {
    await using large = await startGateway({ rolloutWorkers: 1 });
    await using client = await Caller.open(large, {}, encoding);
    const runsOf = (count: number) => [{ script: `(A:1:0*${count}){stop 0xC000==0}` }];
    const refused = await client.call('rollout', { runs: runsOf(16_385), outcomes: true });
    expect(refused).toEqual(
      refusal({ code: 'invalid_params', message: saying('allowed with outcomes: at most 16384') }),
    );
    await client.call('rollout', {
      rollout: 'a',
      runs: runsOf(1024).flatMap((run) => [run, run]),
      outcomes: true,
    });
    expect(await client.results('a')).toHaveLength(2);
    const singles = [{ script: 'A:1:0*16384' }];
    await client.call('rollout', { rollout: 'b', runs: singles, outcomes: true });
    const [{ outcomes = [] } = {}] = (await client.results('b')) as { outcomes?: unknown[] }[];
    expect(outcomes).toHaveLength(16_384);
    expect(outcomes.at(-1)).toEqual(['executed', 16_383, 1]);
    expect(await client.call('rollout', { runs: [{ script: 'A:1:0*20000' }] })).toMatchObject({ runs: 1 });
  });

  it('are not for watchers', async () => {
    await using client = await Caller.open(gateway, { role: 'watch' }, encoding);
    for (const method of ['rollout', 'rollout_results', 'cancel_rollout']) {
      expect(await client.call(method, { runs: [{ script: '' }], rollout: 'x' })).toEqual(
        refusal({ code: 'not_controller' }),
      );
    }
  });
});

describe('rollouts', () => {
  const runs = [{ script: 'A' }];

  it('are refused where the gateway runs none, and where the emulator has none', async () => {
    await using off = await startGateway({ rolloutWorkers: 0 });
    await using client = await Caller.open(off);
    expect(await client.call('rollout', { runs })).toEqual(
      refusal({ code: 'forbidden', message: saying('rolloutWorkers is 0') }),
    );
    await using noop = await startGateway({ driver: 'noop' });
    await using other = await Caller.open(noop);
    expect(await other.call('rollout', { runs })).toEqual(refusal({ code: 'unsupported' }));
  });

  it('are bounded for a token, over all its sessions', async () => {
    const folder = dataDirectory();
    const tokens = new TestTokens(folder.path, ['bob']);
    const tokensFile = tokens.file(tokens.entry('bob', { limits: { rollouts: 1 } }));
    await using gateway = await startGateway({ tokensFile, rolloutWorkers: 1 });
    const open = () => Caller.open(gateway, { token: tokens.of('bob') });
    await using client = await open();
    await using other = await open();
    await client.call('rollout', { rollout: 'a', runs });
    expect(await other.call('rollout', { rollout: 'b', runs })).toEqual(
      refusal({ code: 'too_many', message: saying('1 rollouts') }),
    );
    await client.results('a');
    expect(await other.call('rollout', { rollout: 'b', runs })).toMatchObject({ runs: 1 });
    folder.remove();
  });

  it('are forbidden to a token that allows none, and nobody is asked to try again', async () => {
    const folder = dataDirectory();
    const tokens = new TestTokens(folder.path, ['bob']);
    const tokensFile = tokens.file(tokens.entry('bob', { limits: { rollouts: 0 } }));
    await using gateway = await startGateway({ tokensFile, rolloutWorkers: 1 });
    await using client = await Caller.open(gateway, { token: tokens.of('bob') });
    expect(await client.call('rollout', { runs })).toEqual(
      refusal({ code: 'forbidden', message: saying('allows no rollouts'), retryable: false }),
    );
    folder.remove();
  });

  it('of a script without an input are runs of no frame', async () => {
    await using gateway = await startGateway({ rolloutWorkers: 1 });
    await using client = await Caller.open(gateway);
    await client.call('rollout', { rollout: 'a', runs: [{ script: '' }, { script: '# nothing' }] });
    const ended = { status: 'done', frames: 0 };
    expect(await client.results('a')).toMatchObject([ended, ended]);
  });

  it('[I8] keep as many states as they may, say so in the run, and let go of what is deleted', async () => {
    await using gateway = await startGateway({ rolloutWorkers: 1, rolloutStatesMb: 1 });
    await using client = await Caller.open(gateway);
    const many = Array.from({ length: 12 }, () => ({ script: '' }));
    await client.call('rollout', { rollout: 'a', runs: many, keep: true, hash: true });
    const results = (await client.results('a')) as { checkpoint?: string }[];
    const kept = results.flatMap(({ checkpoint = [] }) => checkpoint);
    expect(kept.length).toBeGreaterThan(3);
    expect(results.at(-1)).toMatchObject({
      status: 'failed',
      code: 'checkpoints_full',
      hash: expect.anything(),
    });
    expect(await client.call('checkpoints', {})).toEqual({ checkpoints: [] });
    // They are checkpoints like others, also for another session of the ROM, until they are deleted.
    const [name = ''] = kept;
    await using other = await Caller.open(gateway, { emulator: { state: name } });
    expect(other.raw.welcome.emulator?.frame).toBe(0);
    client.raw.send({ type: 'command', seq: 1, command: { method: 'load', name } });
    expect((await client.raw.acked(1))[0]?.outcome.status).toBe('executed');
    expect(await client.call('delete_checkpoint', { name })).toEqual({ name });
    await client.call('rollout', { rollout: 'b', runs: [{ script: '' }], keep: true });
    expect(await client.results('b')).toMatchObject([{ status: 'done' }]);
    const from = kept.slice(1).map((each) => ({ script: '', from: each }));
    const thrice = [...from, ...from, ...from];
    await client.call('rollout', { rollout: 'c', runs: thrice });
    expect(await client.results('c')).toHaveLength(thrice.length);
    const unknown = await client.call('rollout', { rollout: 'd', runs: [{ script: '', from: name }] });
    expect(unknown).toEqual(refusal({ code: 'unknown_checkpoint' }));
  });

  it('end with their session, and what it kept goes with it', async () => {
    await using gateway = await startGateway({ rolloutWorkers: 1, emulators: 2 });
    await using client = await Caller.open(gateway);
    await using other = await Caller.open(gateway);
    await client.call('rollout', { rollout: 'kept', runs: [{ script: '' }], keep: true });
    const [{ checkpoint = '' } = {}] = (await client.results('kept')) as { checkpoint?: string }[];
    await client.call('rollout', {
      rollout: 'long',
      runs: Array.from({ length: 50 }, () => ({ script: 'A*99' })),
    });
    client.raw.send({
      type: 'call',
      id: 99,
      method: 'rollout_results',
      params: { rollout: 'long', after: 50 },
    });
    client.raw.send({ type: 'bye', discard: true });
    expect((await client.raw.end()).code).toBe(1000);
    expect(client.raw.all('error').find(({ callId }) => callId === 99)?.error.code).toBe('session_ended');
    const id = other.raw.welcome.emulator?.id;
    expect(id).toBeDefined();
    // The other session's run is the only one that is left.
    await other.call('rollout', { rollout: 'next', runs });
    expect(await other.results('next')).toMatchObject([{ status: 'done' }]);
    const gone = await other.call('rollout', { runs: [{ script: '', from: checkpoint }] });
    expect(gone).toEqual(refusal({ code: 'unknown_checkpoint' }));
    const metrics = await (await fetch(gateway.url.replace('ws', 'http') + '/metrics')).text();
    expect(metrics).toContain('joywire_rollout_runs_running 0');
    expect(metrics).toContain('joywire_rollout_runs_queued 0');
    expect(metrics).toContain('joywire_memory_bytes{held_by="rollouts"} ');
  });

  it('fail the run whose game makes the core fail, and no other', async () => {
    const folder = dataDirectory();
    const rom = join(folder.path, 'illegal.gb');
    writeFileSync(rom, illegalRom());
    await using gateway = await startGateway({ rom, rolloutWorkers: 2 });
    await using client = await Caller.open(gateway);
    const scripts = ['W:10', 'B:1:5 A W:5', 'W:20', 'A', 'W:30', 'B', 'SELECT'];
    await client.call('rollout', {
      rollout: 'x',
      runs: scripts.map((script) => ({ script })),
      outcomes: true,
    });
    const results = (await client.results('x')) as {
      run: number;
      status: string;
      code?: string;
      frames: number;
    }[];
    const byRun = results.toSorted((a, b) => a.run - b.run);
    expect(byRun.map(({ status }) => status)).toEqual([
      'done',
      'failed',
      'done',
      'failed',
      'done',
      'done',
      'done',
    ]);
    expect(byRun.map(({ frames }) => frames)).toEqual([10, 6, 20, 0, 30, 16, 16]);
    for (const { status, code } of results)
      expect(code).toBe(status === 'failed' ? 'emulator_crashed' : undefined);
    // The live game is not touched.
    client.raw.press(1, { buttons: 2 });
    expect((await client.raw.acked(1))[0]?.outcome.status).toBe('executed');
    folder.remove();
  });

  it('fail the run that hangs or ends its thread, and run the others on another', async () => {
    const rolloutWorkerUrl = new URL('../support/fault-runner.js', import.meta.url);
    await using gateway = await startGateway({ rolloutWorkers: 1, watchdogMs: 1000 }, { rolloutWorkerUrl });
    await using client = await Caller.open(gateway);
    const scripts = ['A', 'SELECT', 'A', 'START', 'A', 'A', 'A', 'SELECT'];
    await client.call('rollout', { rollout: 'x', runs: scripts.map((script) => ({ script })) });
    const results = (await client.results('x')) as { run: number; message?: string }[];
    expect(results.toSorted((a, b) => a.run - b.run).map(({ message = '' }) => message)).toEqual([
      '',
      'no progress for 1000 ms',
      '',
      'the thread ended with code 3',
      '',
      '',
      '',
      'no progress for 1000 ms',
    ]);
    expect(gateway.logged.filter((line) => line.includes('no lower priority'))).toHaveLength(1);
  });

  it.runIf(platform() === 'linux')('run on threads that give way to every other', async () => {
    await using gateway = await startGateway({ rolloutWorkers: 2 });
    await using client = await Caller.open(gateway);
    await client.call('rollout', { rollout: 'x', runs: [...runs, ...runs, ...runs] });
    await client.results('x');
    // The 19th field of proc_pid_stat(5), behind the name in parentheses.
    const nice = readdirSync('/proc/self/task').map((thread) => {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
    });
    expect(nice.filter((value) => value === 19)).toHaveLength(2);
    expect(gateway.logged.filter((line) => line.includes('no lower priority'))).toEqual([]);
  });

  it('share the threads: a session with one run does not wait for another with hundreds', async () => {
    await using gateway = await startGateway({ rolloutWorkers: 1, emulators: 2 });
    await using greedy = await Caller.open(gateway);
    await using modest = await Caller.open(gateway);
    const many = Array.from({ length: 400 }, () => ({ script: 'A*5' }));
    await greedy.call('rollout', { rollout: 'many', runs: many });
    await modest.call('rollout', { rollout: 'one', runs });
    expect(await modest.results('one')).toMatchObject([{ status: 'done' }]);
    const { finished } = (await greedy.call('cancel_rollout', { rollout: 'many' })) as { finished: number };
    const results = (await greedy.results('many')) as { status: string }[];
    const done = results.filter(({ status }) => status === 'done').length;
    expect(done).toBeLessThan(350);
    expect(finished).toBeGreaterThan(0);
  });
});
