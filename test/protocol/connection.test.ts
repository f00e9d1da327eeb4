import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { RawClient } from '../support/raw-client.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    driver: 'noop',
    emulators: 3,
    handshakeTimeoutMs: 60,
    keepaliveMs: 40,
    maxMessageBytes: 4096,
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  expect(gateway.errors).toEqual([]);
});

describe('the handshake', () => {
  it('welcome says who, what and how much', async () => {
    await using client = await RawClient.hello(gateway.url, { label: 'first run' });
    expect(client.welcome).toMatchObject({
      resumed: false,
      ackedThrough: 0,
      nextSeq: 1,
      credit: 1024,
      emulator: { kind: 'noop', frame: 0 },
      batching: { strategy: 'adaptive', maxWaitMs: 3, maxBatchSize: 8, highFrequencyThreshold: 5 },
      limits: { maxMessageBytes: 4096, keepaliveMs: 40 },
      server: expect.stringMatching(/^joywire\/\d/),
    });
    expect(client.welcome.session).not.toBe('');
    expect(client.welcome.secret).not.toBe('');
  });

  it('without an offer msgpack is spoken', async () => {
    const socket = new WebSocket(`${gateway.url}/v1`);
    await new Promise((resolve) => socket.once('open', resolve));
    expect(socket.protocol).toBe('');
    socket.send(Uint8Array.from([0x92, 1, 0x80]));
    const [data, isBinary] = await new Promise<[unknown, boolean]>((resolve) =>
      socket.once('message', (frame, binary) => resolve([frame, binary])),
    );
    expect(isBinary).toBe(true);
    expect(Buffer.isBuffer(data) && data[1]).toBe(1);
    socket.terminate();
  });

  it('speaks JSON with names on its subprotocol', async () => {
    await using client = await RawClient.hello(gateway.url, {}, 'json');
    client.sendFrame('["input", 1, "A+UP", 2, 1]');
    const outcome = (await client.acked(1))[0]?.outcome;
    expect(outcome).toMatchObject({ status: 'executed', firstFrame: 0, frames: 3, certainty: 'derived' });
  });

  it.each([
    ['no hello in time', 4001, () => {}],
    ['another message first', 4500, (client: RawClient) => client.send({ type: 'ping', n: 1 })],
    ['an entry first', 4500, (client: RawClient) => client.press(1)],
    ['bytes that are no message', 1007, (client: RawClient) => client.sendFrame(Uint8Array.from([0xc1]))],
    ['text on the msgpack subprotocol', 1003, (client: RawClient) => client.sendFrame('[1]')],
    ['a message beyond the limit', 1009, (client: RawClient) => client.sendFrame(new Uint8Array(5000))],
    ['a hello that is wrong', 4504, (client: RawClient) => client.sendFrame(Uint8Array.from([0x92, 1, 7]))],
  ])('%s: %i', async (_, code, act) => {
    await using client = await RawClient.open(gateway.url);
    act(client);
    expect((await client.end()).code).toBe(code);
  });

  it('hello comes once', async () => {
    await using client = await RawClient.hello(gateway.url);
    client.send({ type: 'hello', hello: {} });
    expect((await client.end()).code).toBe(4500);
  });

  it('messages may follow hello without waiting for welcome', async () => {
    await using client = await RawClient.open(gateway.url);
    client.send({ type: 'hello', hello: {} });
    client.press(1);
    client.sendFrame(Uint8Array.from([0x91, 99]));
    client.press(2);
    await client.acked(2);
    expect(client.all('error')).toHaveLength(1);
  });

  it('a session that cannot be resumed is refused with a do-not-reconnect code, unless orNew', async () => {
    await using client = await RawClient.open(gateway.url);
    const resume = { session: 'gone', secret: 'x', received: 0 };
    client.send({ type: 'hello', hello: { resume } });
    expect((await client.end()).code).toBe(4502);
    expect(client.all('error')[0]?.error.code).toBe('resume_refused');
    await using other = await RawClient.hello(gateway.url, { resume: { ...resume, orNew: true } });
    expect(other.welcome.resumed).toBe(false);
  });

  it('what the gateway does not have is refused with what it has', async () => {
    await using client = await RawClient.open(gateway.url);
    client.send({ type: 'hello', hello: { emulator: { kind: 'snes' } } });
    expect((await client.end()).code).toBe(4504);
    expect(client.all('error')[0]?.error).toMatchObject({
      code: 'unknown_emulator',
      allowed: expect.stringContaining('kind: noop'),
    });
  });
});

