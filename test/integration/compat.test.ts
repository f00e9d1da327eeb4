import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request as httpRequest } from 'node:http';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUTTONS } from '../../shared/buttons.ts';
import { connect } from '../../client/index.ts';
import { GameRecorder, RECORDER_RANGES } from '../support/game-recorder.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { illegalRom } from '../support/test-rom.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    emulators: 3,
    compatPort: 0,
    compatCount: 4,
    compatWarmupFrames: 60,
    maxMessageBytes: 4096,
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  expect(gateway.errors).toEqual([]);
});

/** A client as those of pokemon-gym are written: plain HTTP and JSON, no more. */
class HttpAgent {
  readonly base: string;

  constructor(index: number) {
    this.base = `http://127.0.0.1:${gateway.compatPorts[index]}`;
  }

  async get(path: string) {
    return read(await fetch(this.base + path));
  }

  async post(path: string, body?: unknown) {
    const json = { 'Content-Type': 'application/json' };
    return read(
      await fetch(this.base + path, {
        method: 'POST',
        ...(body !== undefined && {
          headers: json,
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      }),
    );
  }

  async press(...keys: string[]) {
    return this.post('/action', { action_type: 'press_key', keys });
  }
}

async function read(response: Response): Promise<{ status: number; body: Record<string, unknown> }> {
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The button changes that the game behind a port has recorded, read by somebody who only watches. */
async function recorded(label: string) {
  await using watcher = await connect(gateway.url, { role: 'watch' });
  const stats = await watcher.emulators();
  const found = await Promise.all(
    stats
      .filter(({ state }) => state === 'leased')
      .map(async ({ id, session }) => ({
        id,
        label: (await watcher.readStats({ session: session ?? '' })).label,
      })),
  );
  const emulator = found.find((one) => one.label === label)?.id;
  if (emulator === undefined) throw new Error(`nobody plays as ${label}`);
  const { memory } = await watcher.memory(RECORDER_RANGES, { emulator });
  const recorder = new GameRecorder();
  recorder.drain(memory);
  return recorder.changes;
}

describe('a client of pokemon-gym', () => {
  it('plays as it always did: initialize, action, status, save, load, stop', async () => {
    const agent = new HttpAgent(0);
    expect((await agent.get('/status')).body).toEqual({ status: 'not_initialized' });
    const first = await agent.post('/initialize', { headless: true, sound: false });
    expect(first).toMatchObject({
      status: 200,
      body: { player_name: '', coordinates: [0, 0], badges: [], dialog: null, step_number: 0, score: 0 },
    });
    const after = await agent.press('start', 'a', 'up');
    expect(after.body['step_number']).toBe(1);
    const png = decode(Buffer.from(String(after.body['screenshot_base64']), 'base64'));
    expect([png.width, png.height, png.channels]).toEqual([320, 288, 4]);
    const waited = await agent.post('/action', { action_type: 'wait', frames: 30 });
    expect(waited.body['step_number']).toBe(2);
    expect((await agent.get('/status')).body).toMatchObject({ status: 'running', steps_taken: 2 });
    const saved = await agent.post('/save_state', { filename: 'before' });
    expect(saved.body).toEqual({ status: 'success', state_file: 'before.state' });
    const again = await agent.post('/initialize', { load_state_file: 'before.state' });
    expect(again.body['screenshot_base64']).toBe(waited.body['screenshot_base64']);
    expect((await agent.get('/evaluate')).body).toMatchObject({ score: 0, badges: { count: 0, items: [] } });
    expect((await agent.post('/stop')).body).toMatchObject({ status: 'stopped', final_score: 0 });
    expect((await agent.post('/stop')).body).toEqual({ status: 'not_initialized' });
    expect(await agent.press('a')).toMatchObject({
      status: 400,
      body: { detail: 'Environment not initialized. Call /initialize first.' },
    });
  });

  it('[I1] keys reach the game in order, each 10 frames down and 120 up', async () => {
    const agent = new HttpAgent(1);
    await agent.post('/initialize', {});
    const names = ['a', 'b', 'up', 'down', 'left', 'right', 'select', 'start'] as const;
    const pressed = Array.from({ length: 60 }, (_, index) => names[(index * 5) % names.length] ?? 'a');
    const groups = Array.from({ length: 12 }, (_, index) => pressed.slice(index * 5, index * 5 + 5));
    for (const keys of groups) expect((await agent.press(...keys)).status).toBe(200);
    const changes = await recorded('compat-2');
    const downs = changes.filter(({ buttons }) => buttons !== 0);
    const masks = new Map(Object.entries(BUTTONS).map(([name, mask]) => [name.toLowerCase(), mask]));
    expect(downs.map(({ buttons }) => buttons)).toEqual(pressed.map((key) => masks.get(key)));
    const downFrames = downs.map(({ frame }) => frame);
    expect(downFrames.slice(1).map((frame, index) => frame - (downFrames[index] ?? 0))).toEqual(
      Array(59).fill(130),
    );
    const ups = changes.filter(({ buttons }) => buttons === 0).map(({ frame }) => frame);
    expect(ups.map((frame, index) => frame - (downFrames[index] ?? 0))).toEqual(Array(60).fill(10));
    await agent.post('/stop');
  });

  it.each([
    [
      'a key that is none, among others',
      '/action',
      { action_type: 'press_key', keys: ['a', 'fly'] },
      400,
      'Invalid key: fly',
    ],
    ['no keys', '/action', { action_type: 'press_key' }, 400, 'Keys parameter is required'],
    ['no frames', '/action', { action_type: 'wait' }, 400, 'Frames parameter is required'],
    ['another action', '/action', { action_type: 'jump' }, 400, 'Unknown action type: jump'],
    ['a wait without end', '/action', { action_type: 'wait', frames: 1e9 }, 400, 'allowed: 1 to'],
    ['a path as a file name', '/save_state', { filename: '../../etc/passwd' }, 400, 'no path'],
    ['a path as a state', '/initialize', { load_state_file: '/etc/passwd' }, 400, 'State file not found'],
  ])('%s is a client error, and nothing runs', async (_what, path, body, status, detail) => {
    const agent = new HttpAgent(2);
    await agent.post('/initialize', {});
    const answer = await agent.post(path, body);
    expect(answer).toMatchObject({ status, body: { detail: expect.stringContaining(detail) } });
    expect((await agent.get('/status')).body).toMatchObject({ steps_taken: 0 });
    await agent.post('/stop');
  });

  it.each([
    ['a missing field', {}, [{ type: 'missing', loc: ['body', 'action_type'], msg: 'Field required' }]],
    ['a wrong type', { action_type: 7 }, [{ loc: ['body', 'action_type'], input: 7 }]],
    ['no body', undefined, [{ type: 'missing', loc: ['body'] }]],
    ['no JSON', '{"action_type":', [{ type: 'json_invalid' }]],
  ])('%s: 422', async (_what, body, detail) => {
    expect(await new HttpAgent(2).post('/action', body)).toMatchObject({ status: 422, body: { detail } });
  });

  it('when every emulator is taken: 503, to be tried again', async () => {
    await using one = await connect(gateway.url);
    await using two = await connect(gateway.url);
    await using three = await connect(gateway.url);
    expect([one, two, three].map(({ emulator }) => emulator?.kind)).toEqual(Array(3).fill('embedded'));
    expect(await new HttpAgent(3).post('/initialize', {})).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining('taken') },
    });
  });
});

