/** The attacks. Each ends by itself; none expects an answer of a certain kind, for what counts is what the gateway does to others. */
import { SUBPROTOCOLS, type Encoding } from '../../shared/protocol.ts';
import type { Random } from '../support/random.ts';
import { badUtf8, deflateBomb, jsonBomb, msgpackBomb, mutated, noise, RECORDED } from './payloads.ts';
import { OPCODE, rawFrame, RawSocket, upgradeRequest } from './raw-socket.ts';

export interface Target {
  readonly port: number;
  readonly compatPorts: readonly number[];
}

export type Attack = (target: Target, choose: Random) => Promise<void>;

const HELLO_JSON = '["hello",{"emulator":{"kind":"noop","waitMs":0}}]';
const HELLO_MSGPACK = Buffer.from('920181a8656d756c61746f7282a46b696e64a46e6f6f70a6776169744d7300', 'hex');
const DEFLATE = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';

function encodingOf(choose: Random): Encoding {
  return choose.pick(['json', 'msgpack'] as const);
}

function opcodeOf(encoding: Encoding): number {
  return encoding === 'json' ? OPCODE.text : OPCODE.binary;
}

/** A WebSocket; three times of four with a session. */
async function joined(target: Target, encoding: Encoding, choose: Random, offer = ''): Promise<RawSocket> {
  const raw = await RawSocket.upgraded(target.port, SUBPROTOCOLS[encoding], offer);
  if (choose.below(4) === 0) return raw;
  const hello = encoding === 'json' ? Buffer.from(HELLO_JSON) : HELLO_MSGPACK;
  raw.frame({ opcode: opcodeOf(encoding), payload: hello });
  await raw.heard();
  return raw;
}

/** Sends payloads as whole messages and leaves in one of the ways there are. */
async function messages(target: Target, encoding: Encoding, choose: Random, payloads: readonly Uint8Array[]) {
  const raw = await joined(target, encoding, choose);
  for (const payload of payloads) raw.frame({ opcode: opcodeOf(encoding), payload });
  await leave(raw, choose);
}

/** Waits for an answer to a ping (or the end), and then goes: politely, at once, or by a reset. */
async function leave(raw: RawSocket, choose: Random): Promise<void> {
  raw.frame({ opcode: OPCODE.ping, payload: new Uint8Array(0) });
  await raw.heard();
  choose.pick([
    () => raw.frame({ opcode: OPCODE.close, payload: Uint8Array.from([3, 232]) }),
    () => raw.socket.end(),
    () => raw.cut(),
    () => raw.socket.resetAndDestroy(),
  ])();
  await Promise.race([raw.closed, raw.heard()]);
  raw.cut();
  await raw.closed;
}