describe('emulators', () => {
  it('who does not wait for one is told to come again, and one is free when its session ends', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => RawClient.hello(gateway.url)));
    await using fourth = await RawClient.open(gateway.url);
    fourth.send({ type: 'hello', hello: { emulator: { waitMs: 0 } } });
    expect((await fourth.end()).code).toBe(1013);
    expect(fourth.all('error')[0]?.error).toMatchObject({ code: 'no_emulator', retryable: true });
    await using watcher = await RawClient.hello(gateway.url, { role: 'watch' });
    for (const client of clients) client.send({ type: 'bye', discard: false });
    await Promise.all(clients.map((client) => client.end()));
    const free = async (n: number): Promise<void> => {
      watcher.send({ type: 'call', id: n, method: 'emulators', params: {} });
      const { value } = await watcher.next('result', n);
      if (JSON.stringify(value).includes('"leased"')) await free(n + 1);
    };
    await free(0);
    await using fifth = await RawClient.hello(gateway.url);
    expect(fifth.welcome.emulator?.kind).toBe('noop');
  });

  it('sixteen sessions over four emulators: twelve wait in line, are told their place, and get their turn in order', async () => {
    await using crowded = await startGateway({ driver: 'noop', emulators: 4 });
    const players = await Promise.all([1, 2, 3, 4].map(() => RawClient.hello(crowded.url)));
    const line: RawClient[] = [];
    for (let place = 1; place <= 12; place += 1) {
      const client = await RawClient.open(crowded.url);
      client.send({ type: 'hello', hello: {} });
      expect(await client.next('event')).toMatchObject({ name: 'waiting', data: { place } });
      line.push(client);
    }
    const playing = [...players];
    for (const [turn, client] of line.entries()) {
      playing.shift()?.send({ type: 'bye', discard: false });
      expect((await client.next('welcome')).welcome.emulator?.kind).toBe('noop');
      playing.push(client);
      const places = line[turn + 1]?.all('event').map(({ data }) => data['place']) ?? [1];
      expect(places.at(-1)).toBe(1);
      expect(places).toEqual(places.toSorted((a, b) => Number(b) - Number(a)));
    }
    for (const client of playing) client.send({ type: 'bye', discard: false });
    await Promise.all([...players, ...line].map((client) => client.end()));
  });

  it('who leaves the line is forgotten, and a gateway that stops sends the line away', async () => {
    const small = await startGateway({ driver: 'noop', emulators: 1, drainMs: 1000 });
    await using player = await RawClient.hello(small.url);
    await using leaving = await RawClient.open(small.url);
    leaving.send({ type: 'hello', hello: {} });
    await leaving.next('event');
    await using staying = await RawClient.open(small.url);
    staying.send({ type: 'hello', hello: {} });
    expect(await staying.next('event')).toMatchObject({ data: { place: 2 } });
    leaving.cut();
    await staying.next('event', 1);
    expect(staying.all('event').map(({ data }) => data['place'])).toEqual([2, 1]);
    const closing = small.gateway.close();
    expect((await staying.end()).code).toBe(1012);
    expect(staying.all('goaway')).toHaveLength(1);
    expect((await player.end()).code).toBe(1012);
    await closing;
    expect(small.errors).toEqual([]);
  });

  it('GET /emulators lists every place, its session and its load', async () => {
    await using listed = await startGateway({ emulators: [{ kind: 'noop', count: 2 }] });
    await using player = await RawClient.hello(listed.url);
    const response = await fetch(`http://127.0.0.1:${listed.port}/emulators`);
    expect(await response.json()).toMatchObject({
      emulators: [
        {
          id: 'noop-1',
          kind: 'noop',
          state: 'leased',
          session: player.welcome.session,
          health: null,
          load: { outstanding: 0 },
        },
        { id: 'noop-2', state: 'free', session: null, emulator: null, load: null },
      ],
    });
  });

  it('a watcher has no emulator and cannot play', async () => {
    await using watcher = await RawClient.hello(gateway.url, { role: 'watch' });
    expect(watcher.welcome.emulator).toBeNull();
    watcher.press(1);
    expect((await watcher.next('error')).error.code).toBe('not_controller');
  });
});

