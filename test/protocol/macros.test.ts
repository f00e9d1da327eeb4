import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StepOutcome } from '../../server/emulator/drivers/driver.ts';
import type { Hello, Member, Welcome } from '../../shared/protocol.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { codes, event, ManualGateway } from '../support/manual-gateway.ts';
import type { GivenBatch } from '../support/manual-driver.ts';
import { RawClient } from '../support/raw-client.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ driver: 'noop', emulators: 64, credit: 32, resumeMs: 60_000 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  expect(gateway.errors).toEqual([]);
});

const FAILED: StepOutcome = {
  status: 'failed',
  firstFrame: null,
  frames: 0,
  certainty: 'none',
  observed: undefined,
  code: 'emulator_unavailable',
  message: 'it is not there',
};
const press = (hold: number) => ({ buttons: 1, hold, gap: 0, options: undefined });
const use = (name: string, times = 1): Member => ({ use: name, times });
const hello = (settings: Hello = {}, encoding: 'msgpack' | 'json' = 'msgpack') =>
  RawClient.hello(gateway.url, settings, encoding);

function define(client: RawClient, name: string, presses: readonly Member[]): void {
  client.send({ type: 'define', name, presses });
}

function group(client: RawClient, firstSeq: number, presses: readonly Member[]): void {
  client.send({ type: 'inputs', firstSeq, presses, options: undefined });
}

function script(client: RawClient, firstSeq: number, text: string): void {
  client.send({ type: 'script', firstSeq, text });
}

function errors(client: RawClient): (string | number | undefined)[][] {
  return client.all('error').map(({ error }) => [error.code, error.seq]);
}

/** Seq, first frame and frames of each outcome, in the order of the acks. */
async function covered(client: RawClient, throughSeq: number): Promise<(number | null)[][]> {
  return (await client.acked(throughSeq)).map(({ seq, outcome }) => [
    seq,
    outcome.firstFrame,
    outcome.frames,
  ]);
}

function resumeOf({ session, secret }: Welcome, received: number): Hello {
  return { resume: { session, secret, received } };
}

/** Everything sent before has been read when the pong is here. */
async function answered(client: RawClient): Promise<void> {
  const before = client.all('pong').length;
  client.send({ type: 'ping', n: 1 });
  await client.next('pong', before);
}

async function bye(client: RawClient): Promise<void> {
  client.send({ type: 'bye', discard: true });
  await client.end();
}

