import { describe, expect, it } from 'vitest';
import type { Client } from '../../../client/client.ts';
import { connectWith } from '../../../client/connect.ts';
import type { ConnectOptions } from '../../../client/options.ts';
import { encodeClientMessage } from '../../../shared/codec.ts';
import type { ClientMessage, Encoding, Press, PublishedLimits, Welcome } from '../../../shared/protocol.ts';
import { ClientClock } from '../../support/client-clock.ts';
import { type MemorySocket, memoryOpener, settled, WELCOME } from '../../support/memory-socket.ts';

const LIMITS: PublishedLimits = {
  ...WELCOME.limits,
  maxMacros: 4,
  maxMacroPresses: 20,
  maxScriptLength: 1000,
};

interface Play {
  readonly pad: Client;
  readonly socket: () => MemorySocket;
  /** The line breaks, and the session is resumed. */
  readonly resume: (change: Partial<Welcome>) => Promise<readonly ClientMessage[]>;
}

async function play(change: Partial<Welcome> = {}, options: ConnectOptions = {}): Promise<Play> {
  const { openSocket, sockets } = memoryOpener();
  const clock = new ClientClock();
  const connecting = connectWith({ openSocket, clock }, 'localhost:1', options);
  const socket = () => {
    const last = sockets.at(-1);
    if (last === undefined) throw new Error('no socket was opened');
    return last;
  };
  const welcome = { limits: LIMITS, ...change };
  socket().welcome(welcome);
  const pad = await connecting;
  await settled();
  socket().take();
  const resume = async (at: Partial<Welcome>) => {
    const before = sockets.length;
    socket().closeFromServer(1006);
    for (let i = 0; i < 100 && sockets.length === before; i++) {
      clock.advance(1000);
      await settled();
    }
    socket().welcome({ ...welcome, resumed: true, ...at });
    await settled();
    return socket().take().slice(1);
  };
  return { pad, socket, resume };
}

/** Bytes on the line, mask and header of the frame included (RFC 6455 section 5.2). */
function frameBytes(message: ClientMessage, encoding: Encoding): number {
  const { length } = encodeClientMessage(message, encoding);
  return length + (length < 126 ? 6 : 8);
}

const press = (buttons: number): Press => ({
  buttons,
  hold: undefined,
  gap: undefined,
  options: undefined,
});

async function code(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );
}

