import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { openSocket as openInBrowser } from '../../../client/open-socket.browser.ts';
import { openSocket as openInNode } from '../../../client/open-socket.node.ts';
import type { OpenSocket, SocketClose } from '../../../client/socket.ts';

let server: Server | undefined;
afterEach(() => {
  vi.unstubAllGlobals();
  server?.close();
});

async function listen(): Promise<{ server: Server; url: string }> {
  const http = createServer();
  server = http;
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server: http, url: `ws://127.0.0.1:${address.port}/v1` };
}

/** Opens a socket and keeps what it reports. */
function open(openSocket: OpenSocket, url: string) {
  const received: (Uint8Array | string)[] = [];
  let onOpened: () => void = () => undefined;
  let onClosed: (close: SocketClose) => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    onOpened = resolve;
  });
  const closed = new Promise<SocketClose>((resolve) => {
    onClosed = resolve;
  });
  const socket = openSocket(url, 'joywire.v1.msgpack', {
    opened: () => onOpened(),
    message: (data) => void received.push(data),
    closed: (close) => onClosed(close),
  });
  return { socket, received, opened, closed };
}

describe("Node's socket", () => {
  it('carries bytes and text both ways, and its end', async () => {
    const { server: http, url } = await listen();
    const echo = new WebSocketServer({ server: http });
    echo.on('connection', (peer) => {
      peer.on('message', (data, isBinary) => {
        peer.send(data, { binary: isBinary });
        if (!isBinary) peer.close(4503, 'taken over');
      });
    });
    const { socket, received, opened, closed } = open(openInNode, url);
    await opened;
    socket.together(() => {
      socket.send(Uint8Array.from([1, 2]));
      socket.send('text');
    });
    expect(await closed).toEqual({ code: 4503, reason: 'taken over' });
    expect(received.map((data) => (typeof data === 'string' ? data : [...data]))).toEqual([[1, 2], 'text']);
  });

  it('sends what belongs together in one write', async () => {
    const { server: http, url } = await listen();
    const peers = new WebSocketServer({ server: http });
    const chunks: number[] = [];
    http.on('upgrade', (_request, line) => line.on('data', (chunk: Buffer) => chunks.push(chunk.length)));
    const all = new Promise<void>((resolve) => {
      let messages = 0;
      peers.on('connection', (peer) => peer.on('message', () => void ((messages += 1) === 20 && resolve())));
    });
    const { socket, opened } = open(openInNode, url);
    await opened;
    socket.together(() => {
      for (let i = 0; i < 20; i += 1) socket.send(Uint8Array.from([i]));
    });
    await all;
    socket.terminate();
    expect(chunks).toEqual([20 * 7]);
  });

  it('says what the server answered instead of a WebSocket, and whether to try again', async () => {
    const { server: http, url } = await listen();
    const answers = ['403 Forbidden', '503 Service Unavailable'];
    http.on('upgrade', (_request, line) => {
      const body = 'this Host is not served here';
      line.end(`HTTP/1.1 ${answers.shift()}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    expect(await open(openInNode, url).closed).toMatchObject({
      code: 1006,
      reason: 'HTTP 403 Forbidden: this Host is not served here',
      mayReconnect: false,
    });
    expect(await open(openInNode, url).closed).toMatchObject({ mayReconnect: true });
  });

  it('says why nothing could be opened', async () => {
    const { server: http, url } = await listen();
    await new Promise((resolve) => http.close(resolve));
    const { code, reason } = await open(openInNode, url).closed;
    expect(code).toBe(1006);
    expect(reason).toContain('ECONNREFUSED');
  });
});

describe("a browser's socket", () => {
  class FakeWebSocket {
    static last: FakeWebSocket | undefined;
    readonly url: string;
    readonly protocol: string;
    readonly calls: unknown[] = [];
    binaryType = 'blob';
    onopen: () => void = () => undefined;
    onmessage: (event: { data: unknown }) => void = () => undefined;
    onclose: (event: { code: number; reason: string }) => void = () => undefined;

    constructor(url: string, protocol: string) {
      this.url = url;
      this.protocol = protocol;
      FakeWebSocket.last = this;
    }

    send(data: unknown): void {
      this.calls.push(data);
    }

    close(...args: unknown[]): void {
      this.calls.push(['close', ...args]);
    }
  }

  function openFake() {
    vi.stubGlobal('WebSocket', FakeWebSocket);
    const opened = open(openInBrowser, 'ws://host/v1');
    const fake = FakeWebSocket.last;
    if (fake === undefined) throw new Error('no WebSocket was made');
    return { ...opened, fake };
  }

  it('carries bytes and text both ways, and its end', async () => {
    const { fake, socket, received, closed } = openFake();
    expect(fake).toMatchObject({
      url: 'ws://host/v1',
      protocol: 'joywire.v1.msgpack',
      binaryType: 'arraybuffer',
    });
    fake.onopen();
    socket.together(() => socket.send(Uint8Array.from([7])));
    fake.onmessage({ data: Uint8Array.from([1, 2]).buffer });
    fake.onmessage({ data: 'text' });
    fake.onclose({ code: 4503, reason: 'taken over' });
    expect(fake.calls).toEqual([Uint8Array.from([7])]);
    expect(received).toEqual([Uint8Array.from([1, 2]), 'text']);
    expect(await closed).toEqual({ code: 4503, reason: 'taken over' });
  });

  it('names only close codes that a page may name', () => {
    const { fake, socket } = openFake();
    socket.close(1007, 'nonsense');
    socket.close(4000, 'late');
    socket.close(1000, 'bye');
    expect(fake.calls).toEqual([['close'], ['close', 4000, 'late'], ['close', 1000, 'bye']]);
  });

  it('reports nothing once given up', async () => {
    const { fake, socket, closed } = openFake();
    socket.terminate();
    fake.onclose({ code: 1006, reason: '' });
    expect(await Promise.race([closed, Promise.resolve('nothing')])).toBe('nothing');
  });
});