describe('a client of /input', () => {
  it('plays as it always did: input, state, reset, health, checkpoint', async () => {
    const agent = new HttpAgent(0);
    expect(await agent.get('/health')).toMatchObject({ status: 200, body: { status: 'healthy' } });
    expect(await agent.post('/input', { inputs: 'START A  B UP' })).toMatchObject({
      status: 200,
      body: { status: 'success', inputs: ['START', 'A', 'B', 'UP'], inputs_processed: 4, frame: 64 },
    });
    expect(await agent.post('/input', { inputs: 'A+B' })).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('A+B') },
    });
    expect(await agent.post('/input', { inputs: 'L' })).toMatchObject({ status: 400 });
    const state = await agent.get('/state');
    expect(state.body).toMatchObject({
      status: 'running',
      frame: 64,
      step_number: 4,
      screenshot_base64: expect.any(String),
    });
    expect((await agent.post('/reset')).body).toMatchObject({ status: 'success', step_number: 0 });
    await agent.post('/save_state', { filename: 'spot' });
    const form = new FormData();
    form.append('checkpoint', new Blob([new Uint8Array(4)]), 'spot.state');
    const loaded = await fetch(`${agent.base}/checkpoint/load`, { method: 'POST', body: form });
    expect(await loaded.json()).toMatchObject({ status: 'success', checkpoint: 'spot.state' });
    expect(await agent.post('/checkpoint/load', 'x')).toMatchObject({ status: 422 });
    await agent.post('/stop');
  });
});

