import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../client/index.ts';
import { dispatch } from '../../server/commands/dispatch.ts';
import { type DataDirectory, dataDirectory } from '../support/data-directory.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { TestTokens } from '../support/tokens.ts';

let folder: DataDirectory;
let tokens: TestTokens<'ann' | 'bob'>;
let tokensFile: string;
beforeAll(() => {
  folder = dataDirectory();
  tokens = new TestTokens(folder.path, ['ann', 'bob']);
  tokensFile = tokens.file(tokens.entry('ann', { role: 'admin' }), tokens.entry('bob'));
});
afterAll(() => folder.remove());

const start = () => startGateway({ driver: 'noop', emulators: 2, tokensFile, resumeMs: 60_000 });
const play = (gateway: TestGateway) => RawClient.hello(gateway.url, { token: tokens.of('bob') });
const KICKED = expect.objectContaining({ code: 4505 });

/** `joywire …` as this one. */
async function run(gateway: TestGateway, who: 'ann' | 'bob', ...args: readonly string[]) {
  const written = { out: '', err: '' };
  const code = await dispatch(args, {
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
    env: { JOYWIRE_URL: gateway.url, JOYWIRE_TOKEN: tokens.of(who) },
    cwd: folder.path,
    onSignal: () => () => undefined,
  });
  return { code, ...written };
}

describe('joywire sessions, kick and release', () => {
  it('list sessions, end a connection and end a session', async () => {
    await using gateway = await start();
    const player = await play(gateway);
    const { session, secret } = player.welcome;
    const listed = await run(gateway, 'ann', 'sessions');
    expect(JSON.parse(listed.out)).toMatchObject({ session, owner: 'bob', connection: 1, connected: true });

    expect(await run(gateway, 'ann', 'kick', session)).toEqual({ code: 0, out: '', err: '' });
    expect(await player.end()).toEqual(KICKED);
    const resume = { session, secret, received: 0 };
    const back = await RawClient.hello(gateway.url, { token: tokens.of('bob'), resume });
    expect(back.welcome.resumed).toBe(true);

    expect(await run(gateway, 'ann', 'release', session)).toEqual({ code: 0, out: '', err: '' });
    expect(await back.end()).toEqual(KICKED);
    expect((await run(gateway, 'ann', 'sessions')).out).toBe('');
  });

  it('take the number of a connection and the id of an emulator', async () => {
    await using gateway = await start();
    const watcher = await RawClient.hello(gateway.url, { token: tokens.of('bob'), role: 'watch' });
    const player = await play(gateway);
    expect((await run(gateway, 'ann', 'kick', '1')).code).toBe(0);
    expect(await watcher.end()).toEqual(KICKED);
    expect((await run(gateway, 'ann', 'release', player.welcome.emulator?.id ?? '')).code).toBe(0);
    expect(await player.end()).toEqual(KICKED);
    expect((await run(gateway, 'ann', 'sessions')).out).toBe('');
  });

  it.each([
    [['kick', 'nobody'], 1, /no session nobody \(unknown_session\)/],
    [['kick', '999'], 1, /no connection 999 \(unknown_connection\)/],
    [['release', '00000000-0000-7000-8000-000000000000'], 1, /unknown_session/],
    [['release', 'noop-9'], 1, /nobody plays on an emulator "noop-9".*\(unknown_emulator\)/],
    [['kick'], 2, /<session> is missing/],
    [['release', 'a', 'b'], 2, /b: unexpected/],
  ] as const)('%j fails with what is wrong', async (args, code, err) => {
    await using gateway = await start();
    expect(await run(gateway, 'ann', ...args)).toEqual({ code, out: '', err: expect.stringMatching(err) });
  });

  it('are refused to whoever only plays, and nothing happens', async () => {
    await using gateway = await start();
    const player = await play(gateway);
    for (const args of [
      ['sessions'],
      ['kick', player.welcome.session],
      ['release', player.welcome.session],
    ]) {
      const { code, out, err } = await run(gateway, 'bob', ...args);
      expect([code, out]).toEqual([1, '']);
      expect(err).toContain('(forbidden)');
    }
    player.press(1);
    expect(await player.acked(1)).toHaveLength(1);
  });
});

describe('the end of an emulator’s sessions', () => {
  it('is that of whoever controls it and of whoever would get control back', async () => {
    await using gateway = await start();
    const first = await play(gateway);
    const emulator = first.welcome.emulator?.id ?? '';
    const second = await RawClient.hello(gateway.url, {
      token: tokens.of('bob'),
      emulator: { id: emulator },
      takeover: true,
    });
    await using admin = await connect(gateway.url, { token: tokens.of('ann'), role: 'watch' });
    await admin.release({ emulator });
    expect(await second.end()).toEqual(KICKED);
    expect(await first.end()).toEqual(KICKED);
    await expect.poll(() => admin.sessions()).toEqual([]);
    await expect(admin.release({ emulator })).rejects.toMatchObject({ code: 'unknown_emulator' });
  });
});

describe('DELETE /sessions/ID', () => {
  it('ends a session, for admins', async () => {
    await using gateway = await start();
    const player = await play(gateway);
    const ask = async (who: 'ann' | 'bob' | undefined, method = 'DELETE', id = player.welcome.session) => {
      const headers = who === undefined ? {} : { authorization: `Bearer ${tokens.of(who)}` };
      const answer = await fetch(`http://127.0.0.1:${gateway.port}/sessions/${id}`, { method, headers });
      return [answer.status, await answer.json()];
    };
    const error = (code: string) => expect.objectContaining({ error: expect.objectContaining({ code }) });
    expect(await ask(undefined)).toEqual([401, error('unauthorized')]);
    expect(await ask('bob')).toEqual([403, error('forbidden')]);
    expect(await ask('ann', 'GET')).toEqual([405, error('method_not_allowed')]);
    expect(await ask('ann', 'DELETE', 'nobody')).toEqual([404, error('unknown_session')]);
    expect(player.closed).toBeUndefined();
    expect(await ask('ann')).toEqual([200, { session: player.welcome.session }]);
    expect(await player.end()).toEqual(KICKED);
  });
});
