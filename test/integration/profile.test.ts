import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hello, Params } from '../../shared/protocol.ts';
import { Check } from '../../shared/check.ts';
import { decodeProfile } from '../../shared/profile/decode.ts';
import { type ProfiledInput, type ProfilePayload, STAGES } from '../../shared/profile/input.ts';
import { dataDirectory } from '../support/data-directory.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ emulators: 4 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  expect(gateway.errors).toEqual([]);
});

async function profiled(hello: Hello = {}, options: Params = {}, at = gateway) {
  const client = await RawClient.hello(at.url, hello);
  client.send({ type: 'subscribe', id: 1, channel: 'profile', options: { intervalMs: 100, ...options } });
  const payloads = (): ProfilePayload[] =>
    client.all('push').map(({ payload }) => {
      const check = new Check();
      const read = decodeProfile(check, payload);
      expect(check.problem).toBeUndefined();
      return read;
    });
  const inputs = () => payloads().flatMap((payload) => payload.inputs);
  /** Waits until the profile is there up to a seq. */
  const through = async (seq: number): Promise<ProfiledInput[]> => {
    await client.until(() => (payloads().at(-1)?.through ?? 0) >= seq, `profile of ${seq}`);
    return inputs();
  };
  await client.next('push');
  return { client, payloads, inputs, through };
}

/** The times in the order of the stages, without those that are not there. */
function times({ at }: ProfiledInput): number[] {
  return STAGES.flatMap((stage) => at[stage] ?? []);
}

function rises(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number >= (numbers[index - 1] ?? 0));
}

const WITHOUT_JOURNAL = STAGES.filter((stage) => stage !== 'recorded');

