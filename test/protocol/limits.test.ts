/** Every limit is crossed here by a real WebSocket, and what is seen is exactly what docs/protocol.md says. */
import { connect as connectSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connect } from '../../client/index.ts';
import { startGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';

describe('rates', () => {
  it('an honest client is only slowed down: no error, nothing lost, no faster than it may go', async () => {
    await using gateway = await startGateway({ driver: 'noop', credit: 32, inputsPerSecond: 400 });
    await using pad = await connect(gateway.url, { batching: { strategy: 'eager' } });
    const errors: unknown[] = [];
    pad.on('error', (error) => errors.push(error));
    const startMs = performance.now();
    const outcomes = await Promise.all(Array.from({ length: 600 }, () => pad.press('A')));
    expect(outcomes.every(({ status }) => status === 'executed')).toBe(true);
    expect(errors).toEqual([]);
    // 400 at once, and the rest as the bucket fills, less a debt of one credit: a lower bound, however slow the machine.
    expect(performance.now() - startMs).toBeGreaterThan(((200 - 32) * 1000) / 400);
  });

  it('[I2] entries: first credit 0, then rate_limited with seq and time, then credit again; what was accepted is acked', async () => {
    await using gateway = await startGateway({ driver: 'noop', credit: 16, inputsPerSecond: 100 });
    await using client = await RawClient.hello(gateway.url);
    for (let seq = 1; seq <= 7 * 16; seq += 16) {
      client.group(
        seq,
        Array.from({ length: 16 }, () => ({})),
      );
      await client.acked(seq + 15);
    }
    expect(await client.next('credit')).toEqual({ type: 'credit', limit: 0 });
    client.press(113);
    client.group(
      114,
      Array.from({ length: 16 }, () => ({})),
    );
    const { error } = await client.next('error');
    expect(error).toMatchObject({
      code: 'rate_limited',
      retryable: true,
      seq: 114,
      allowed: '100 inputs a second',
    });
    expect(error.retryInMs).toBeGreaterThan(0);
    expect(await client.next('credit', 1)).toEqual({ type: 'credit', limit: 16 });
    client.press(114);
    await client.acked(114);
    expect(client.outcomes.map(({ seq }) => seq)).toEqual(Array.from({ length: 114 }, (_, n) => n + 1));
  });

  it('who goes on all the same is closed with 4003 and may resume: what was accepted is not lost', async () => {
    const settings = { driver: 'noop', credit: 4, inputsPerSecond: 1, resumeMs: 60_000 } as const;
    await using gateway = await startGateway(settings);
    await using client = await RawClient.hello(gateway.url);
    for (let seq = 1; seq <= 400; seq++) client.press(seq);
    expect((await client.end()).code).toBe(4003);
    const { session, secret } = client.welcome;
    await using again = await RawClient.hello(gateway.url, { resume: { session, secret, received: 0 } });
    const accepted = again.welcome.nextSeq - 1;
    expect(accepted).toBeGreaterThan(0);
    const outcomes = await again.acked(accepted);
    expect(outcomes.every(({ outcome }) => outcome.status === 'executed')).toBe(true);
  });

  it('calls, subscriptions and pings: each refusal names what it refuses', async () => {
    await using gateway = await startGateway({ driver: 'noop', callsPerSecond: 1 });
    await using client = await RawClient.hello(gateway.url);
    client.send({ type: 'ping', n: 1 });
    client.send({ type: 'call', id: 7, method: 'emulators', params: {} });
    client.send({ type: 'subscribe', id: 8, channel: 'stats', options: {} });
    client.send({ type: 'ping', n: 9 });
    client.sendFrame(Uint8Array.from([0x91, 99]));
    client.press(1);
    await client.acked(1);
    await client.next('error', 3);
    const refused = client.all('error').map(({ callId, error }) => [callId, error.code, error.subscription]);
    expect(refused).toEqual([
      [7, 'rate_limited', undefined],
      [undefined, 'rate_limited', 8],
      [undefined, 'rate_limited', undefined],
      [undefined, 'rate_limited', undefined],
    ]);
    expect(client.all('pong')).toHaveLength(1);
  });

  it('messages of every kind count, but bye is always taken', async () => {
    await using gateway = await startGateway({ driver: 'noop', credit: 1, messagesPerSecond: 1 });
    await using client = await RawClient.hello(gateway.url);
    for (let n = 0; n < 10; n++) client.send({ type: 'flush' });
    const { error } = await client.next('error');
    expect(error).toMatchObject({ code: 'rate_limited', allowed: '1 messages a second' });
    client.send({ type: 'bye', discard: false });
    expect((await client.end()).code).toBe(1000);
  });
});

it('when all connections are taken an upgrade gets 503', async () => {
  await using gateway = await startGateway({ driver: 'noop', maxConnections: 1 });
  await using first = await RawClient.hello(gateway.url);
  await expect(RawClient.open(gateway.url)).rejects.toThrow('503');
  first.press(1);
  await first.acked(1);
});

it('[I8] who asks for more than it may leave unread is closed with 4002, and its session waits for it', async () => {
  const settings = { driver: 'noop', emulators: 256, maxBufferedBytes: 65_536, resumeMs: 60_000 } as const;
  await using gateway = await startGateway(settings);
  await using client = await RawClient.hello(gateway.url);
  await using watcher = await RawClient.hello(gateway.url, { role: 'watch' });
  client.pause();
  client.press(1);
  // Far more than its system and ours take for it.
  for (let id = 1; id <= 400; id++) client.send({ type: 'call', id, method: 'emulators', params: {} });
  const options = { session: client.welcome.session, intervalMs: 100 };
  watcher.send({ type: 'subscribe', id: 1, channel: 'stats', options });
  const detached = () =>
    watcher.all('push').some(({ payload }) => /"expiresInMs":\d/.test(JSON.stringify(payload)));
  await watcher.until(detached, 'a detached session');
  client.resumeReading();
  expect((await client.end()).code).toBe(4002);
  const { session, secret } = client.welcome;
  await using again = await RawClient.hello(gateway.url, { resume: { session, secret, received: 0 } });
  expect((await again.acked(1))[0]?.outcome.status).toBe('executed');
});

describe('connections of one address', () => {
  it('beyond the limit are told so: upgrades, plain requests, and those of the compatibility ports', async () => {
    const settings = { driver: 'noop', maxConnectionsPerAddress: 2, compatPort: 0, compatCount: 1 } as const;
    await using gateway = await startGateway(settings);
    await using first = await RawClient.hello(gateway.url);
    await using second = await RawClient.hello(gateway.url, { role: 'watch' });
    await expect(RawClient.open(gateway.url)).rejects.toThrow('429');
    for (const port of [gateway.port, ...gateway.compatPorts]) {
      const answer = await fetch(`http://127.0.0.1:${port}/health`, { headers: { Connection: 'close' } });
      expect(answer.status).toBe(429);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    second.send({ type: 'bye', discard: false });
    await second.end();
    first.press(1);
    await first.acked(1);
  });

  it('a request whose headers never end is given up after the handshake time', async () => {
    await using gateway = await startGateway({ driver: 'noop', handshakeTimeoutMs: 50 });
    const socket = connectSocket(gateway.port, '127.0.0.1');
    socket.write('GET /v1 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('memory', () => {
  it('beyond the budget new sessions are refused, the largest connections are cut, and who plays sees nothing', async () => {
    const settings = { driver: 'noop', memoryBudgetMb: 16, keepaliveMs: 100, resumeMs: 60_000 } as const;
    await using gateway = await startGateway(settings);
    await using honest = await RawClient.hello(gateway.url);
    // Messages of 1 MiB whose last byte never comes.
    const hoarders = await Promise.all(Array.from({ length: 20 }, () => hoard(gateway.port, 1024 * 1024)));
    await Promise.race(hoarders.map(({ cut }) => cut));
    const stayed = hoarders.filter(({ socket }) => !socket.destroyed);
    expect(stayed.length).toBeGreaterThan(0);
    honest.press(1);
    await honest.acked(1);
    expect(honest.all('error')).toEqual([]);
    for (const { socket } of stayed) socket.destroy();
  });

  it('[I7] a new session gets overloaded and 1013; one that is there can be resumed', async () => {
    const settings = {
      driver: 'embedded',
      memoryBudgetMb: 16,
      keepaliveMs: 60_000,
      resumeMs: 60_000,
    } as const;
    await using gateway = await startGateway(settings);
    const client = await RawClient.hello(gateway.url, { observe: { screen: 'raw' } });
    // The pictures of 240 presses, 69120 bytes each: more than 16 MiB that are kept until the client says it has them.
    for (let seq = 1; seq <= 250; seq++) client.press(seq);
    await client.acked(250);
    await using newcomer = await RawClient.open(gateway.url);
    newcomer.send({ type: 'hello', hello: {} });
    expect((await newcomer.end()).code).toBe(1013);
    expect(newcomer.all('error')[0]?.error).toMatchObject({ code: 'overloaded', retryable: true });
    client.cut();
    const { session, secret } = client.welcome;
    await using again = await RawClient.hello(gateway.url, { resume: { session, secret, received: 250 } });
    expect(again.welcome.resumed).toBe(true);
    // Nothing is kept any more, and that is noticed: who tries again gets in.
    await using late = await tryUntilWelcome(gateway.url);
    expect(late.welcome.emulator).toBeNull();
  });
});

async function tryUntilWelcome(url: string): Promise<RawClient> {
  const client = await RawClient.open(url);
  client.send({ type: 'hello', hello: { role: 'watch' } });
  await client.until(
    () => client.all('welcome').length > 0 || client.closed !== undefined,
    'an answer',
    true,
  );
  return client.closed === undefined ? client : tryUntilWelcome(url);
}

/** A socket that has sent all of a message but its last byte, and when it is cut. */
async function hoard(port: number, bytes: number) {
  const socket = connectSocket(port, '127.0.0.1');
  socket.on('error', () => {});
  const cut = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const key = Buffer.alloc(16).toString('base64');
  socket.write(
    `GET /v1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.once('data', resolve));
  const header = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes, 6);
  socket.write(header);
  await new Promise((resolve) => socket.write(Buffer.alloc(bytes - 1), resolve));
  return { socket, cut };
}

describe('compression', () => {
  it('is not spoken unless it is turned on', async () => {
    await using gateway = await startGateway({ driver: 'noop' });
    const { extensions } = await upgraded(gateway.url);
    expect(extensions).toBe('');
  });

  it('is for messages that are worth it only, both ways, without context takeover', async () => {
    await using gateway = await startGateway({ driver: 'noop', compression: true, compressFromBytes: 1024 });
    const { socket, extensions, answers, raw } = await upgraded(gateway.url);
    expect(extensions).toContain('server_no_context_takeover');
    expect(extensions).toContain('client_no_context_takeover');
    socket.send('["hello",{"emulator":{"kind":"noop"}}]', { compress: true });
    expect(await answers()).toContain('"welcome"');
    socket.send('["ping",1]');
    expect(await answers()).toContain('"pong"');
    const before = raw();
    socket.send(JSON.stringify(['inputs', 1, Array.from({ length: 1000 }, () => [1, 1, 1])]), {
      compress: true,
    });
    const ack = await answers();
    expect(ack.length).toBeGreaterThan(20_000);
    expect(raw() - before).toBeLessThan(ack.length / 3);
    socket.terminate();
  });

  it('leaves pictures alone that are compressed already, and shrinks those that are not', async () => {
    await using gateway = await startGateway({ emulators: 1, compression: true, compressFromBytes: 1024 });
    const { socket, answers, raw } = await upgraded(gateway.url);
    socket.send('["hello",{}]');
    await answers();
    // Of the whole title, a PNG is large enough.
    socket.send('["input",1,0,90,0]');
    await answers();
    const share = async (call: string): Promise<number> => {
      const before = raw();
      socket.send(call);
      const answer = await answers();
      expect(answer.length).toBeGreaterThan(1024);
      return (raw() - before) / answer.length;
    };
    expect(await share('["call",1,"screen",{"format":"png"}]')).toBeGreaterThan(1);
    expect(await share('["call",2,"screen",{"format":"raw"}]')).toBeLessThan(0.1);
    expect(await share('["subscribe",1,"screen"]')).toBeGreaterThan(1);
    socket.terminate();
  });

  it('what inflates to more than a message may be is closed with 1009, and nobody else notices', async () => {
    await using gateway = await startGateway({ driver: 'noop', compression: true, maxMessageBytes: 100_000 });
    await using honest = await RawClient.hello(gateway.url);
    const { socket } = await upgraded(gateway.url);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    // 16 MiB of nothing deflate to 16 KiB.
    socket.send(' '.repeat(16 * 1024 * 1024), { compress: true });
    expect(await closed).toBe(1009);
    honest.press(1);
    await honest.acked(1);
    expect(gateway.errors).toEqual([]);
  });
});

/** A WebSocket that offers compression, speaking JSON. */
async function upgraded(url: string) {
  const socket = new WebSocket(`${url}/v1`, 'joywire.v1.json', { perMessageDeflate: { threshold: 0 } });
  let extensions = '';
  let raw = () => 0;
  const waiting: string[] = [];
  let wake = () => {};
  socket.on('error', () => {});
  socket.on('upgrade', (response) => {
    extensions = response.headers['sec-websocket-extensions'] ?? '';
    raw = () => response.socket.bytesRead;
  });
  socket.on('message', (data) => {
    waiting.push(Buffer.isBuffer(data) ? data.toString() : '');
    wake();
  });
  await new Promise((resolve) => socket.once('open', resolve));
  const answers = async (): Promise<string> => {
    while (waiting.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return waiting.shift() ?? '';
  };
  return { socket, extensions, answers, raw: () => raw() };
}

it('the 65th subscription of a connection is refused', async () => {
  await using gateway = await startGateway({ driver: 'noop' });
  await using client = await RawClient.hello(gateway.url, { role: 'watch' });
  for (let id = 1; id <= 65; id++) client.send({ type: 'subscribe', id, channel: 'stats', options: {} });
  const { error } = await client.next('error');
  expect(error).toMatchObject({
    code: 'too_many_subscriptions',
    subscription: 65,
    allowed: '64 on a connection',
  });
});