describe('macros', () => {
  it.each(['msgpack', 'json'] as const)(
    '[I1] [I2] stand for their presses in a group, each with a seq, in %s',
    async (encoding) => {
      await using client = await hello({}, encoding);
      define(client, 'walk', [press(2), press(3)]);
      group(client, 1, [press(1), use('walk', 2), press(4)]);
      client.press(7);
      expect(await covered(client, 7)).toEqual([
        [1, 0, 1],
        [2, 1, 2],
        [3, 3, 3],
        [4, 6, 2],
        [5, 8, 3],
        [6, 11, 4],
        [7, 15, 2],
      ]);
      expect(errors(client)).toEqual([]);
      expect(client.all('ack')[0]?.batch).toMatchObject({ reason: 'group' });
    },
  );

  it('are checked and observed as the presses that they stand for', async () => {
    await using client = await hello();
    define(client, 'wrong', [press(1), { ...press(1), buttons: 256 }]);
    group(client, 1, [use('wrong'), press(1)]);
    expect(codes(await client.acked(3))).toEqual(['group_rejected', 'unsupported', 'group_rejected']);
  });

  it('may be defined before welcome, and changed for later use', async () => {
    await using client = await RawClient.open(gateway.url);
    client.send({ type: 'hello', hello: {} });
    define(client, 'm', [press(1)]);
    group(client, 1, [use('m')]);
    define(client, 'm', [press(5), press(6)]);
    group(client, 2, [use('m')]);
    expect(await covered(client, 3)).toEqual([
      [1, 0, 1],
      [2, 1, 5],
      [3, 6, 6],
    ]);
  });

  it('[I2] that are not known refuse the whole message, and what follows is a gap until it is healed', async () => {
    await using client = await hello();
    group(client, 1, [press(1), use('walk')]);
    client.press(4);
    group(client, 5, [use('run')]);
    script(client, 6, 'A*');
    await answered(client);
    expect(errors(client)).toEqual([
      ['unknown_macro', 1],
      ['sequence_gap', 1],
    ]);
    define(client, 'walk', [press(2), press(3)]);
    group(client, 1, [press(1), use('walk')]);
    client.press(4);
    expect(await covered(client, 4)).toEqual([
      [1, 0, 1],
      [2, 1, 2],
      [3, 3, 3],
      [4, 6, 2],
    ]);
  });

  it('belong to one session only', async () => {
    await using one = await hello();
    await using other = await hello();
    define(one, 'mine', [press(1)]);
    await answered(one);
    group(other, 1, [use('mine')]);
    expect((await other.next('error')).error).toMatchObject({
      code: 'unknown_macro',
      seq: 1,
      retryable: false,
      message: 'there is no macro "mine"',
    });
  });

  it('that stand for more than a group may have are refused before they are expanded', async () => {
    await using client = await hello();
    define(client, 'm', Array<Member>(32).fill(press(0)));
    group(client, 1, Array<Member>(10_000).fill(use('m', 1024)));
    define(client, 'n', Array<Member>(10_000).fill(use('m', 1024)));
    define(client, 'cycle', [use('cycle')]);
    await answered(client);
    expect(client.all('error').map(({ error }) => error)).toMatchObject([
      { code: 'group_too_large', seq: 1, message: 'a group of 327680000', allowed: 'at most 32 members' },
      { code: 'invalid_message', message: 'define n: it stands for 327680000 presses' },
      { code: 'unknown_macro', message: 'define cycle: there is no macro "cycle"' },
    ]);
    group(client, 1, [use('m')]);
    await client.acked(32);
  });

  it('are at most 256', async () => {
    await using client = await hello();
    for (let n = 0; n < 257; n++) define(client, `m${n}`, [press(1)]);
    await answered(client);
    expect(client.all('error').map(({ error }) => error)).toMatchObject([
      { code: 'too_many_macros', message: 'define m256: it is one too many', allowed: 'at most 256 macros' },
    ]);
  });

  it('[I4] repeated in part take only the rest', async () => {
    await using client = await hello();
    define(client, 'm', [press(1), press(2)]);
    group(client, 1, [use('m'), press(3)]);
    await client.acked(3);
    group(client, 2, [use('m', 2), press(5)]);
    expect(await covered(client, 6)).toEqual([
      [1, 0, 1],
      [2, 1, 2],
      [3, 3, 3],
      // Seqs 2 and 3 again; of the repeat's m m 5, the second m and 5 are new.
      [2, 1, 2],
      [3, 3, 3],
      [4, 6, 1],
      [5, 7, 2],
      [6, 9, 5],
    ]);
  });

  it('[I7] stay with a session that is resumed, and defining them again does no harm', async () => {
    const first = await hello();
    define(first, 'm', [press(1), press(2)]);
    group(first, 1, [use('m')]);
    await first.acked(2);
    first.cut();
    await using second = await hello(resumeOf(first.welcome, 2));
    group(second, 3, [use('m')]);
    define(second, 'm', [press(1), press(2)]);
    group(second, 5, [use('m')]);
    expect((await covered(second, 6)).map(([, firstFrame]) => firstFrame)).toEqual([3, 4, 6, 7]);
    await bye(second);
  });

  it('are nothing for a watcher', async () => {
    await using client = await hello({ role: 'watch' });
    define(client, 'm', [press(1)]);
    script(client, 1, 'A');
    await answered(client);
    expect(errors(client)).toEqual([
      ['not_controller', undefined],
      ['not_controller', undefined],
    ]);
  });
});