describe('the door', () => {
  it('web pages are refused, whatever they ask', async () => {
    const response = await fetch(`${new HttpAgent(0).base}/status`, {
      headers: { Origin: 'http://127.0.0.1:8080' },
    });
    expect(await read(response)).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('web pages') },
    });
  });

  it('a name that was rebound to loopback is refused', async () => {
    const { port } = new URL(new HttpAgent(0).base);
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest({
        port,
        host: '127.0.0.1',
        path: '/status',
        headers: { Host: 'evil.example' },
      });
      request
        .on('response', (response) => resolve(response.statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  it('a token, where there is one, is wanted here too', async () => {
    await using guarded = await startGateway({
      driver: 'noop',
      token: 'open-sesame',
      compatPort: 0,
      compatCount: 1,
    });
    const url = `http://127.0.0.1:${guarded.compatPorts[0]}/status`;
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers: { Authorization: 'Bearer open-sesame' } })).status).toBe(200);
  });

  it('unknown paths and methods are told so, bodies have a bound', async () => {
    const agent = new HttpAgent(0);
    expect(await agent.get('/nothing')).toEqual({ status: 404, body: { detail: 'Not Found' } });
    expect(await agent.get('/action')).toEqual({ status: 405, body: { detail: 'Method Not Allowed' } });
    expect((await agent.post('/action', `{"a":"${'x'.repeat(5000)}"}`)).status).toBe(413);
  });

  it('a request that breaks off disturbs nobody', async () => {
    const agent = new HttpAgent(0);
    const socket = connectTcp(Number(new URL(agent.base).port), '127.0.0.1');
    await new Promise<void>((resolve) => {
      socket.write('POST /action HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"half', () =>
        resolve(),
      );
    });
    socket.destroy();
    expect((await agent.get('/status')).status).toBe(200);
  });
});

it('when the game dies under an action that is told, and there is no game until another is started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'joywire-'));
  const rom = join(folder, 'illegal.gb');
  writeFileSync(rom, illegalRom());
  await using fragile = await startGateway({
    rom,
    emulators: 1,
    compatPort: 0,
    compatCount: 1,
    compatWarmupFrames: 0,
  });
  rmSync(folder, { recursive: true });
  const base = `http://127.0.0.1:${fragile.compatPorts[0]}`;
  const post = async (path: string, body: unknown) =>
    read(await fetch(base + path, { method: 'POST', body: JSON.stringify(body) }));
  expect((await post('/initialize', {})).status).toBe(200);
  const died = await post('/action', { action_type: 'press_key', keys: ['b', 'a', 'b'] });
  expect(died).toMatchObject({ status: 500, body: { detail: expect.stringContaining('emulator_crashed') } });
  expect((await post('/action', { action_type: 'press_key', keys: ['b'] })).status).toBe(400);
  expect((await post('/initialize', {})).status).toBe(200);
  expect((await post('/action', { action_type: 'press_key', keys: ['b'] })).body).toMatchObject({
    step_number: 1,
  });
});

it('a port starts a new game on the only emulator, again and again', async () => {
  await using single = await startGateway({ driver: 'noop', emulators: 1, compatPort: 0, compatCount: 1 });
  const base = `http://127.0.0.1:${single.compatPorts[0]}`;
  for (let times = 0; times < 20; times += 1) {
    expect((await fetch(`${base}/initialize`, { method: 'POST', body: '{}' })).status).toBe(200);
  }
});

it('a gateway that stops answers what runs, and its ports are closed', async () => {
  const other = await startGateway({ driver: 'noop', compatPort: 0, compatCount: 2 });
  const base = `http://127.0.0.1:${other.compatPorts[1]}`;
  const initialized = await fetch(`${base}/initialize`, { method: 'POST', body: '{}' });
  expect(initialized.status).toBe(200);
  await other.gateway.close();
  await expect(fetch(`${base}/status`)).rejects.toThrow();
  expect(other.errors).toEqual([]);
});
