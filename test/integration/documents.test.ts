import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connect, type Client } from '../../client/index.ts';
import { systemClock } from '../../client/clock.ts';
import { connectWith } from '../../client/connect.ts';
import type { OpenSocket } from '../../client/socket.ts';
import { openSocket } from '../../client/open-socket.node.ts';
import { CALLS } from '../../shared/protocol.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { Schemas } from '../support/schemas.ts';
import { TestTokens } from '../support/tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'joywire-documents-'));
afterAll(() => rmSync(folder, { recursive: true }));

const documentOf = async ({ port }: TestGateway, name: string) =>
  z
    .looseObject({ paths: z.record(z.string(), z.unknown()).default({}) })
    .parse(await (await fetch(`http://127.0.0.1:${port}/${name}.json`)).json());

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The path in the document, where it is another. */
  readonly as?: string;
}

interface Answered {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Node's own client: it sends any `Host`. */
function ask(port: number, path: string, { method = 'GET', headers = {}, body }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (response) => {
      const { statusCode: status = 0, headers: answered } = response;
      const type = (answered['content-type'] ?? '').split(';')[0] ?? '';
      text(response).then((read) => resolve({ status, type, body: read }), reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** JSON pointer of what stands there. */
const pointer = (...parts: readonly string[]) =>
  parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

describe('answers over HTTP', () => {
  it('are those that the OpenAPI document describes, refusals included', async () => {
    const tokens = new TestTokens(folder, ['ann', 'eve']);
    await using gateway = await startGateway({
      emulators: 2,
      compatPort: 0,
      compatCount: 1,
      compatWarmupFrames: 1,
      tokensFile: tokens.file(tokens.entry('ann', { role: 'admin' }), tokens.entry('eve', { role: 'watch' })),
    });
    const document = await documentOf(gateway, 'openapi');
    const schemas = new Schemas(document, '2020');
    const seen: string[] = [];

    /** What is wrong with the answer by the document. */
    const check = async (port: number, path: string, asked: Asked = {}): Promise<void> => {
      const { method = 'GET', as = path } = asked;
      const { status, type, body } = await ask(port, path, asked);
      seen.push(`${method} ${as} ${status}`);
      const described = ['paths', as, method.toLowerCase(), 'responses', String(status)];
      const response = z
        .union([
          z.object({ $ref: z.string() }),
          z.object({ content: z.record(z.string(), z.unknown()).optional() }),
        ])
        .parse(at(document, described));
      const where = '$ref' in response ? response.$ref.slice(2).split('/') : described;
      const value: unknown = type === 'application/json' ? JSON.parse(body) : body;
      const content = pointer(...where, 'content', type, 'schema');
      if (body !== '')
        expect([path, asked, schemas.problem(content, value)]).toEqual([path, asked, undefined]);
    };

    const { port } = gateway;
    const ann = { authorization: `Bearer ${tokens.of('ann')}` };
    const eve = { authorization: `Bearer ${tokens.of('eve')}` };
    await using player = await connect(gateway.url, { token: tokens.of('ann'), label: 'described' });
    await player.press('A');
    for (const path of ['/livez', '/readyz', '/asyncapi.json', '/openapi.json']) await check(port, path);
    for (const path of ['/metrics', '/emulators', '/roms', '/sessions']) {
      await check(port, path, { headers: ann });
      await check(port, path);
      await check(port, path, { headers: { ...ann, host: 'evil.example' } });
      await check(port, path, { headers: { ...ann, host: '' } });
    }
    await check(port, '/sessions', { headers: eve });
    await check(port, '/v1');
    await check(port, '/v1', { headers: { origin: 'https://evil.example' } });
    const one = { method: 'DELETE', as: '/sessions/{id}' };
    await check(port, '/sessions/nobody', { ...one, headers: ann });
    await check(port, '/sessions/nobody', { ...one, headers: eve });
    await check(port, `/sessions/${player.session}`, { ...one, headers: ann });
    const rpc = { ...ann, 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    const list = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
    await check(port, '/mcp', { method: 'POST', headers: rpc, body: list });
    await check(port, '/mcp', { method: 'POST', headers: { ...rpc, accept: 'text/html' }, body: list });
    await check(port, '/mcp', {
      method: 'POST',
      headers: { ...rpc, 'content-type': 'text/plain' },
      body: list,
    });
    await check(port, '/mcp', { method: 'POST', headers: { ...rpc, 'mcp-session-id': 'gone' }, body: list });
    await check(port, '/mcp', { method: 'POST', headers: { accept: '*/*' }, body: list });
    await check(port, '/mcp', { method: 'DELETE', headers: { ...rpc, 'mcp-session-id': 'gone' } });
    await check(port, '/mcp', { method: 'GET', headers: rpc });

    const [compat = 0] = gateway.compatPorts;
    const post = (body: object): Asked => ({
      method: 'POST',
      headers: { ...ann, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await check(compat, '/status', { headers: ann });
    await check(compat, '/action', post({ action_type: 'wait', frames: 1 }));
    await check(compat, '/initialize', post({}));
    await check(compat, '/action', post({ action_type: 'press_key', keys: ['a'] }));
    await check(compat, '/action', post({ action_type: 'press_key', keys: ['jump'] }));
    await check(compat, '/action', post({}));
    await check(compat, '/save_state', post({ filename: 'here' }));
    await check(compat, '/status', { headers: ann });
    await check(compat, '/evaluate', { headers: ann });
    await check(compat, '/input', post({ inputs: 'A B' }));
    await check(compat, '/input', post({ inputs: 'JUMP' }));
    await check(compat, '/state', { headers: ann });
    await check(compat, '/reset', post({}));
    await check(compat, '/health', { headers: ann });
    await check(compat, '/checkpoint/load', post({}));
    await check(compat, '/stop', post({}));
    await check(compat, '/status');
    await check(compat, '/status', { headers: { ...ann, origin: 'https://evil.example' } });
    // Not one of them went to waste.
    expect(seen.filter((line) => line.endsWith(' 200')).length).toBeGreaterThan(18);
    for (const status of [400, 401, 403, 404, 406, 415, 422, 426]) {
      expect(
        seen.some((line) => line.endsWith(` ${status}`)),
        String(status),
      ).toBe(true);
    }
    expect(gateway.errors).toEqual([]);
  });
});

describe('messages of a gateway', () => {
  it('are those that the AsyncAPI document describes, and so are the results of its calls', async () => {
    await using gateway = await startGateway({ emulators: 3 });
    const schemas = new Schemas(await documentOf(gateway, 'asyncapi'), 'draft7');
    const types = new Set<string>();
    const problems: string[] = [];
    const methods = new Map<unknown, string>();
    const look = (data: Uint8Array | string): void => {
      const message = z.array(z.unknown()).parse(JSON.parse(String(data)));
      const [type, id, method] = message;
      const named = String(type);
      types.add(named);
      problems.push(schemas.problem(`/components/messages/${named}/payload`, message) ?? '');
      if (named === 'call') methods.set(id, String(method));
      if (named !== 'result') return;
      problems.push(schemas.problem(`/components/schemas/result_${methods.get(id)}`, message[2]) ?? '');
    };
    await using pad = await spied(gateway.url, look);
    await using other = await connect(gateway.url, { label: 'other' });
    await pad.send('W:60 START (A B)*2');
    await pad.press('A', { observe: { memory: [[0xc000, 4]], hash: true, screen: 'png' } });
    await pad.press('R');
    await pad.keys('UP');
    await pad.save('here');
    await pad.load('here');
    await pad.screen();
    await pad.memory(0xc000, 4);
    await pad.readStats();
    await pad.emulators();
    await pad.roms();
    await pad.checkpoints();
    const { bytes } = await pad.downloadCheckpoint('here');
    await pad.call('upload_checkpoint', { name: 'there', bytes: Buffer.from(bytes).toString('base64') });
    await pad.deleteCheckpoint('there');
    await pad.configure({ batching: { strategy: 'eager' } });
    await pad.authenticate('any');
    await pad.takeControl();
    await pad.rollout(['A', 'B'], { memory: [[0xc000, 2]], hash: true, keep: true, outcomes: true }).all();
    await pad.call('cancel_rollout', { rollout: 'none' }).catch(() => undefined);
    await pad.sessions();
    await pad.kick(other.session).catch(() => undefined);
    await pad.release(other.session);
    for await (const _ of pad.stats()) break;
    for await (const _ of pad.pictures()) break;
    await pad.call('jump').catch(() => undefined);
    expect(problems.filter((problem) => problem !== '')).toEqual([]);
    const called = new Set(methods.values());
    // The others need a second player.
    expect(CALLS.filter((name) => !called.has(name))).toEqual(['grant_control', 'give_back']);
    for (const type of ['welcome', 'ack', 'push', 'result', 'error']) expect(types).toContain(type);
  });
});

/** A session in JSON all of whose messages are looked at. */
function spied(url: string, look: (data: Uint8Array | string) => void): Promise<Client> {
  const spy: OpenSocket = (address, protocol, events) => {
    const socket = openSocket(address, protocol, {
      ...events,
      opened: () => events.opened(),
      closed: (close) => events.closed(close),
      message: (data) => {
        look(data);
        events.message(data);
      },
    });
    return {
      ...socket,
      send: (data) => {
        look(data);
        socket.send(data);
      },
    };
  };
  return connectWith({ openSocket: spy, clock: systemClock }, url, { encoding: 'json', label: 'spied' });
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null
        ? Object.getOwnPropertyDescriptor(node, key)?.value
        : undefined,
    value,
  );
}
