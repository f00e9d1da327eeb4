import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Guard } from '../../../shared/guards.ts';
import type { Client } from '../../../client/client.ts';
import { connectWith } from '../../../client/connect.ts';
import type { ConnectOptions } from '../../../client/options.ts';
import type { BatchInfo, ClientMessage, Encoding, Outcome, Welcome } from '../../../shared/protocol.ts';
import { ClientClock } from '../../support/client-clock.ts';
import { executed, type MemorySocket, memoryOpener, settled } from '../../support/memory-socket.ts';

interface Play {
  readonly pad: Client;
  readonly socket: MemorySocket;
  readonly clock: ClientClock;
}

async function play(options: ConnectOptions = {}, welcome: Partial<Welcome> = {}): Promise<Play> {
  const { openSocket, sockets } = memoryOpener();
  const clock = new ClientClock();
  const connecting = connectWith({ openSocket, clock }, 'localhost:1', options);
  const [socket] = sockets;
  if (socket === undefined) throw new Error('no socket was opened');
  socket.welcome(welcome);
  const pad = await connecting;
  await settled();
  socket.take();
  return { pad, socket, clock };
}

/** The error a promise rejects with. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await promise };
  } catch (error) {
    return error;
  }
}

function types(messages: readonly ClientMessage[]): string[] {
  return messages.map(({ type }) => type);
}

function seqs(messages: readonly ClientMessage[]): number[] {
  return messages.flatMap((message) => {
    if (message.type === 'inputs') return message.presses.map((_, index) => message.firstSeq + index);
    return 'seq' in message ? [message.seq] : [];
  });
}

const BATCH: BatchInfo = { id: 1, size: 2, reason: 'time', queuedUs: 3000, driverUs: 40 };
const FAILED: Outcome = {
  status: 'failed',
  firstFrame: null,
  frames: 0,
  certainty: 'none',
  detail: { code: 'emulator_unavailable' },
};

describe('a press', () => {
  it('travels with its frames and resolves with its outcome, seq and batch', async () => {
    const { pad, socket } = await play();
    const press = pad.press('a+up', { hold: 4, gap: 2, observe: { memory: [[0xc010, 2]] } });
    await settled();
    expect(socket.take()).toEqual([
      {
        type: 'input',
        seq: 1,
        press: { buttons: 65, hold: 4, gap: 2, options: { observe: { memory: [[0xc010, 2]] } } },
      },
    ]);
    socket.ack(1, 1, BATCH);
    expect(await press).toEqual({ ...executed(1), seq: 1, batch: BATCH });
  });

  it('leaves in one write with everything else of its tick', async () => {
    const { pad, socket } = await play();
    const before = socket.writes.length;
    const presses = [pad.press('A'), pad.press('B'), pad.keys('UP'), pad.press(0)];
    pad.flush();
    await settled();
    expect(socket.writes.slice(before).map(types)).toEqual([['input', 'input', 'keys', 'input', 'flush']]);
    socket.ack(1, 4);
    expect((await Promise.all(presses)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('resolves also with what is rejected, failed or unknown', async () => {
    const { pad, socket } = await play({ onFailure: 'continue' });
    const presses = [pad.press('A'), pad.press('A'), pad.press('A')];
    const statuses = ['rejected', 'failed', 'unknown'] as const;
    socket.ack(
      1,
      statuses.map((status) => ({ ...FAILED, status })),
    );
    expect((await Promise.all(presses)).map(({ status }) => status)).toEqual(statuses);
  });

  it.each([
    ['JUMP', {}, /JUMP.*allowed: A, B, SELECT/],
    [1024, {}, /allowed/],
    ['A', { hold: 36_001 }, /hold: got 36001; allowed: 0 to 36000/],
    ['A', { gap: -1 }, /gap: got -1/],
    ['A', { hold: 1.5 }, /hold/],
  ])('of %j %j is refused before it gets a seq', async (buttons, options, message) => {
    const { pad, socket } = await play();
    const error = await failure(pad.press(buttons, options));
    expect(error).toMatchObject({ name: 'JoywireError', code: 'invalid_argument' });
    expect(String(error)).toMatch(message);
    void pad.press('A');
    await settled();
    expect(seqs(socket.take())).toEqual([1]);
  });

  it('of a watcher is refused', async () => {
    const { pad } = await play({ role: 'watch' }, { emulator: null });
    expect(await failure(pad.press('A'))).toMatchObject({ code: 'not_controller' });
  });
});

describe('credit', () => {
  it('[I1] [I2] [I8] is kept, and every entry is sent once in order and settled once, at random sizes and acks', async () => {
    const calls = fc.array(
      fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 8 }), fc.constant('A (A B)*2 B*3')),
      { maxLength: 12 },
    );
    const acks = fc.infiniteStream(fc.integer({ min: 1, max: 8 }));
    await fc.assert(
      fc.asyncProperty(
        calls,
        acks,
        fc.constantFrom<Encoding>('msgpack', 'json'),
        async (list, sizes, encoding) => {
          const { pad, socket } = await play({ encoding });
          const results = list.map((call) => {
            if (typeof call === 'string') return pad.send(call);
            return call === 0 ? pad.press('A').then((one) => [one]) : pad.sequence(Array(call).fill('B'));
          });
          const expected = list.reduce<number>(
            (sum, call) => sum + (typeof call === 'string' ? 8 : call || 1),
            0,
          );
          let acked = 0;
          const sent: number[] = [];
          for (const size of sizes) {
            await settled();
            sent.push(...seqs(socket.take()));
            expect(sent.length - acked).toBeLessThanOrEqual(8);
            const count = Math.min(size, sent.length - acked);
            if (count === 0) break;
            socket.ack(acked + 1, count);
            acked += count;
          }
          const inOrder = Array.from({ length: expected }, (_, index) => index + 1);
          expect(sent).toEqual(inOrder);
          expect((await Promise.all(results)).flat().map(({ seq }) => seq)).toEqual(inOrder);
          expect(pad.credit).toEqual({ limit: 8, outstanding: 0 });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('follows what the gateway says', async () => {
    const { pad, socket } = await play({}, { credit: 2 });
    void pad.send('A*10');
    await settled();
    expect(seqs(socket.take())).toEqual([1, 2]);
    socket.deliver({ type: 'credit', limit: 5 });
    await settled();
    expect(seqs(socket.take())).toEqual([3, 4, 5]);
    socket.deliver({ type: 'credit', limit: 1 });
    socket.ack(1, 4);
    await settled();
    expect(seqs(socket.take())).toEqual([]);
    socket.ack(5, 1);
    await settled();
    expect(seqs(socket.take())).toEqual([6]);
  });

  it('is not needed by calls, but they keep their place unless they look at once', async () => {
    const { pad, socket } = await play({}, { credit: 1 });
    void pad.send('A B');
    void pad.call('screen');
    void pad.call('memory', { now: true });
    await settled();
    expect(types(socket.take())).toEqual(['input', 'call']);
    socket.ack(1, 1);
    await settled();
    expect(types(socket.take())).toEqual(['input', 'call']);
  });
});

describe('a group', () => {
  it('is one message, and its outcomes come together', async () => {
    const { pad, socket } = await play();
    const group = pad.sequence(['A', 2, { buttons: 'UP', hold: 3, gap: 0 }], { observe: { hash: true } });
    await settled();
    expect(socket.take()).toEqual([
      {
        type: 'inputs',
        firstSeq: 1,
        presses: [
          { buttons: 1, hold: undefined, gap: undefined, options: undefined },
          { buttons: 2, hold: undefined, gap: undefined, options: undefined },
          { buttons: 64, hold: 3, gap: 0, options: undefined },
        ],
        options: { observe: { hash: true } },
      },
    ]);
    socket.ack(1, 2);
    socket.ack(3, 1);
    expect((await group).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('carries its guards, and its outcomes say what they did', async () => {
    const { pad, socket } = await play();
    const guards = [{ address: 0xc011, op: '==', value: 18 }] as const;
    const group = pad.sequence(['RIGHT', 'RIGHT'], { guards, together: true });
    await settled();
    expect(socket.take()).toMatchObject([{ type: 'inputs', options: { together: true, guards } }]);
    const detail = { code: 'guard', message: 'm', guard: { index: 0, frame: 21, value: 18 } } as const;
    const stopped = { status: 'rejected', firstFrame: null, frames: 0, certainty: 'none', detail } as const;
    const waited = {
      status: 'executed',
      firstFrame: 5,
      frames: 16,
      certainty: 'exact',
      detail: { waited: 5 },
    } as const;
    socket.ack(1, [waited, stopped]);
    const [first, second] = await group;
    expect([first?.detail?.waited, second?.detail?.guard]).toEqual([5, { index: 0, frame: 21, value: 18 }]);
  });

  it('with guards that cannot be is refused before anything is sent', async () => {
    const { pad, socket } = await play();
    const guard = { address: 0xc011, op: '==', value: 18 } as const;
    const wrong = async (...guards: readonly Guard[]) =>
      String(await failure(pad.sequence(['A', 'B'], { guards })));
    expect(await wrong({ ...guard, value: 300 })).toMatch(/ guards\[0\]\.value: got 300; allowed: .* 255$/);
    expect(await wrong(guard, { ...guard, from: 1, count: 2 })).toMatch(/ guards\[1\]\.count: got 2/);
    await settled();
    expect(socket.take()).toEqual([]);
  });

  it('larger than the gateway takes is refused before anything is sent', async () => {
    const { pad, socket } = await play();
    expect(await failure(pad.sequence(Array(9).fill('A')))).toMatchObject({ code: 'group_too_large' });
    expect(await failure(pad.sequence([]))).toMatchObject({ code: 'invalid_argument' });
    await settled();
    expect(socket.take()).toEqual([]);
  });

  it('larger than a message may be takes no seq', async () => {
    const limits = { ...(await play()).pad.limits, maxMessageBytes: 20 };
    const { pad, socket } = await play({}, { limits });
    const big = pad.sequence(Array(8).fill({ buttons: 'A', hold: 300, gap: 300 }));
    void pad.press('B');
    expect(await failure(big)).toMatchObject({ code: 'message_too_big' });
    await settled();
    expect(socket.take()).toMatchObject([{ type: 'input', seq: 1 }]);
    expect(pad.credit.outstanding).toBe(1);
  });
});

describe('a script', () => {
  it('with a fault sends nothing and names line and column', async () => {
    const { pad, socket } = await play();
    const error = await failure(pad.send('A B\n A*3 JUMP'));
    expect(error).toMatchObject({ code: 'script_error' });
    expect(String(error)).toContain('line 2, column 6');
    await settled();
    expect(socket.take()).toEqual([]);
  });

  it('of nothing resolves with nothing', async () => {
    expect(await (await play()).pad.send('# nothing')).toEqual([]);
  });
});

describe('what is queued here', () => {
  it('is given up by cancel, after the outcomes of what was sent', async () => {
    const { pad, socket } = await play({}, { credit: 2 });
    const script = pad.send('A*4');
    const press = pad.press('B');
    const frame = pad.call('memory');
    pad.cancel(2);
    await settled();
    expect(socket.take()).toMatchObject([
      { type: 'input', seq: 1 },
      { type: 'input', seq: 2 },
      { type: 'call' },
      { type: 'cancel', fromSeq: 2 },
    ]);
    expect(await press).toMatchObject({ seq: 0, status: 'rejected', detail: { code: 'cancelled' } });
    socket.ack(1, [executed(1), { ...FAILED, status: 'rejected', detail: { code: 'cancelled' } }]);
    expect((await script).map(({ seq, status }) => [seq, status])).toEqual([
      [1, 'executed'],
      [2, 'rejected'],
      [0, 'rejected'],
      [0, 'rejected'],
    ]);
    socket.deliver({ type: 'result', id: 1, value: 7 });
    expect(await frame).toBe(7);
    void pad.press('A');
    await settled();
    expect(seqs(socket.take())).toEqual([3]);
  });

  it('does not run after a failure, unless the session goes on', async () => {
    const stopping = await play({}, { credit: 1 });
    const stopped = stopping.pad.send('A B');
    stopping.socket.ack(1, [FAILED]);
    expect((await stopped).map(({ detail }) => detail?.code)).toEqual([
      'emulator_unavailable',
      'after_failure',
    ]);

    const going = await play({ onFailure: 'continue' }, { credit: 1 });
    void going.pad.send('A B');
    going.socket.ack(1, [FAILED]);
    await settled();
    expect(seqs(going.socket.take())).toEqual([1, 2]);
  });

  it('is given up when its signal is aborted, and only that', async () => {
    const { pad, socket } = await play({}, { credit: 1 });
    const controller = new AbortController();
    const first = pad.press('A', { signal: controller.signal });
    const second = pad.press('B', { signal: controller.signal });
    const third = pad.press('UP');
    controller.abort();
    expect(await failure(second)).toMatchObject({ code: 'aborted' });
    socket.ack(1, 1);
    expect(await first).toMatchObject({ status: 'executed' });
    await settled();
    expect(socket.take()).toMatchObject([
      { type: 'input', seq: 1 },
      { type: 'input', seq: 2, press: { buttons: 64 } },
    ]);
    socket.ack(2, 1);
    expect(await third).toMatchObject({ seq: 2 });
    expect(await failure(pad.press('A', { signal: controller.signal }))).toMatchObject({ code: 'aborted' });
  });
});

describe('commands', () => {
  it('are entries in their place', async () => {
    const { pad, socket } = await play();
    void pad.press('A');
    const saved = pad.save();
    void pad.load('here');
    void pad.reset();
    void pad.pace('realtime', 2);
    await settled();
    expect(socket.take().slice(1)).toMatchObject([
      { type: 'command', seq: 2, command: { method: 'save' } },
      { type: 'command', seq: 3, command: { method: 'load', name: 'here' } },
      { type: 'command', seq: 4, command: { method: 'reset' } },
      { type: 'command', seq: 5, command: { method: 'pace', pace: 'realtime', speed: 2 } },
    ]);
    socket.ack(1, [executed(1), { ...executed(2), detail: { checkpoint: 'auto-1' } }]);
    expect(await saved).toMatchObject({ checkpoint: 'auto-1', outcome: { seq: 2 } });
  });
});

describe.each<Encoding>(['msgpack', 'json'])('readings in %s', (encoding) => {
  it('are checked and typed', async () => {
    const { pad, socket } = await play({ encoding });
    const bytes = Uint8Array.from([1, 2, 255]);
    const screen = pad.screen({ format: 'raw', now: true });
    const memory = pad.memory(0xc010, 3);
    const ranges = pad.memory([
      [0xc010, 3],
      [0xc020, 3],
    ]);
    await settled();
    expect(socket.take()).toEqual([
      { type: 'call', id: 1, method: 'screen', params: { format: 'raw', now: true } },
      { type: 'call', id: 2, method: 'memory', params: { ranges: [[0xc010, 3]] } },
      {
        type: 'call',
        id: 3,
        method: 'memory',
        params: {
          ranges: [
            [0xc010, 3],
            [0xc020, 3],
          ],
        },
      },
    ]);
    socket.deliver({ type: 'result', id: 3, value: { frame: 9, memory: [bytes, bytes] } });
    socket.deliver({ type: 'result', id: 1, value: { frame: 7, format: 'raw', bytes } });
    socket.deliver({ type: 'result', id: 2, value: { frame: 8, memory: [bytes] } });
    expect(await screen).toMatchObject({ frame: 7, format: 'raw' });
    expect([...(await screen).bytes]).toEqual([1, 2, 255]);
    expect([...(await memory).bytes]).toEqual([1, 2, 255]);
    expect((await ranges).memory).toHaveLength(2);
  });

  it('that make no sense reject', async () => {
    const { pad, socket } = await play({ encoding });
    const memory = pad.memory(0xc010, 3);
    socket.deliver({ type: 'result', id: 1, value: { frame: 8, memory: [17] } });
    expect(await failure(memory)).toMatchObject({ code: 'protocol_error' });
  });

  it('that the gateway refuses reject with its code', async () => {
    const { pad, socket } = await play({ encoding });
    const emulators = pad.emulators();
    socket.deliver({
      type: 'error',
      callId: 1,
      error: { code: 'unknown_method', message: 'no such call', retryable: false, allowed: 'screen' },
    });
    expect(await failure(emulators)).toMatchObject({
      code: 'unknown_method',
      message: 'no such call; allowed: screen',
    });
  });
});

describe('channels', () => {
  it('subscribe, deliver and unsubscribe', async () => {
    const { pad, socket } = await play();
    const stats = pad.subscribe('stats', { intervalMs: 500 });
    await settled();
    expect(socket.take()).toEqual([
      { type: 'subscribe', id: 1, channel: 'stats', options: { intervalMs: 500 } },
    ]);
    socket.deliver({ type: 'push', id: 1, n: 1, payload: { inputs: 3 } });
    for await (const { payload } of stats) {
      expect(payload).toEqual({ inputs: 3 });
      break;
    }
    await settled();
    expect(socket.take()).toEqual([{ type: 'unsubscribe', id: 1 }]);
    socket.deliver({ type: 'push', id: 1, n: 2, payload: { inputs: 4 } });
    expect(pad.state.status).toBe('open');
  });

  it('end with the error of the gateway', async () => {
    const { pad, socket } = await play();
    const subscription = pad.subscribe('weather');
    socket.deliver({
      type: 'error',
      callId: undefined,
      error: { code: 'unknown_channel', message: 'no', retryable: false, subscription: 1 },
    });
    expect(await failure(subscription.next())).toMatchObject({ code: 'unknown_channel' });
  });
});

describe('events', () => {
  it('tell of acks, server events, goaway and state, until they are no longer wanted', async () => {
    const { pad, socket } = await play({ reconnect: false });
    const log: unknown[] = [];
    const stop = pad.on('ack', ({ outcomes, batch }) =>
      log.push(
        outcomes.map(({ seq }) => seq),
        batch?.reason,
      ),
    );
    pad.on('event', (event) => log.push(event));
    pad.on('goaway', (goaway) => log.push(goaway));
    pad.on('state', (state) => log.push(state));
    void pad.send('A B A');
    socket.ack(1, 2, BATCH);
    stop();
    socket.ack(3, 1, BATCH);
    socket.deliver({ type: 'event', name: 'control_lost', data: { to: 's2' } });
    socket.deliver({ type: 'goaway', reason: 'restart', reconnectInMs: 100 });
    socket.closeFromServer(1012, 'restart');
    expect(log).toEqual([
      [1, 2],
      'time',
      { name: 'control_lost', data: { to: 's2' } },
      { reason: 'restart', reconnectInMs: 100 },
      { status: 'closed', code: 1012, reason: 'restart', mayReconnect: true },
    ]);
  });
});

describe('received', () => {
  it('is told every 256 outcomes, and when it has been quiet for a second', async () => {
    const { pad, socket, clock } = await play({}, { credit: 300 });
    void pad.send('A*300');
    socket.ack(1, 256);
    await settled();
    expect(socket.take().at(-1)).toEqual({ type: 'received', throughSeq: 256 });
    socket.ack(257, 10);
    socket.ack(267, 2);
    clock.advance(1000);
    await settled();
    expect(socket.take()).toEqual([{ type: 'received', throughSeq: 268 }]);
    clock.advance(5000);
    await settled();
    expect(socket.take()).toEqual([]);
  });
});

describe('the end', () => {
  it('of the connection, where it is not resumed, rejects everything that waits, once, and ignores what comes late', async () => {
    const { pad, socket, clock } = await play({ reconnect: false }, { credit: 1 });
    const waiting = [pad.press('A'), pad.press('B'), pad.screen(), pad.stats().next()].map(failure);
    socket.closeFromServer(1006, '');
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: 'connection_lost' });
    socket.ack(1, 1);
    socket.closeFromServer(1000, '');
    expect(pad.state).toEqual({ status: 'closed', code: 1006, reason: '', mayReconnect: true });
    expect(await failure(pad.press('A'))).toMatchObject({ code: 'session_ended' });
    expect(await failure(pad.screen())).toMatchObject({ code: 'session_ended' });
    expect(await failure(pad.stats().next())).toMatchObject({ code: 'session_ended' });
    await pad.close();
    expect(clock.timers).toBe(0);
  });

  it('of the connection does not end the process over a press that nobody awaits', async () => {
    const { pad, socket } = await play({ reconnect: false });
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    void pad.press('A');
    void pad.send('A B');
    void pad.save();
    socket.closeFromServer(1006);
    await settled();
    await settled();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('by close runs out what was called before, says bye once it is acked, and takes nothing more', async () => {
    const { pad, socket } = await play({}, { credit: 1 });
    const presses = pad.send('A B');
    const closed = pad.close();
    expect(pad.close()).toBe(closed);
    expect(await failure(pad.press('A'))).toMatchObject({ code: 'session_ended' });
    socket.ack(1, 1);
    await settled();
    expect(types(socket.take())).toEqual(['input', 'input', 'flush']);
    socket.ack(2, 1);
    await settled();
    expect(types(socket.take())).toEqual(['bye']);
    socket.closeFromServer(1000, 'bye');
    await closed;
    expect((await presses).map(({ status }) => status)).toEqual(['executed', 'executed']);
    expect(pad.state).toMatchObject({ status: 'closed', code: 1000, mayReconnect: false });
  });

  it('by bye with discard gives up what waits', async () => {
    const { pad, socket } = await play({}, { credit: 1 });
    const presses = pad.send('A B');
    const closed = pad.bye({ discard: true });
    await settled();
    expect(socket.take().at(-1)).toEqual({ type: 'bye', discard: true });
    socket.ack(1, 1);
    socket.closeFromServer(1000);
    await closed;
    expect((await presses).map(({ detail }) => detail?.code)).toEqual([undefined, 'discarded']);
  });

  it('by `await using` closes', async () => {
    const { pad, socket } = await play();
    const scope = (async () => {
      await using own = pad;
      return own.session;
    })();
    await settled();
    expect(types(socket.take())).toEqual(['bye']);
    socket.closeFromServer(1000);
    expect(await scope).toBe('s1');
  });

  it('by its signal rejects with aborted and discards what is queued', async () => {
    const controller = new AbortController();
    const { pad, socket } = await play({ signal: controller.signal });
    const press = pad.press('A');
    controller.abort();
    expect(await failure(press)).toMatchObject({ code: 'aborted' });
    await settled();
    expect(socket.take()).toMatchObject([{ type: 'input' }, { type: 'bye', discard: true }]);
    socket.ack(1, 1);
    socket.closeFromServer(1000);
    expect(pad.state.status).toBe('closed');
  });

  it('leaves no listener behind on a signal that lives on', async () => {
    const { signal } = new AbortController();
    const { pad, socket } = await play({ signal }, { credit: 1 });
    const presses = [pad.press('A', { signal }), pad.press('B', { signal })];
    expect(getEventListeners(signal, 'abort')).toHaveLength(2);
    socket.ack(1, 1);
    socket.ack(2, 1);
    await Promise.all(presses);
    await settled();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    socket.closeFromServer(1000);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it.each<[string, (socket: MemorySocket) => void]>([
    ['bytes that are no message', (socket) => socket.deliverBytes(Uint8Array.from([0xc1]))],
    ['text on msgpack', (socket) => socket.deliverBytes('[]')],
    ['an ack of what was never sent', (socket) => socket.ack(2, 5)],
    ['an ack with a hole before it', (socket) => socket.ack(2, 1)],
    ['a second welcome', (socket) => socket.welcome()],
  ])('comes at once, with a clear error, when the gateway sends %s', async (_, send) => {
    const { pad, socket } = await play();
    const presses = [pad.press('A'), pad.press('B')].map(failure);
    send(socket);
    for (const error of await Promise.all(presses)) expect(error).toMatchObject({ code: 'protocol_error' });
    expect(socket.ended).toMatchObject({ code: 1007 });
    expect(pad.state).toMatchObject({ status: 'closed', mayReconnect: false });
  });

  it('does not come for a message that is newer than this client', async () => {
    const { pad, socket } = await play();
    socket.deliverBytes(Uint8Array.from([0x92, 0x64, 0x01]));
    expect(pad.state.status).toBe('open');
  });

  it('comes when the gateway did not take an entry: the two sides would no longer agree', async () => {
    const { pad, socket } = await play();
    const press = pad.press('A');
    socket.deliver({
      type: 'error',
      callId: undefined,
      error: { code: 'credit_exceeded', message: 'too much', retryable: true, seq: 1 },
    });
    expect(await failure(press)).toMatchObject({ code: 'credit_exceeded' });
    await settled();
    expect(types(socket.take())).toEqual(['input', 'bye']);
  });

  it('comes when nothing answers the pings', async () => {
    const { pad, socket, clock } = await play({ keepaliveMs: 1000, reconnect: false });
    const press = pad.press('A');
    clock.advance(1000);
    await settled();
    expect(socket.take().at(-1)).toEqual({ type: 'ping', n: 1 });
    socket.deliver({ type: 'pong', n: 1, timeMs: 0 });
    clock.advance(2000);
    expect(await failure(press)).toMatchObject({ code: 'connection_lost' });
    expect(socket.ended).toBe('terminated');
    expect(pad.state).toMatchObject({ code: 4000, mayReconnect: true });
  });
});
