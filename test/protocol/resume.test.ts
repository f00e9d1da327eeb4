import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hello, Welcome } from '../../shared/protocol.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ driver: 'noop', emulators: 8, resumeMs: 60_000, maxResumeMs: 90_000 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  expect(gateway.errors).toEqual([]);
});

/** What a client says to come back. */
function resumeOf({ session, secret }: Welcome, received: number): NonNullable<Hello['resume']> {
  return { session, secret, received };
}

async function bye(client: RawClient): Promise<void> {
  client.send({ type: 'bye', discard: true });
  await client.end();
}

async function refused(hello: Hello): Promise<{ code: number; message: string | undefined }> {
  await using client = await RawClient.open(gateway.url);
  client.send({ type: 'hello', hello });
  const { code } = await client.end();
  return { code, message: client.all('error')[0]?.error.message };
}

describe('a resume', () => {
  it('[I7] goes on with the same session, its seqs and its frames', async () => {
    const first = await RawClient.hello(gateway.url, { label: 'before' });
    first.press(1);
    first.press(2);
    await first.acked(2);
    first.cut();
    const resume = resumeOf(first.welcome, 2);
    await using second = await RawClient.hello(gateway.url, { resume });
    expect(second.welcome).toMatchObject({
      session: first.welcome.session,
      secret: first.welcome.secret,
      resumed: true,
      resumeMs: 60_000,
      ackedThrough: 2,
      nextSeq: 3,
      emulator: { id: first.welcome.emulator?.id, frame: 4 },
    });
    second.press(3);
    expect((await second.acked(3)).map(({ seq, outcome }) => [seq, outcome.firstFrame])).toEqual([[3, 4]]);
    await bye(second);
  });

  it('[I2] [I7] sends outcomes after `received` again, in order and before anything new', async () => {
    const first = await RawClient.hello(gateway.url);
    for (const seq of [1, 2, 3, 4]) first.press(seq);
    const before = await first.acked(4);
    first.cut();
    const second = await RawClient.open(gateway.url);
    second.send({ type: 'hello', hello: { resume: resumeOf(first.welcome, 1) } });
    second.press(5);
    second.send({ type: 'call', id: 1, method: 'emulators', params: {} });
    const after = await second.acked(5);
    expect(after.map(({ seq }) => seq)).toEqual([2, 3, 4, 5]);
    expect(after.slice(0, 3)).toEqual(before.slice(1));
    await bye(second);
  });

  it('[I4] a seq that was accepted before the break is answered and not run again', async () => {
    const first = await RawClient.hello(gateway.url);
    first.press(1, { hold: 5, gap: 5 });
    await first.acked(1);
    first.cut();
    await using second = await RawClient.hello(gateway.url, { resume: resumeOf(first.welcome, 0) });
    second.press(1, { hold: 5, gap: 5 });
    second.press(2, { hold: 1, gap: 1 });
    await second.acked(2);
    expect(second.outcomes.map(({ seq, outcome }) => [seq, outcome.firstFrame])).toContainEqual([2, 10]);
    expect(second.outcomes.filter(({ seq }) => seq === 1).every(({ outcome }) => outcome.frames === 10)).toBe(
      true,
    );
    await bye(second);
  });

  it('leaves the session as it was, whatever else hello says', async () => {
    const first = await RawClient.hello(gateway.url, { batching: { maxWaitMs: 7 }, resumeMs: 70_000 });
    first.cut();
    await using second = await RawClient.hello(gateway.url, {
      resume: resumeOf(first.welcome, 0),
      batching: { maxWaitMs: 9 },
      pace: 'realtime',
      emulator: { kind: 'embedded' },
      role: 'watch',
      resumeMs: 1,
    });
    expect(second.welcome).toMatchObject({ resumed: true, resumeMs: 70_000, batching: { maxWaitMs: 7 } });
    await bye(second);
  });

  it('of a session with a connection takes it over, and the first connection is closed with 4503', async () => {
    await using first = await RawClient.hello(gateway.url);
    first.press(1);
    await first.acked(1);
    await using second = await RawClient.hello(gateway.url, { resume: resumeOf(first.welcome, 0) });
    expect((await first.end()).code).toBe(4503);
    expect((await second.acked(1)).map(({ seq }) => seq)).toEqual([1]);
    second.press(2);
    await second.acked(2);
    await bye(second);
  });

  it('says once more what a gap is missing', async () => {
    await using first = await RawClient.hello(gateway.url);
    first.press(3);
    await first.next('error');
    await using second = await RawClient.hello(gateway.url, { resume: resumeOf(first.welcome, 0) });
    second.press(3);
    expect((await second.next('error')).error).toMatchObject({ code: 'sequence_gap', seq: 1 });
    await bye(second);
  });
});

