import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { connect } from '../../client/index.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { mcpHttp } from '../support/mcp.ts';
import { TestTokens } from '../support/tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'joywire-mcp-http-'));
afterAll(() => rmSync(folder, { recursive: true }));
const tokens = new TestTokens(folder, ['ann', 'bob', 'eve']);

/** Mode, x, y, facing: roms/README.md. */
const PLACE = [{ address: '0xC010', length: 4 }];

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function ask(
  { port }: TestGateway,
  { method = 'POST', headers = {}, body = JSON.stringify(INITIALIZE) }: Asked = {},
) {
  return fetch(`http://127.0.0.1:${port}/mcp`, {
    method,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    ...(method === 'POST' && { body }),
  });
}

function rpc(message: object): string {
  return JSON.stringify({ jsonrpc: '2.0', ...message });
}

async function leased({ url }: TestGateway, token?: string): Promise<number> {
  await using watcher = await connect(url, { role: 'watch', ...(token !== undefined && { token }) });
  return (await watcher.emulators()).filter(({ state }) => state === 'leased').length;
}

describe('MCP over HTTP', () => {
  it.each(['legacy', 'auto'] as const)(
    'plays on the gateway’s own pool; a client that ends its session gives the game back (%s)',
    async (mode) => {
      await using gateway = await startGateway({ emulators: 1 });
      const mcp = await mcpHttp(gateway.port, undefined, mode);
      expect(await leased(gateway)).toBe(0);
      await mcp.tool('press', { script: 'W:60 START W:60' });
      const walked = await mcp.tool('press', { script: 'RIGHT*3', memory: PLACE, look: true });
      expect(walked.value).toMatchObject({
        firstFrame: 136,
        frames: 48,
        memory: [{ bytes: [1, 13, 10, 3] }],
      });
      expect(walked.pictures).toHaveLength(1);
      expect(await leased(gateway)).toBe(1);
      await mcp.transport.terminateSession();
      await expect.poll(() => leased(gateway)).toBe(0);
      await mcp.client.close();
      expect(gateway.errors).toEqual([]);
    },
  );

  it('serves several models at once, each its own game, and tells who finds none free', async () => {
    await using gateway = await startGateway({ emulators: 2, leaseTimeoutMs: 0 });
    await using first = await mcpHttp(gateway.port);
    await using second = await mcpHttp(gateway.port);
    await using third = await mcpHttp(gateway.port);
    await Promise.all([first.tool('press', { script: 'UP*3' }), second.tool('press', { script: 'W:5' })]);
    expect((await first.tool('look')).value).toMatchObject({ frame: 48 });
    expect((await second.tool('look')).value).toMatchObject({ frame: 5 });
    const refused = await third.tool('press', { script: 'A' });
    expect(refused).toMatchObject({ failed: true });
    expect(refused.text).toMatch(/^no_emulator: /);
    expect((await third.tool('emulators')).text.match(/leased by mcp/g)).toHaveLength(2);
  });

  it('wants the token of everybody, and a session is its owner’s alone', async () => {
    await using gateway = await startGateway({
      emulators: 2,
      tokensFile: tokens.file(
        tokens.entry('ann'),
        tokens.entry('bob'),
        tokens.entry('eve', { role: 'watch' }),
      ),
    });
    const missing = await ask(gateway);
    expect(missing.status).toBe(401);
    expect(missing.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect((await ask(gateway, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
    await expect(mcpHttp(gateway.port, 'wrong')).rejects.toThrow();
    await using ann = await mcpHttp(gateway.port, tokens.of('ann'));
    expect((await ann.tool('press', { script: 'A' })).failed).toBe(false);
    const { sessionId = '' } = ann.transport;
    const steal = { authorization: `Bearer ${tokens.of('bob')}`, 'mcp-session-id': sessionId };
    const stolen = await ask(gateway, {
      headers: steal,
      body: '{"jsonrpc":"2.0","id":2,"method":"tools/list"}',
    });
    expect(stolen.status).toBe(404);
    expect((await ask(gateway, { method: 'DELETE', headers: steal })).status).toBe(404);
    expect((await ann.tool('look')).failed).toBe(false);
  });

  it('whoever may only watch is offered what looks, and gets no emulator', async () => {
    await using gateway = await startGateway({
      emulators: 1,
      tokensFile: tokens.file(tokens.entry('ann'), tokens.entry('eve', { role: 'watch' })),
    });
    await using player = await connect(gateway.url, { token: tokens.of('ann') });
    await player.press('A');
    await using eve = await mcpHttp(gateway.port, tokens.of('eve'));
    const { tools } = await eve.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['look', 'read_memory', 'emulators', 'stats']);
    expect(tools.every(({ annotations }) => annotations?.readOnlyHint === true)).toBe(true);
    await expect(eve.tool('press', { script: 'A' })).rejects.toThrow(/press/);
    expect((await eve.tool('look')).text).toContain('must name one; allowed: embedded-1');
    expect(await eve.tool('look', { emulator: 'embedded-1' })).toMatchObject({ value: { frame: 16 } });
    expect((await eve.tool('stats')).value).toMatchObject({ scope: 'gateway' });
  });

  it('refuses pages of other origins and names that are not its own, as everything else does', async () => {
    await using gateway = await startGateway({ emulators: 1 });
    expect((await ask(gateway, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
    expect((await ask(gateway, { headers: { origin: `http://127.0.0.1:${gateway.port}` } })).status).toBe(
      200,
    );
  });

  it('says what is wrong with a request: no session, a gone one, another method, too large, no JSON', async () => {
    await using gateway = await startGateway({ emulators: 1, maxMessageBytes: 4096 });
    expect((await ask(gateway, { body: '{"jsonrpc":"2.0","id":2,"method":"tools/list"}' })).status).toBe(400);
    const gone = await ask(gateway, { headers: { 'mcp-session-id': 'no-such' } });
    expect(gone.status).toBe(404);
    expect(await gone.json()).toMatchObject({ error: { code: 'unknown_session' } });
    const put = await ask(gateway, { method: 'PUT' });
    expect(put.status).toBe(405);
    expect(put.headers.get('allow')).toBe('GET, POST, DELETE');
    expect((await ask(gateway, { body: `"${'x'.repeat(5000)}"` })).status).toBe(413);
    expect((await ask(gateway, { body: '{' })).status).toBe(400);
    // None of it has left a session behind.
    await using mcp = await mcpHttp(gateway.port);
    expect((await mcp.tool('look')).failed).toBe(false);
    expect(gateway.errors).toEqual([]);
  });

  it('[I8] keeps so many sessions and no more, and ends one that nobody uses', async () => {
    await using gateway = await startGateway({ emulators: 1, maxMcpSessions: 1, mcpIdleMs: 1000 });
    const first = await ask(gateway);
    expect(first.status).toBe(200);
    await first.text();
    const id = first.headers.get('mcp-session-id') ?? '';
    const body = JSON.stringify({
      ...INITIALIZE,
      method: 'tools/call',
      params: { name: 'look', arguments: {} },
    });
    const looked = await ask(gateway, { headers: { 'mcp-session-id': id }, body });
    expect(await looked.text()).toContain('The screen at frame 0');
    // It has a game, without a stream.
    const full = await ask(gateway);
    expect(full.status).toBe(503);
    expect(full.headers.get('retry-after')).toBe('5');
    expect(await full.json()).toMatchObject({ error: { code: 'unavailable' } });
    await expect.poll(async () => (await ask(gateway)).status, { timeout: 10_000 }).toBe(200);
    expect((await ask(gateway, { headers: { 'mcp-session-id': id } })).status).toBe(404);
    await expect.poll(() => leased(gateway)).toBe(0);
  });

  it('[I8] ends the stream of a cancelled call, so that its session is released once nobody uses it', async () => {
    await using gateway = await startGateway({ emulators: 1, mcpIdleMs: 1000 });
    const opened = await ask(gateway);
    await opened.text();
    const headers = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
    const call = (id: number, name: string, args: object) =>
      ask(gateway, { headers, body: rpc({ id, method: 'tools/call', params: { name, arguments: args } }) });
    await (await call(2, 'set_pace', { pace: 'realtime' })).text();
    const pressed = await call(3, 'press', { script: 'W:60 W:60' });
    const params = { requestId: 3, reason: 'enough' };
    const cancelled = await ask(gateway, {
      headers,
      body: rpc({ method: 'notifications/cancelled', params }),
    });
    expect(cancelled.status).toBe(202);
    // Whatever it said of its progress: it has ended, and without an answer.
    expect(await pressed.text()).not.toMatch(/"(result|error)"/);
    expect(await leased(gateway)).toBe(1);
    await expect.poll(() => leased(gateway), { timeout: 20_000 }).toBe(0);
    expect(gateway.errors).toEqual([]);
  });

  it('a call that came with a cancelled one is answered in their stream, which then ends', async () => {
    await using gateway = await startGateway({ emulators: 1 });
    const opened = await ask(gateway);
    await opened.text();
    const headers = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
    const call = (id: number, name: string, args: object) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name, arguments: args },
    });
    const send = (message: object) => ask(gateway, { headers, body: JSON.stringify(message) });
    await (await send(call(1, 'set_pace', { pace: 'realtime' }))).text();
    const both = await send([call(2, 'press', { script: 'W:120' }), call(3, 'press', { script: 'W:1' })]);
    const body = rpc({ method: 'notifications/cancelled', params: { requestId: 2 } });
    expect((await ask(gateway, { headers, body })).status).toBe(202);
    expect(await both.text()).toContain('"id":3');
    expect(gateway.errors).toEqual([]);
  });

  it('one that has neither a game nor a stream makes room for a newcomer', async () => {
    await using gateway = await startGateway({ emulators: 1, maxMcpSessions: 2 });
    await using mcp = await mcpHttp(gateway.port);
    const ids: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      const answer = await ask(gateway);
      expect(answer.status).toBe(200);
      await answer.text();
      ids.push(answer.headers.get('mcp-session-id') ?? '');
    }
    const states = ids.map(
      async (id) => (await ask(gateway, { method: 'DELETE', headers: { 'mcp-session-id': id } })).status,
    );
    expect(await Promise.all(states)).toEqual([404, 404, 404, 200]);
    expect((await mcp.tool('look')).failed).toBe(false);
  });

  it('a stream that stands open keeps its session and its game', async () => {
    await using gateway = await startGateway({ emulators: 1, maxMcpSessions: 2, mcpIdleMs: 100 });
    // The library's client opens one when it has said initialize.
    await using mcp = await mcpHttp(gateway.port);
    await mcp.tool('press', { script: 'W:5' });
    // Sessions without a stream come and go meanwhile.
    const ended = () => gateway.logged.filter((line) => line.startsWith('MCP session ended')).length;
    for (let n = 0; n < 3; n += 1) {
      expect((await ask(gateway)).status).toBe(200);
      await expect.poll(ended, { timeout: 10_000 }).toBe(n + 1);
    }
    expect((await mcp.tool('look')).value).toMatchObject({ frame: 5 });
  });

  it('another game takes the place of the first where there is an emulator for one only', async () => {
    await using gateway = await startGateway({ emulators: 1, leaseTimeoutMs: 5000 });
    await using mcp = await mcpHttp(gateway.port);
    await mcp.tool('press', { script: 'W:5' });
    expect((await mcp.tool('start_game', { label: 'again' })).value).toMatchObject({ frame: 0 });
    expect((await mcp.tool('emulators')).text).toContain('leased by again, frame 0 (yours)');
    expect((await mcp.tool('press', { script: 'A' })).failed).toBe(false);
  });

  it('says in the next answer that somebody has taken control, and that it has come back', async () => {
    await using gateway = await startGateway({ emulators: 1 });
    await using mcp = await mcpHttp(gateway.port);
    const changed = new Promise<void>((resolve) =>
      mcp.client.setNotificationHandler('notifications/resources/list_changed', () => resolve()),
    );
    await mcp.tool('press', { script: 'W:5' });
    await changed;
    const person = await connect(gateway.url, {
      emulator: { id: 'embedded-1' },
      takeover: true,
      label: 'person',
    });
    const refused = await mcp.tool('press', { script: 'A B' });
    expect(refused).toMatchObject({ failed: true, value: { executed: 0, rejected: 2 } });
    expect(refused.text).toMatch(/#0 A: rejected: control_lost: /);
    expect(refused.text).toContain('Note: person (local) has taken control');
    expect(refused.value['notes']).toHaveLength(1);
    expect((await mcp.tool('look')).value).toEqual({ frame: 5, width: 320, height: 288 });
    expect((await mcp.tool('take_control')).value).toMatchObject({ controls: true });
    expect((await mcp.tool('press', { script: 'A' })).failed).toBe(false);
    expect((await mcp.tool('give_back')).text).toContain('Control is given back');
    await person.close();
    await expect.poll(async () => (await mcp.tool('press', { script: 'A' })).failed).toBe(false);
  });

  it('give_back says where nobody else plays what releases the game over MCP', async () => {
    await using gateway = await startGateway({ emulators: 1 });
    await using mcp = await mcpHttp(gateway.port);
    await mcp.tool('press', { script: 'A' });
    const refused = await mcp.tool('give_back');
    expect(refused.failed).toBe(true);
    expect(refused.text).toContain('it is released when the MCP session ends, or when start_game starts');
    expect(refused.text).not.toContain('bye');
    expect((await mcp.tool('press', { script: 'A' })).failed).toBe(false);
  });

  it('a gateway that stops lets what runs run out and answers it', async () => {
    const gateway = await startGateway({ emulators: 1 });
    await using mcp = await mcpHttp(gateway.port);
    await mcp.tool('press', { script: 'W:1' });
    const running = mcp.tool('press', { script: 'W:3000' });
    await expect.poll(async () => (await mcp.tool('stats')).value['presses']).toBe(2);
    await gateway.gateway.close();
    expect(await running).toMatchObject({ failed: false, value: { executed: 1, frames: 3000 } });
    expect(gateway.errors).toEqual([]);
  });

  it('is not there where it is turned off', async () => {
    await using gateway = await startGateway({ emulators: 1, maxMcpSessions: 0 });
    expect((await ask(gateway)).status).toBe(404);
  });
});