/** Waits until the gateway has had enough. */
async function untilClosed(raw: RawSocket): Promise<void> {
  await raw.closed;
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

/** In pieces of odd sizes, each its own write. */
async function inPieces(raw: RawSocket, bytes: Uint8Array, choose: Random): Promise<void> {
  for (let at = 0; at < bytes.length && !raw.gone; ) {
    const next = at + 1 + choose.below(choose.pick([3, 50, 2000]));
    raw.write(bytes.subarray(at, next));
    at = next;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export const ATTACKS: Readonly<Record<string, Attack>> = {
  async 'bytes that are no HTTP'({ port, compatPorts }, choose) {
    const raw = await RawSocket.open(choose.pick([port, compatPorts[0] ?? port]));
    raw.write(noise(choose, 1 + choose.below(2000)));
    raw.socket.end();
    await untilClosed(raw);
  },
  async 'odd HTTP requests'({ port, compatPorts }, choose) {
    const raw = await RawSocket.open(choose.pick([port, compatPorts[0] ?? port]));
    const path = choose.pick([
      '/',
      '/v1',
      '/metrics',
      '//',
      '/../../etc/passwd',
      'http://x/v1',
      '*',
      `/${'a'.repeat(9000)}`,
    ]);
    const method = choose.pick(['GET', 'HEAD', 'POST', 'PUT', 'CONNECT', 'OPTIONS', 'BREW']);
    const header = choose.pick([
      'Host: 127.0.0.1',
      'Host: evil.example',
      'Host: 127.0.0.1\r\nHost: 127.0.0.1',
      'Host: 127.0.0.1\r\nContent-Length: 99999999999',
      'Host: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5',
      'Host: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade',
      `Host: 127.0.0.1\r\nX: ${'y'.repeat(choose.below(40_000))}`,
      'Host: 127.0.0.1\r\nAuthorization: Bearer \u00ff',
    ]);
    const request = `${method} ${path} HTTP/1.1\r\n${header}\r\n\r\n`;
    raw.write(Buffer.from(request.repeat(1 + choose.below(3)), 'latin1'));
    raw.socket.end();
    await untilClosed(raw);
  },
  async 'a mutated upgrade'({ port }, choose) {
    const raw = await RawSocket.open(port);
    await inPieces(raw, mutated(Buffer.from(upgradeRequest(SUBPROTOCOLS.json)), choose), choose);
    raw.socket.end();
    raw.socket.resume();
    await Promise.race([raw.closed, raw.heard()]);
    raw.cut();
    await raw.closed;
  },
  async 'a slowloris of headers'({ port, compatPorts }, choose) {
    const raw = await RawSocket.open(choose.pick([port, port, compatPorts[0] ?? port]));
    const request = upgradeRequest(SUBPROTOCOLS.json);
    const drip = setInterval(() => raw.write(request.charAt(at++ % 200)), 20);
    let at = 0;
    // A compatibility port gives requests half a minute: no need to see that out.
    const patience = setTimeout(() => raw.cut(), 2500);
    await untilClosed(raw);
    clearInterval(drip);
    clearTimeout(patience);
  },
  async 'a slowloris of the hello'({ port }) {
    const raw = await RawSocket.upgraded(port, SUBPROTOCOLS.json);
    const hello = rawFrame({ opcode: OPCODE.text, payload: Buffer.from(HELLO_JSON) });
    let at = 0;
    const drip = setInterval(() => raw.write(hello.subarray(at, ++at)), 50);
    await untilClosed(raw);
    clearInterval(drip);
  },
  async 'noise in place of frames'(target, choose) {
    const raw = await joined(target, encodingOf(choose), choose);
    raw.write(noise(choose, 2 + choose.below(3000)));
    await leave(raw, choose);
  },
  async 'frames that break RFC 6455'(target, choose) {
    const encoding = encodingOf(choose);
    const raw = await joined(target, encoding, choose);
    const payload = noise(choose, choose.below(200));
    const opcode = opcodeOf(encoding);
    choose.pick([
      () => raw.frame({ opcode, payload, masked: false }),
      () => raw.frame({ opcode, payload, rsv: 1 + choose.below(7) }),
      () => raw.frame({ opcode: 3 + choose.below(5), payload }),
      () => raw.frame({ opcode: 11 + choose.below(5), payload }),
      () => raw.frame({ opcode: OPCODE.continuation, payload }),
      () => raw.frame({ opcode: OPCODE.ping, payload: noise(choose, 126 + choose.below(100)) }),
      () => raw.frame({ opcode: OPCODE.ping, payload, fin: false }),
      () => raw.frame({ opcode: OPCODE.close, payload: Uint8Array.from([choose.below(256)]) }),
      () =>
        raw.frame({ opcode: OPCODE.close, payload: Uint8Array.from([choose.below(256), choose.below(256)]) }),
    ])();
    await leave(raw, choose);
  },
  async 'lengths that are not so'(target, choose) {
    const encoding = encodingOf(choose);
    const raw = await joined(target, encoding, choose);
    const length = choose.pick([65_537n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 62n, 2n ** 64n - 1n]);
    raw.frame({ opcode: opcodeOf(encoding), payload: noise(choose, choose.below(100)), length });
    await leave(raw, choose);
  },
  async 'a message that never ends'(target, choose) {
    const encoding = encodingOf(choose);
    const raw = await joined(target, encoding, choose);
    const piece = new Uint8Array(choose.pick([0, 1, 1000]));
    raw.frame({ opcode: opcodeOf(encoding), payload: piece, fin: false });
    for (let n = choose.below(500); n > 0; n--) {
      raw.frame({ opcode: OPCODE.continuation, payload: piece, fin: false });
      if (choose.below(20) === 0) raw.frame({ opcode: OPCODE.ping, payload: piece.subarray(0, 100) });
    }
    await leave(raw, choose);
  },
  async 'deflate bombs'(target, choose) {
    const encoding = encodingOf(choose);
    const raw = await joined(target, encoding, choose, DEFLATE);
    raw.frame({ opcode: opcodeOf(encoding), payload: deflateBomb(choose), rsv: 4 });
    await leave(raw, choose);
  },
  async 'invalid UTF-8'(target, choose) {
    const raw = await joined(target, 'json', choose);
    raw.frame({ opcode: choose.pick([OPCODE.text, OPCODE.close]), payload: badUtf8(choose) });
    await leave(raw, choose);
  },
  async 'msgpack bombs'(target, choose) {
    await messages(
      target,
      'msgpack',
      choose,
      times(1 + choose.below(4), () => msgpackBomb(choose)),
    );
  },
  async 'JSON bombs'(target, choose) {
    await messages(
      target,
      'json',
      choose,
      times(1 + choose.below(4), () => jsonBomb(choose)),
    );
  },
  async 'mutated recordings'(target, choose) {
    const encoding = encodingOf(choose);
    const raw = await RawSocket.upgraded(target.port, SUBPROTOCOLS[encoding]);
    for (const message of RECORDED[encoding]) {
      if (choose.below(8) === 0) continue;
      const payload = choose.below(3) === 0 ? mutated(message, choose) : message;
      await inPieces(raw, rawFrame({ opcode: opcodeOf(encoding), payload }), choose);
      if (choose.below(12) === 0) break;
    }
    await leave(raw, choose);
  },
  async 'a recording with mutated frames'(target, choose) {
    const encoding = encodingOf(choose);
    const raw = await RawSocket.upgraded(target.port, SUBPROTOCOLS[encoding]);
    const frames = RECORDED[encoding].map((payload) => rawFrame({ opcode: opcodeOf(encoding), payload }));
    await inPieces(raw, mutated(Buffer.concat(frames), choose), choose);
    await leave(raw, choose);
  },
  async 'a flood before the welcome'({ port }, choose) {
    const raw = await RawSocket.upgraded(port, SUBPROTOCOLS.json);
    const frames = [HELLO_JSON, ...times(choose.below(400), () => '["input",1,1]')];
    raw.write(
      Buffer.concat(frames.map((text) => rawFrame({ opcode: OPCODE.text, payload: Buffer.from(text) }))),
    );
    await leave(raw, choose);
  },
  async 'calls without end'(target, choose) {
    const raw = await joined(target, 'json', choose);
    const call = choose.pick([
      '["call",1,"emulators"]',
      '["call",1,"nothing"]',
      '["ping",1]',
      '["subscribe",1,"stats"]',
      '[99]',
    ]);
    raw.write(
      Buffer.concat(times(1500, () => rawFrame({ opcode: OPCODE.text, payload: Buffer.from(call) }))),
    );
    await leave(raw, choose);
  },
  async 'a reader that does not read'(target, choose) {
    const raw = await joined(target, 'json', choose);
    raw.socket.pause();
    const asked = ['["call",1,"emulators"]', '["subscribe",1,"stats",{"intervalMs":100}]', '["input",1,1]'];
    raw.write(
      Buffer.concat(
        times(300, () =>
          rawFrame({ opcode: OPCODE.text, payload: Buffer.from(choose.pick(['["flush"]', ...asked])) }),
        ),
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    raw.cut();
    await raw.closed;
  },
  async 'guesses at sessions'({ port }, choose) {
    const raw = await RawSocket.upgraded(port, SUBPROTOCOLS.json);
    const session = choose.pick(['', 'x', '01a20cc3-4b47-7797-889d-d13084a035e0']);
    const received = choose.pick([0, 1, Number.MAX_SAFE_INTEGER]);
    const resume = { session, secret: 'A'.repeat(choose.below(129)), received, orNew: choose.below(2) === 1 };
    const hello = [
      'hello',
      { resume, emulator: { kind: 'noop', waitMs: 0 }, role: choose.pick(['play', 'watch']) },
    ];
    raw.frame({ opcode: OPCODE.text, payload: Buffer.from(JSON.stringify(hello)) });
    await leave(raw, choose);
  },
  async 'ROMs and checkpoints by path'({ port }, choose) {
    const raw = await RawSocket.upgraded(port, SUBPROTOCOLS.json);
    const name = choose.pick([
      '../../etc/passwd',
      '/etc/passwd',
      'x\u0000.gb',
      '..',
      'C:\\x.gb',
      '__proto__',
      '%2e%2e/x.gb',
    ]);
    const emulator = { [choose.pick(['rom', 'state', 'id', 'kind'])]: name };
    raw.frame({
      opcode: OPCODE.text,
      payload: Buffer.from(JSON.stringify(['hello', { emulator: { waitMs: 0, ...emulator } }])),
    });
    await leave(raw, choose);
  },
};
