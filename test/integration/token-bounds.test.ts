import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../client/index.ts';
import type { TokenLimits } from '../../server/access/identity.ts';
import type { Hello } from '../../shared/protocol.ts';
import { type DataDirectory, dataDirectory } from '../support/data-directory.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { TestTokens } from '../support/tokens.ts';

let folder: DataDirectory;
let tokens: TestTokens<'ann' | 'bob' | 'eve'>;
beforeAll(() => {
  folder = dataDirectory();
  tokens = new TestTokens(folder.path, ['ann', 'bob', 'eve']);
});
afterAll(() => folder.remove());

/** `bob` plays within these limits, `eve` watches, `ann` may all. */
function guarded(
  limits: TokenLimits,
  emulators = 4,
  driver: 'noop' | 'embedded' = 'noop',
): Promise<TestGateway> {
  const tokensFile = tokens.file(
    tokens.entry('ann', { role: 'admin' }),
    tokens.entry('bob', { limits }),
    tokens.entry('eve', { role: 'watch' }),
  );
  return startGateway({ driver, emulators, tokensFile, resumeMs: 60_000 });
}

async function greet(gateway: TestGateway, hello: Hello): Promise<RawClient> {
  const client = await RawClient.open(gateway.url);
  client.send({ type: 'hello', hello });
  return client;
}

/** How a hello is refused: the error's code, and the close code. */
async function refusal(client: RawClient): Promise<readonly [code: string, close: number]> {
  const { code } = await client.end();
  return [client.all('error')[0]?.error.code ?? '', code];
}

describe('the sessions of a token', () => {
  it('are bounded for a resume that may begin a new one as well', async () => {
    await using gateway = await guarded({ sessions: 1 });
    const { session, secret } = (await RawClient.hello(gateway.url, { token: tokens.of('bob') })).welcome;
    const lost = { session: 'lost', secret, received: 0, orNew: true };
    expect(await refusal(await greet(gateway, { token: tokens.of('bob'), resume: lost }))).toEqual([
      'too_many',
      1013,
    ]);
    const resume = { session, secret, received: 0, orNew: true };
    const back = await RawClient.hello(gateway.url, { token: tokens.of('bob'), resume });
    expect(back.welcome.resumed).toBe(true);
  });

  it('are forbidden where it allows none, and nobody is asked to try again', async () => {
    await using gateway = await guarded({ sessions: 0 });
    expect(await refusal(await greet(gateway, { token: tokens.of('bob') }))).toEqual(['forbidden', 4504]);
    const watcher = await RawClient.hello(gateway.url, { token: tokens.of('bob'), role: 'watch' });
    expect(watcher.welcome.resumed).toBe(false);
  });

  it('are counted while they wait in line', async () => {
    await using gateway = await guarded({ sessions: 1 }, 1);
    const first = await RawClient.hello(gateway.url, { token: tokens.of('ann') });
    const waiting = await greet(gateway, { token: tokens.of('bob') });
    await waiting.next('event');
    expect(await refusal(await greet(gateway, { token: tokens.of('bob') }))).toEqual(['too_many', 1013]);
    first.send({ type: 'bye', discard: true });
    expect((await waiting.next('welcome')).welcome.resumed).toBe(false);
  });

  it('are given back when they end, in the line too', async () => {
    await using gateway = await guarded({ sessions: 1 }, 1);
    const first = await RawClient.hello(gateway.url, { token: tokens.of('ann') });
    const waiting = await greet(gateway, { token: tokens.of('bob') });
    await waiting.next('event');
    waiting.close();
    await waiting.end();
    first.send({ type: 'bye', discard: true });
    await first.end();
    await RawClient.hello(gateway.url, { token: tokens.of('bob') });
  });

  it('are given back as soon as their client is told that they have ended', async () => {
    // Ending a real game takes a while.
    await using gateway = await guarded({ sessions: 1 }, 2, 'embedded');
    for (let run = 1; run <= 5; run += 1) {
      await using client = await connect(gateway.url, { token: tokens.of('bob') });
      await client.press('A');
    }
  });
});

describe('a token that only watches', () => {
  it('resumes nobody’s session, whatever role its hello names', async () => {
    await using gateway = await guarded({});
    const player = await RawClient.hello(gateway.url, { token: tokens.of('bob') });
    const { session, secret } = player.welcome;
    const resume = { session, secret, received: 0 };
    for (const role of ['watch', 'play'] as const) {
      const thief = await greet(gateway, { token: tokens.of('eve'), role, resume });
      expect(await refusal(thief)).toEqual(['forbidden', 4504]);
    }
    player.press(1);
    expect(await player.acked(1)).toHaveLength(1);
  });
});

describe('the rates of a token', () => {
  it('hold for it, and for nobody else', async () => {
    await using gateway = await guarded({ inputsPerSecond: 1 });
    const slow = await RawClient.hello(gateway.url, { token: tokens.of('bob') });
    const free = await RawClient.hello(gateway.url, { token: tokens.of('ann') });
    for (const client of [slow, free]) {
      client.press(1);
      client.press(2);
      await client.acked(2);
    }
    expect((await slow.next('credit')).limit).toBe(0);
    free.send({ type: 'ping', n: 1 });
    await free.next('pong');
    expect(free.all('credit')).toEqual([]);
  });
});