function thrown(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe('a macro', () => {
  it('travels once, and then by its name, with one outcome for each press', async () => {
    const { pad, socket } = await play();
    const walk = pad.define('walk', 'UP*2 A');
    const outcomes = pad.sequence([walk, 'B', { use: 'walk' }]);
    await settled();
    expect(socket().take()).toEqual([
      { type: 'define', name: 'walk', presses: [press(64), press(64), press(1)] },
      {
        type: 'inputs',
        firstSeq: 1,
        presses: [{ use: 'walk', times: 1 }, press(2), { use: 'walk', times: 1 }],
        options: undefined,
      },
    ]);
    expect(walk.size).toBe(3);
    socket().ack(1, 7);
    expect((await outcomes).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('may be made of others, and is not changed with them', async () => {
    const { pad, socket } = await play();
    const step = pad.define('step', ['UP', { buttons: 'A', hold: 2 }]);
    const two = pad.define('two', [step.repeat(2), 'B']);
    pad.define('step', 'DOWN');
    void pad.sequence([two]);
    await settled();
    expect(socket().take().slice(1)).toEqual([
      { type: 'define', name: 'two', presses: [{ use: 'step', times: 2 }, press(2)] },
      { type: 'define', name: 'step', presses: [press(128)] },
      { type: 'inputs', firstSeq: 1, presses: [{ use: 'two', times: 1 }], options: undefined },
    ]);
    expect(two.size).toBe(5);
  });

  it('that is defined anew keeps its place behind what waits for credit with the old one', async () => {
    const { pad, socket } = await play();
    void pad.send('A*8');
    const old = pad.define('m', 'UP');
    void pad.sequence([old]);
    pad.define('m', 'DOWN');
    void pad.sequence([old]);
    await settled();
    const outline = () =>
      socket()
        .take()
        .map(({ type }) => type);
    expect(outline()).not.toContain('inputs');
    socket().ack(1, 8);
    await settled();
    expect(outline()).toEqual(['inputs', 'define', 'inputs']);
  });

  it('[I7] is defined again after a break, and what used it goes as presses, from where the gateway is', async () => {
    const { pad, resume } = await play();
    const step = pad.define('step', 'UP');
    pad.define('two', [step, step, 'B']);
    void pad.sequence([{ use: 'two' }, 'A']);
    pad.define('step', 'DOWN');
    void pad.sequence([step]);
    await settled();
    // A gateway that was restarted, and of the first group knows two members.
    const again = await resume({ ackedThrough: 0, nextSeq: 3 });
    expect(again).toEqual([
      { type: 'define', name: 'step', presses: [press(128)] },
      { type: 'define', name: 'two', presses: [press(64), press(64), press(2)] },
      { type: 'inputs', firstSeq: 3, presses: [press(2), press(1)], options: undefined },
      { type: 'inputs', firstSeq: 5, presses: [press(128)], options: undefined },
    ]);
  });

  it('[I7] is told again before what waits for credit uses it', async () => {
    const { pad, socket, resume } = await play();
    void pad.send('A*8');
    pad.define('m', 'UP');
    void pad.sequence([{ use: 'm' }]);
    await settled();
    const definition = { type: 'define', name: 'm', presses: [press(64)] };
    expect(socket().take().at(-1)).toEqual(definition);
    expect(await resume({ ackedThrough: 8, nextSeq: 9 })).toEqual([definition]);
    socket().ack(1, 8);
    await settled();
    expect(socket().take()).toEqual([
      { type: 'inputs', firstSeq: 9, presses: [{ use: 'm', times: 1 }], options: undefined },
    ]);
  });

  it('goes as presses to a gateway that knows no macros', async () => {
    const { openSocket, sockets } = memoryOpener();
    const connecting = connectWith({ openSocket, clock: new ClientClock() }, 'localhost:1', {});
    sockets[0]?.welcome();
    const pad = await connecting;
    const walk = pad.define('walk', 'UP A');
    void pad.sequence([walk.repeat(2)]);
    await settled();
    expect(sockets[0]?.take().slice(1)).toEqual([
      { type: 'inputs', firstSeq: 1, presses: [64, 1, 64, 1].map(press), options: undefined },
    ]);
  });

  it('that cannot be is refused where it is defined or used, and nothing is sent', async () => {
    const { pad, socket } = await play({ limits: { ...LIMITS, maxMessageBytes: 200 } });
    pad.define('full', 'A*8');
    await settled();
    socket().take();
    expect(thrown(() => pad.define('a walk', 'A'))).toMatchObject({ code: 'invalid_argument' });
    expect(thrown(() => pad.define('m', 'A*'))).toMatchObject({ code: 'script_error' });
    expect(thrown(() => pad.define('m', 'A (B A){stop 0xC010==2}'))).toMatchObject({
      code: 'invalid_argument',
    });
    expect(thrown(() => pad.define('m', []))).toMatchObject({ code: 'invalid_argument' });
    expect(thrown(() => pad.define('m', ['X']))).toMatchObject({ code: 'invalid_argument' });
    expect(thrown(() => pad.define('m', [{ use: 'none' }]))).toMatchObject({ code: 'unknown_macro' });
    expect(thrown(() => pad.define('m', [{ use: 'full', times: 2 }]))).toMatchObject({
      code: 'group_too_large',
      message: 'it stands for 16 presses; allowed: at most 8',
    });
    const observing = { buttons: 'A', observe: { memory: Array(60).fill([0xc000, 1]) } };
    expect(thrown(() => pad.define('m', [observing]))).toMatchObject({ code: 'message_too_big' });
    for (const name of ['b', 'c']) pad.define(name, 'A*6');
    expect(thrown(() => pad.define('d', 'A'))).toMatchObject({
      code: 'too_many_macros',
      message:
        'macro "d": there would be 21 with it; allowed: at most 20 presses, and memory ranges observed by them, in all macros together',
    });
    pad.define('b', 'A');
    pad.define('d', 'A');
    expect(thrown(() => pad.define('e', 'A'))).toMatchObject({ code: 'too_many_macros' });
    await settled();
    socket().take();
    expect(await code(pad.sequence([{ use: 'none' }]))).toBe('unknown_macro');
    expect(await code(pad.sequence([{ use: 'd', times: 0 }]))).toBe('invalid_argument');
    expect(await code(pad.sequence([{ use: 'd', times: 9 }]))).toBe('group_too_large');
    expect(await code(pad.sequence([]))).toBe('invalid_argument');
    expect(socket().take()).toEqual([]);
  });

  it('is nothing for a watcher', async () => {
    const { openSocket, sockets } = memoryOpener();
    const connecting = connectWith({ openSocket, clock: new ClientClock() }, 'localhost:1', {
      role: 'watch',
    });
    sockets[0]?.welcome({ emulator: null });
    const pad = await connecting;
    expect(thrown(() => pad.define('m', 'A'))).toMatchObject({ code: 'not_controller' });
  });
});

describe('a script', () => {
  it('travels as it is written where that is shorter, cut so that several pieces fit the credit', async () => {
    const { pad, socket } = await play();
    const outcomes = pad.send('A # one\n B\n UP*3 (A B UP DOWN)*2');
    await settled();
    expect(socket().take()).toEqual([
      { type: 'script', firstSeq: 1, text: 'A B' },
      { type: 'script', firstSeq: 3, text: 'UP*2' },
      // One that is left over.
      { type: 'input', seq: 5, press: press(64) },
    ]);
    socket().ack(1, 5);
    await settled();
    expect(socket().take()).toEqual([{ type: 'script', firstSeq: 6, text: '(A B UP DOWN)*2' }]);
    socket().ack(6, 8);
    expect((await outcomes).map(({ seq }) => seq)).toEqual(Array.from({ length: 13 }, (_, n) => n + 1));
  });

  it.each(['msgpack', 'json'] as const)(
    'never takes more bytes than its presses would, in %s',
    async (encoding) => {
      const scripts = [
        'A',
        '(A)',
        'A B',
        'A*2',
        '(A B)*9 UP',
        'A+B+UP:36000:36000',
        '(A B UP DOWN)',
        'W:9 (L:1:1*5)',
      ];
      for (const script of scripts) {
        const bytes = async (limits: PublishedLimits) => {
          const { pad, socket } = await play({ limits, credit: 100 }, { encoding });
          void pad.send(script);
          await settled();
          const messages = socket().take();
          return {
            messages,
            bytes: messages.reduce((sum, message) => sum + frameBytes(message, encoding), 0),
          };
        };
        const limits = { ...LIMITS, maxGroup: 100 };
        const short = await bytes(limits);
        const plain = await bytes({ ...WELCOME.limits, maxGroup: 100 });
        const better = short.messages.some(({ type }) => type === 'script');
        expect([script, short.bytes < plain.bytes]).toEqual([script, better]);
        if (!better) expect(short.messages).toEqual(plain.messages);
      }
    },
  );

  it('goes as presses where it would be larger than a message may be', async () => {
    const { pad, socket } = await play({ credit: 100, limits: { ...LIMITS, maxMessageBytes: 100 } });
    void pad.send('A:10:10 '.repeat(20));
    await settled();
    expect(
      new Set(
        socket()
          .take()
          .map(({ type }) => type),
      ),
    ).toEqual(new Set(['input']));
  });

  it('goes as presses with options, and to a gateway that takes no scripts', async () => {
    const { pad, socket } = await play();
    void pad.send('A B', { observe: { hash: true } });
    void pad.send('(A B)', { together: true });
    await settled();
    expect(
      socket()
        .take()
        .map(({ type }) => type),
    ).toEqual(['input', 'input', 'inputs']);
  });

  it('[I7] that is unacked goes again as presses, from where the gateway is', async () => {
    const { pad, socket, resume } = await play();
    const outcomes = pad.send('A B (UP*3 A*3)');
    await settled();
    expect(socket().take()).toEqual([
      { type: 'script', firstSeq: 1, text: 'A B' },
      { type: 'script', firstSeq: 3, text: '(UP*3 A*3)' },
    ]);
    socket().ack(1, 1);
    await settled();
    const again = await resume({ ackedThrough: 1, nextSeq: 5 });
    expect(again).toEqual([
      { type: 'inputs', firstSeq: 5, presses: [64, 1, 1, 1].map(press), options: undefined },
    ]);
    socket().ack(2, 7);
    expect((await outcomes).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('[I7] of which nothing arrived goes again whole', async () => {
    const { pad, resume } = await play();
    void pad.send('A B');
    await settled();
    expect(await resume({ nextSeq: 1 })).toEqual([
      { type: 'input', seq: 1, press: press(1) },
      { type: 'input', seq: 2, press: press(2) },
    ]);
  });

  it('[I8] of 100000 inputs runs through a credit of 64', async () => {
    const { pad, socket } = await play({ credit: 64, limits: { ...LIMITS, maxGroup: 64 } });
    const outcomes = pad.send('A*50000 (B UP)*32 A*49936');
    let acked = 0;
    while (acked < 100_000) {
      await settled();
      const { outstanding } = pad.credit;
      expect(outstanding).toBeGreaterThan(0);
      expect(outstanding).toBeLessThanOrEqual(64);
      socket().ack(acked + 1, outstanding);
      acked += outstanding;
    }
    expect((await outcomes).length).toBe(100_000);
    expect(
      socket().sent.every(({ type }) => type === 'script' || type === 'hello' || type === 'received'),
    ).toBe(true);
  });

  it('[I2] after a failure what waits of it is rejected', async () => {
    const { pad, socket } = await play();
    const outcomes = pad.send('A*20');
    await settled();
    socket().ack(1, [
      { status: 'failed', firstFrame: null, frames: 0, certainty: 'none', detail: undefined },
    ]);
    socket().ack(2, 7);
    const all = await outcomes;
    expect(all.length).toBe(20);
    expect(all.slice(8).map(({ detail }) => detail?.code)).toEqual(Array(12).fill('after_failure'));
  });
});