describe('script messages', () => {
  it.each(['msgpack', 'json'] as const)(
    '[I1] [I2] run what they say, singles as singles and groups as groups, in %s',
    async (encoding) => {
      await using client = await hello({ batching: { strategy: 'eager' } }, encoding);
      script(client, 1, 'A:1:0*2 # two\n(B:3:0 UP:4:0)*2 W:5');
      client.press(8);
      expect(await covered(client, 8)).toEqual([
        [1, 0, 1],
        [2, 1, 1],
        [3, 2, 3],
        [4, 5, 4],
        [5, 9, 3],
        [6, 12, 4],
        [7, 16, 5],
        [8, 21, 2],
      ]);
      expect(errors(client)).toEqual([]);
    },
  );

  it('[I2] are rejected single by single and group by group, as they would be without a script', async () => {
    await using client = await hello();
    script(client, 1, 'A R (A R) B');
    expect(codes(await client.acked(5))).toEqual([
      'executed',
      'unsupported',
      'group_rejected',
      'unsupported',
      'executed',
    ]);
  });

  it.each([
    ['A B*x', 'line 1, column 5: "x" is no repeat count', 'a whole number from 1 on'],
    ['A\n  (B', 'line 2, column 3: this ( has no )', undefined],
    ['', 'it has no input', 'at least one'],
    ['# nothing', 'it has no input', 'at least one'],
    ['A*33', 'line 1, column 3: the script stands for 33 inputs or more', 'at most 32 inputs'],
    ['((A*9)*9)*9', 'line 1, column 2: the script stands for 81 inputs or more', 'at most 32 inputs'],
    [
      'A*99999999999999999999',
      'line 1, column 3: the script stands for 100000000000000000000 inputs or more',
      'at most 32 inputs',
    ],
  ])('that cannot be run take nothing: %j', async (text, message, allowed) => {
    await using client = await hello();
    script(client, 1, text);
    expect((await client.next('error')).error).toEqual({
      code: 'invalid_script',
      retryable: false,
      seq: 1,
      message,
      ...(allowed !== undefined && { allowed }),
    });
    client.press(1);
    await client.acked(1);
  });

  it('[I8] fit the credit as a whole or are not taken', async () => {
    await using client = await hello();
    script(client, 1, 'A:1:0*32');
    script(client, 33, 'A:1:0*32');
    await client.acked(32);
    const refused = client.all('error').map(({ error }) => error);
    expect(refused).toMatchObject([{ code: 'credit_exceeded', seq: 33, retryable: true }]);
    script(client, 33, 'A:1:0*32');
    await client.acked(64);
  });

  it('[I4] repeated in part take only the rest, also of a group in it', async () => {
    await using client = await hello();
    script(client, 1, 'A:1:0 (B:2:0 UP:3:0)');
    await client.acked(3);
    script(client, 1, 'A:1:0 (B:2:0 UP:3:0 DOWN:4:0) A:5:0');
    script(client, 6, 'A:6:0');
    expect((await covered(client, 6)).slice(3)).toEqual([
      [1, 0, 1],
      [2, 1, 2],
      [3, 3, 3],
      [4, 6, 4],
      [5, 10, 5],
      [6, 15, 6],
    ]);
  });

  it('count against the rate of inputs with all that they stand for', async () => {
    await using slow = await startGateway({ driver: 'noop', credit: 64, inputsPerSecond: 10 });
    await using client = await RawClient.hello(slow.url);
    script(client, 1, 'A:1:0*60');
    expect(await client.next('credit')).toEqual({ type: 'credit', limit: 0 });
    define(client, 'm', Array<Member>(30).fill(press(1)));
    group(client, 61, [use('m')]);
    expect((await client.next('error')).error).toMatchObject({ code: 'rate_limited', seq: 61 });
  });
});

describe('macros and scripts in trouble', () => {
  it('[I2] what a failure leaves of a script in the queue is rejected', async () => {
    await using manual = await ManualGateway.start();
    const client = await manual.client({ batching: { strategy: 'eager' } });
    const given: GivenBatch[] = [];
    manual.driver.onBatch = (batch) => given.push(batch);
    script(client, 1, 'A');
    await answered(client);
    script(client, 2, 'UP (A B) DOWN*2');
    await answered(client);
    const [batch] = given;
    batch?.sink.outcome(FAILED);
    batch?.sink.done();
    expect(codes(await client.acked(6))).toEqual([
      'emulator_unavailable',
      ...Array<string>(5).fill('after_failure'),
    ]);
    expect(given.length).toBe(1);
  });

  it('[I2] whoever has lost control may define, and gets control_lost for each entry', async () => {
    await using manual = await ManualGateway.start();
    const loser = await manual.client();
    const taker = await manual.take();
    await event(loser, 'control_lost');
    define(loser, 'm', [press(1), press(2)]);
    group(loser, 1, [use('m')]);
    script(loser, 3, 'A (B A)');
    expect(codes(await loser.acked(5))).toEqual(Array(5).fill('control_lost'));
    taker.send({ type: 'bye', discard: false });
    await event(loser, 'control_granted');
    group(loser, 6, [use('m')]);
    expect(codes(await loser.acked(7)).slice(5)).toEqual(['executed', 'executed']);
  });

  it('a session that has said bye takes no script', async () => {
    await using manual = await ManualGateway.start();
    const client = await manual.client();
    const release = manual.hold();
    client.press(1);
    client.send({ type: 'bye', discard: false });
    script(client, 2, 'A*');
    group(client, 2, [use('nobody')]);
    await client.next('error', 1);
    expect(errors(client)).toEqual([
      ['session_ended', 2],
      ['session_ended', 2],
    ]);
    release();
    await client.end();
  });
});