describe('the profile of a real game', () => {
  it.each(['turbo', 'realtime'] as const)(
    '[I5] at %s has every stage of each input, one after the other, of singles, groups, keys and commands',
    async (pace) => {
      const { client, through } = await profiled({ pace, speed: 8 });
      let seq = 1;
      for (let round = 0; round < 20; round++) {
        client.press(seq++, { buttons: 1 << (round % 8), hold: 2, gap: 1 });
        client.group(seq, [{ buttons: 1 }, { buttons: 2, hold: 0, gap: 0 }, { buttons: 0, hold: 3 }]);
        seq += 3;
        client.send({ type: 'keys', seq: seq++, buttons: round % 2 });
      }
      client.send({ type: 'command', seq, command: { method: 'reset' } });
      const inputs = await through(seq);
      expect(inputs.map((input) => input.seq)).toEqual(Array.from({ length: seq }, (_, index) => index + 1));
      const entries = inputs.slice(0, -1);
      expect(new Set(entries.map(({ at }) => Object.keys(at).join()))).toEqual(
        new Set([WITHOUT_JOURNAL.join()]),
      );
      expect(inputs.filter((input) => !rises(times(input)))).toEqual([]);
      expect(inputs.at(-1)).toMatchObject({ kind: 'reset', status: 'executed' });
      // One emulator runs one thing at a time, and each input after the one before.
      expect(rises(entries.flatMap(({ at }) => [at.firstFrame ?? 0, at.end ?? 0]))).toBe(true);
      const outcomes = client.outcomes.map(({ outcome: { firstFrame, frames } }) => [firstFrame, frames]);
      expect(inputs.map(({ firstFrame, frames }) => [firstFrame, frames])).toEqual(outcomes);
      await client[Symbol.asyncDispose]();
    },
  );

  it('the parts add up to the whole, and agree with the batches of the acks', async () => {
    const { client, through } = await profiled();
    for (let seq = 1; seq <= 200; seq++) client.press(seq, { hold: 2, gap: 2 });
    const inputs = await through(200);
    for (const input of inputs) {
      const all = times(input);
      const parts = all.slice(1).map((at, index) => at - (all[index] ?? 0));
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe((all.at(-1) ?? 0) - (all[0] ?? 0));
    }
    for (const { firstSeq, outcomes, batch } of client.all('ack')) {
      const members = inputs.slice(firstSeq - 1, firstSeq - 1 + outcomes.length);
      const { size, reason, id, queuedUs = 0 } = batch ?? {};
      expect(members[0]?.batch).toEqual({ id, size, reason });
      const { queued = 0, flushed = 0 } = members[0]?.at ?? {};
      // The ack has how long the oldest waited; both are rounded to whole µs.
      expect(flushed - queued).toBeLessThanOrEqual(queuedUs + 1);
    }
    await client[Symbol.asyncDispose]();
  });

  it('costs the game nothing it could notice: the frames are those of a run without', async () => {
    const run = async (profile: boolean) => {
      const client = await RawClient.hello(gateway.url);
      if (profile) client.send({ type: 'subscribe', id: 1, channel: 'profile', options: {} });
      client.group(
        1,
        Array.from({ length: 50 }, (_, index) => ({ buttons: 1 << (index % 8), hold: 3, gap: 2 })),
      );
      await client.acked(50);
      client.send({ type: 'call', id: 1, method: 'memory', params: { ranges: [[0xc000, 0x2000]] } });
      const { value } = await client.next('result');
      await client[Symbol.asyncDispose]();
      return value;
    };
    expect(await run(true)).toEqual(await run(false));
  });

  it('[I7] says after a resume what it has no profile of', async () => {
    const at = await startGateway({ resumeMs: 60_000 });
    const { client, through } = await profiled({}, {}, at);
    const { session, secret } = client.welcome;
    client.press(1);
    await through(1);
    for (let seq = 2; seq <= 30; seq++) client.press(seq);
    client.send({ type: 'ping', n: 1 });
    await client.next('pong');
    client.cut();
    await client.end();
    const resume = { session, secret, received: 1 };
    const again = await profiled({ resume }, {}, at);
    again.client.press(31);
    const inputs = await again.through(31);
    expect(again.payloads()[0]).toMatchObject({ from: 31, through: 30, inputs: [] });
    expect(inputs.map(({ seq }) => seq)).toEqual([31]);
    expect(again.client.outcomes.map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, n) => n + 2));
    await again.client[Symbol.asyncDispose]();
    await at[Symbol.asyncDispose]();
  });

  it('with a journal says when the outcome was on record, before the ack', async () => {
    const directory = dataDirectory();
    const at = await startGateway({ journal: true, data: directory.path });
    const { client, through, payloads } = await profiled({}, {}, at);
    for (let seq = 1; seq <= 20; seq++) client.press(seq);
    const inputs = await through(20);
    expect(payloads()[0]?.stages).toEqual(STAGES);
    expect(inputs.filter((input) => times(input).length !== STAGES.length || !rises(times(input)))).toEqual(
      [],
    );
    await client[Symbol.asyncDispose]();
    await at[Symbol.asyncDispose]();
    directory.remove();
  });

  it('of an emulator that runs elsewhere says which stages it cannot know', async () => {
    const at = await startGateway({ driver: 'noop' });
    const { client, through, payloads } = await profiled({}, {}, at);
    client.press(1);
    const [input] = await through(1);
    expect(payloads()[0]?.stages).toEqual(['received', 'queued', 'flushed', 'settled', 'acked']);
    expect(Object.keys(input?.at ?? {})).toEqual(payloads()[0]?.stages);
    await client[Symbol.asyncDispose]();
    await at[Symbol.asyncDispose]();
  });

  it('a watcher gets that of the session it names, and the last inputs when that ends', async () => {
    const player = await RawClient.hello(gateway.url);
    const { session } = player.welcome;
    const { client, through, payloads } = await profiled(
      { role: 'watch' },
      { session, intervalMs: 3_600_000 },
    );
    player.press(1);
    player.press(2);
    await player.acked(2);
    player.send({ type: 'bye', discard: false });
    await player.end();
    expect((await through(2)).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(payloads().at(-1)).toMatchObject({ session, ended: true });
    await client[Symbol.asyncDispose]();
  });

  it('one who plays gets the last inputs, and that the session has ended, before its own connection ends', async () => {
    const { client, inputs, payloads } = await profiled({}, { intervalMs: 3_600_000 });
    client.press(1);
    client.press(2);
    client.send({ type: 'bye', discard: false });
    await client.end();
    expect(inputs().map(({ seq }) => seq)).toEqual([1, 2]);
    expect(payloads().map(({ ended }) => ended)).toEqual([false, true]);
  });

  it('one whose connection ends and whose session does not is not told that it has ended', async () => {
    await using at = await startGateway({ resumeMs: 60_000 });
    const { client, payloads } = await profiled({}, { intervalMs: 3_600_000 }, at);
    const { session, secret } = client.welcome;
    client.press(1);
    await client.acked(1);
    await using heir = await RawClient.hello(at.url, { resume: { session, secret, received: 1 } });
    await client.end();
    expect(heir.welcome.session).toBe(session);
    expect(payloads().every(({ ended }) => !ended)).toBe(true);
    expect(
      payloads()
        .at(-1)
        ?.inputs.map(({ seq }) => seq),
    ).toEqual([1]);
  });
});