describe('ends', () => {
  it('bye runs out, acks, and closes with 1000', async () => {
    await using client = await RawClient.hello(gateway.url);
    client.press(1);
    client.press(2);
    client.send({ type: 'bye', discard: false });
    expect((await client.end()).code).toBe(1000);
    expect(client.outcomes.map(({ outcome }) => outcome.status)).toEqual(['executed', 'executed']);
  });

  it('bye with discard rejects what is queued', async () => {
    await using client = await RawClient.hello(gateway.url, {
      batching: { strategy: 'threshold', maxWaitMs: 1000, maxBatchSize: 1000, highFrequencyThreshold: 1 },
    });
    client.press(1);
    client.send({ type: 'bye', discard: true });
    expect((await client.end()).code).toBe(1000);
    expect(client.outcomes[0]?.outcome).toMatchObject({ status: 'rejected', detail: { code: 'discarded' } });
  });

  it('after bye entries are refused', async () => {
    await using client = await RawClient.hello(gateway.url);
    client.send({ type: 'bye', discard: false });
    client.press(1);
    await client.end();
    expect(client.all('error')[0]?.error.code).toBe('session_ended');
  });

  it('a drained gateway says goaway, finishes what is queued, and closes with 1012', async () => {
    const other = await startGateway({ driver: 'noop' });
    await using client = await RawClient.hello(other.url, {
      batching: { strategy: 'threshold', maxWaitMs: 1000, maxBatchSize: 1000, highFrequencyThreshold: 1 },
    });
    client.press(1);
    client.send({ type: 'ping', n: 1 });
    await client.next('pong');
    const closing = other.gateway.close('maintenance');
    expect((await client.end()).code).toBe(1012);
    await closing;
    expect(client.all('goaway')).toHaveLength(1);
    expect(client.all('ack')[0]?.batch?.reason).toBe('drain');
  });
});

describe('keepalive', () => {
  it('a line that answers pings lives on', async () => {
    await using client = await RawClient.hello(gateway.url);
    await new Promise((resolve) => setTimeout(resolve, 300));
    client.send({ type: 'ping', n: 7 });
    expect((await client.next('pong')).n).toBe(7);
  });

  it('a line that answers nothing is given up', async () => {
    await using client = await RawClient.open(gateway.url, 'msgpack', false);
    client.send({ type: 'hello', hello: {} });
    await client.next('welcome');
    expect((await client.end()).code).toBe(4000);
  });
});

describe('requests that fail while the connection lives', () => {
  it.each([
    ['unknown_message', [0x91, 77]],
    ['invalid_message', [0x91, 12]],
    ['invalid_message', [0x92, 2, 0]],
    ['unknown_channel', [0x93, 9, 1, 0xa1, 0x78]],
    ['unknown_subscription', [0x92, 10, 5]],
    ['unknown_method', [0x93, 11, 1, 0xa1, 0x78]],
  ])('%s', async (code, bytes) => {
    await using client = await RawClient.hello(gateway.url);
    client.sendFrame(Uint8Array.from(bytes));
    expect((await client.next('error')).error.code).toBe(code);
    client.press(1);
    await client.acked(1);
  });
});

describe('the door', () => {
  const status = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const upgrade = request({
        port: gateway.port,
        host: '127.0.0.1',
        path: '/v1',
        headers: {
          Connection: 'Upgrade',
          Upgrade: 'websocket',
          'Sec-WebSocket-Version': '13',
          'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
          ...headers,
        },
      });
      upgrade.once('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      upgrade.once('upgrade', (response, socket) => {
        socket.destroy();
        resolve(response.statusCode);
      });
      upgrade.once('error', reject);
      upgrade.end();
    });

  it.each([
    ['no page', {}, 101],
    ['our own page', { Origin: 'http://SELF' }, 101],
    ['a page elsewhere', { Origin: 'https://evil.example' }, 403],
    ['a file or a sandbox', { Origin: 'null' }, 403],
    ['a name rebound to loopback', { Host: 'evil.example' }, 403],
    ['an unknown subprotocol', { 'Sec-WebSocket-Protocol': 'graphql-ws' }, 400],
  ])('%s', async (_, headers, expected) => {
    const own = Object.entries(headers).map(([name, value]) => [
      name,
      value.replace('SELF', `127.0.0.1:${gateway.port}`),
    ]);
    expect(await status(Object.fromEntries(own))).toBe(expected);
  });

  it('with a token set, hello or a header must bring it', async () => {
    await using guarded = await startGateway({ driver: 'noop', token: 'open-sesame' });
    await using wrong = await RawClient.open(guarded.url);
    wrong.send({ type: 'hello', hello: { token: 'open-says-me' } });
    expect((await wrong.end()).code).toBe(4501);
    await using right = await RawClient.hello(guarded.url, { token: 'open-sesame' });
    expect(right.welcome.emulator?.kind).toBe('noop');
  });
});
