import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ driver: 'noop', emulators: 64, credit: 32 });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const hello = (settings = {}) => RawClient.hello(gateway.url, settings);
const statuses = (client: RawClient) =>
  client.outcomes.map(({ seq, outcome }) => [seq, outcome.status, outcome.detail?.code]);

describe('seqs', () => {
  it('[I1] [I2] entries of every kind share one row of seqs and are acked in order', async () => {
    await using client = await hello();
    client.press(1);
    client.group(2, [{ buttons: 2 }, { buttons: 4 }]);
    client.send({ type: 'keys', seq: 4, buttons: 16 });
    client.press(5);
    expect((await client.acked(5)).map(({ seq, outcome }) => [seq, outcome.status])).toEqual(
      [1, 2, 3, 4, 5].map((seq) => [seq, 'executed']),
    );
  });

  it('[I4] a repeated seq is answered again and never run again', async () => {
    await using client = await hello();
    client.press(1, { hold: 3, gap: 4 });
    await client.acked(1);
    client.press(1, { hold: 3, gap: 4 });
    await client.next('ack', 1);
    client.press(2);
    await client.acked(2);
    const [first, again, second] = client.outcomes;
    expect(again).toEqual(first);
    expect(second?.outcome.firstFrame).toBe(7);
  });

  it('two equal presses are two presses', async () => {
    await using client = await hello();
    client.press(1);
    client.press(2);
    const outcomes = await client.acked(2);
    expect(outcomes.map(({ outcome }) => outcome.firstFrame)).toEqual([0, 2]);
  });

  it('a hole is reported once, with the seq expected, until it is healed', async () => {
    await using client = await hello();
    client.press(1);
    client.press(3);
    client.press(4);
    client.press(2);
    client.press(5);
    client.press(3);
    await client.acked(3);
    expect(client.all('error').map(({ error }) => [error.code, error.seq])).toEqual([
      ['sequence_gap', 2],
      ['sequence_gap', 3],
    ]);
  });

  it('an outcome that the client has received is no longer kept', async () => {
    await using client = await hello();
    client.press(1);
    await client.acked(1);
    client.send({ type: 'received', throughSeq: 1 });
    client.press(1);
    const { error } = await client.next('error');
    expect(error).toMatchObject({ code: 'outcome_expired', seq: 1, retryable: false });
  });

  it('a group that repeats a part takes only the rest', async () => {
    await using client = await hello();
    client.press(1);
    client.group(1, [{ hold: 5 }, { hold: 2, gap: 0 }]);
    client.press(3);
    const outcomes = await client.acked(3);
    expect(new Map(outcomes.map(({ seq, outcome }) => [seq, outcome.firstFrame]))).toEqual(
      new Map([
        [1, 0],
        [2, 2],
        [3, 4],
      ]),
    );
  });
});

describe('wrong content', () => {
  it('an entry with wrong content is accepted and rejected, and stops nobody', async () => {
    await using client = await hello();
    client.press(1);
    client.press(2, { buttons: 5000 });
    client.press(3);
    await client.acked(3);
    expect(statuses(client)).toEqual([
      [1, 'executed', undefined],
      [2, 'rejected', 'invalid_entry'],
      [3, 'executed', undefined],
    ]);
  });

  it('a group is right as a whole or runs not at all', async () => {
    await using client = await hello();
    client.group(1, [{}, { hold: -1 }, {}]);
    client.group(4, [{}, { buttons: 256 }]);
    client.press(6);
    await client.acked(6);
    expect(statuses(client)).toEqual([
      [1, 'rejected', 'group_rejected'],
      [2, 'rejected', 'invalid_entry'],
      [3, 'rejected', 'group_rejected'],
      [4, 'rejected', 'group_rejected'],
      [5, 'rejected', 'unsupported'],
      [6, 'executed', undefined],
    ]);
  });

  it('what the emulator cannot do is rejected and names the capability', async () => {
    await using client = await hello();
    client.send({ type: 'command', seq: 1, command: { method: 'save', name: 'x' } });
    client.press(2, { options: { observe: { hash: true } } });
    client.send({ type: 'command', seq: 3, command: { method: 'pace', pace: 'realtime', speed: 1 } });
    const messages = (await client.acked(3)).map(({ outcome }) => outcome.detail?.message?.split(':')[0]);
    expect(messages).toEqual(['states', 'screen', 'paces']);
  });
});

describe('credit', () => {
  it('a group beyond the credit is refused and nothing of it is taken', async () => {
    await using client = await hello();
    client.group(
      1,
      Array.from({ length: 33 }, () => ({})),
    );
    expect((await client.next('error')).error).toMatchObject({
      code: 'group_too_large',
      allowed: 'at most 32 members',
    });
    client.press(1);
    await client.acked(1);
  });

  it('entries beyond the credit are refused while control messages get through', async () => {
    await using client = await RawClient.hello(gateway.url, {
      batching: { strategy: 'threshold', maxWaitMs: 1000, maxBatchSize: 1000, highFrequencyThreshold: 1 },
    });
    for (let seq = 1; seq <= 33; seq++) client.press(seq);
    expect((await client.next('error')).error).toMatchObject({
      code: 'credit_exceeded',
      retryable: true,
      seq: 33,
    });
    client.send({ type: 'flush' });
    await client.acked(32);
    client.press(33);
    client.send({ type: 'flush' });
    await client.acked(33);
    expect(client.all('ack')[0]?.batch).toMatchObject({ size: 32, reason: 'explicit' });
  });
});

describe('cancel', () => {
  it('what is queued from a seq on is rejected, and the rest runs', async () => {
    await using client = await RawClient.hello(gateway.url, {
      batching: { strategy: 'threshold', maxWaitMs: 1000, maxBatchSize: 1000, highFrequencyThreshold: 1 },
    });
    for (let seq = 1; seq <= 4; seq++) client.press(seq);
    client.send({ type: 'cancel', fromSeq: 3 });
    client.send({ type: 'flush' });
    await client.acked(4);
    expect(statuses(client)).toEqual([
      [1, 'executed', undefined],
      [2, 'executed', undefined],
      [3, 'rejected', 'cancelled'],
      [4, 'rejected', 'cancelled'],
    ]);
  });
});