describe('a resume that cannot be', () => {
  it.each<[string, RegExp, (welcome: Welcome) => NonNullable<Hello['resume']>]>([
    ['of a session that is not here', /is not here/, (own) => ({ ...resumeOf(own, 0), session: 'gone' })],
    ['with the wrong secret', /secret/, (own) => ({ ...resumeOf(own, 0), secret: 'guess' })],
    ['with more received than was acked', /acked up to 3/, (own) => resumeOf(own, 4)],
    ['with less received than before', /keeps them from 3 on/, (own) => resumeOf(own, 1)],
  ])('%s is refused with 4502 and the reason, and disturbs nobody', async (_, reason, ask) => {
    await using client = await RawClient.hello(gateway.url);
    for (const seq of [1, 2, 3]) client.press(seq);
    await client.acked(3);
    client.send({ type: 'received', throughSeq: 2 });
    client.send({ type: 'ping', n: 1 });
    await client.next('pong');
    const { code, message } = await refused({ resume: ask(client.welcome) });
    expect(code).toBe(4502);
    expect(message).toMatch(reason);
    client.press(4);
    await client.acked(4);
    await bye(client);
  });

  it('of a session that said bye is refused', async () => {
    await using client = await RawClient.hello(gateway.url);
    await bye(client);
    expect((await refused({ resume: resumeOf(client.welcome, 0) })).code).toBe(4502);
  });

  it('with orNew opens a new session, and welcome says why', async () => {
    const resume = { session: 'gone', secret: 'x', received: 0, orNew: true };
    await using client = await RawClient.hello(gateway.url, { resume });
    expect(client.welcome).toMatchObject({
      resumed: false,
      notResumed: expect.stringContaining('session gone is not here'),
      ackedThrough: 0,
      nextSeq: 1,
    });
    await bye(client);
  });
});

describe('how long a session is kept', () => {
  it('is what hello asks for, up to the limit; welcome says it', async () => {
    await using longer = await RawClient.hello(gateway.url, { resumeMs: 80_000 });
    expect(longer.welcome).toMatchObject({ resumeMs: 80_000, limits: { maxResumeMs: 90_000 } });
    await using longest = await RawClient.hello(gateway.url, { resumeMs: 10_000_000 });
    expect(longest.welcome.resumeMs).toBe(90_000);
    await bye(longer);
    await bye(longest);
  });

  it('is shown where sessions are listed', async () => {
    const own = await RawClient.hello(gateway.url, { label: 'away' });
    const { session } = own.welcome;
    own.cut();
    await own.end();
    await using watcher = await RawClient.hello(gateway.url, { role: 'watch' });
    const ask = async (id: number): Promise<string> => {
      watcher.send({ type: 'call', id, method: 'emulators', params: {} });
      const { value } = await watcher.next('result', id);
      const text = JSON.stringify(value);
      return /"expiresInMs":\d/.test(text) ? text : ask(id + 1);
    };
    expect(await ask(0)).toContain(session);
    watcher.send({ type: 'subscribe', id: 1, channel: 'stats', options: { session } });
    expect((await watcher.next('push')).payload).toMatchObject({ session, expiresInMs: expect.any(Number) });
    await bye(await RawClient.hello(gateway.url, { resume: resumeOf(own.welcome, 0) }));
  });

  it('being over, the session ends and its emulator is free', async () => {
    await using small = await startGateway({ driver: 'noop', emulators: 1, resumeMs: 1 });
    const first = await RawClient.hello(small.url);
    first.cut();
    await first.end();
    await using second = await RawClient.hello(small.url);
    expect(second.welcome.resumed).toBe(false);
  });

  it('does not hold up a gateway that stops', async () => {
    const other = await startGateway({ driver: 'noop', resumeMs: 60_000, drainMs: 60_000 });
    const client = await RawClient.hello(other.url);
    client.press(1);
    await client.acked(1);
    client.cut();
    await client.end();
    await other.gateway.close();
    expect(other.errors).toEqual([]);
  });
});

describe('a slow reader', () => {
  it('[I8] outcomes wait for the line, and what is sent after them stays behind them', async () => {
    await using embedded = await startGateway({
      emulators: 1,
      maxBufferedBytes: 65_536 * 4,
      resumeMs: 60_000,
    });
    await using client = await RawClient.hello(embedded.url);
    const options = { observe: { screen: 'raw' } } as const;
    for (let seq = 1; seq <= 60; seq++) client.press(seq, { hold: 1, gap: 0, options });
    client.send({ type: 'call', id: 1, method: 'memory', params: { ranges: [[0, 1]] } });
    await client.next('result');
    expect(client.outcomes.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    client.cut();
    await client.end();
    // 4 MB in one go to a line that may have a quarter of a MB unread.
    await using again = await RawClient.hello(embedded.url, { resume: resumeOf(client.welcome, 0) });
    expect((await again.acked(60)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 60 }, (_, i) => i + 1),
    );
  });

  it('[I8] that reads nothing is detached with its outcomes kept, and resumes', async () => {
    await using own = await startGateway({
      driver: 'embedded',
      emulators: 1,
      keepaliveMs: 250,
      resumeMs: 60_000,
    });
    await using client = await RawClient.hello(own.url);
    client.pause();
    const options = { observe: { screen: 'raw' } } as const;
    const count = 400;
    for (let seq = 1; seq <= count; seq++) client.press(seq, { hold: 1, gap: 0, options });
    await using watcher = await RawClient.hello(own.url, { role: 'watch' });
    const detached = async (id: number): Promise<void> => {
      watcher.send({ type: 'call', id, method: 'emulators', params: {} });
      const { value } = await watcher.next('result', id);
      if (!/"expiresInMs":\d/.test(JSON.stringify(value))) await detached(id + 1);
    };
    await detached(0);
    await using again = await RawClient.hello(own.url, { resume: resumeOf(client.welcome, 0) });
    const seqs = (await again.acked(count)).map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });
});
