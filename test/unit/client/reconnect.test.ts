import { describe, expect, it } from 'vitest';
import type { Client } from '../../../client/client.ts';
import { connectWith } from '../../../client/connect.ts';
import type { ConnectOptions } from '../../../client/options.ts';
import type { ClientState } from '../../../client/session.ts';
import type { ClientMessage, Welcome } from '../../../shared/protocol.ts';
import { ClientClock } from '../../support/client-clock.ts';
import { type MemorySocket, memoryOpener, settled } from '../../support/memory-socket.ts';

interface Play {
  readonly pad: Client;
  readonly clock: ClientClock;
  readonly states: ClientState[];
  readonly sockets: readonly MemorySocket[];
  /** The newest socket. */
  readonly socket: () => MemorySocket;
  /** The line breaks. */
  readonly cut: () => void;
  /** The next attempt opens a socket. */
  readonly redial: () => Promise<MemorySocket>;
  /** The next attempt is welcomed back. */
  readonly resume: (change?: Partial<Welcome>) => Promise<MemorySocket>;
}

async function play(options: ConnectOptions = {}, welcome: Partial<Welcome> = {}): Promise<Play> {
  const { openSocket, sockets } = memoryOpener();
  const clock = new ClientClock();
  const connecting = connectWith({ openSocket, clock }, 'localhost:1', options);
  const socket = () => {
    const last = sockets.at(-1);
    if (last === undefined) throw new Error('no socket was opened');
    return last;
  };
  socket().welcome(welcome);
  const pad = await connecting;
  const states: ClientState[] = [];
  pad.on('state', (state) => states.push(state));
  await settled();
  socket().take();
  const redial = async () => {
    const before = sockets.length;
    for (let i = 0; i < 100 && sockets.length === before; i++) {
      clock.advance(1000);
      await settled();
    }
    expect(sockets.length).toBe(before + 1);
    return socket();
  };
  return {
    pad,
    clock,
    states,
    sockets,
    socket,
    cut: () => socket().closeFromServer(1006),
    redial,
    resume: async (change = {}) => {
      const next = await redial();
      next.welcome({ ...welcome, resumed: true, ...change });
      await settled();
      return next;
    },
  };
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await promise };
  } catch (error) {
    return error;
  }
}

/** Seqs of entries, and types of everything else. */
function outline(messages: readonly ClientMessage[]): (string | number)[] {
  return messages.map((message) =>
    'seq' in message ? message.seq : message.type === 'inputs' ? `group ${message.firstSeq}` : message.type,
  );
}

const REFUSED = {
  type: 'error',
  callId: undefined,
  error: { code: 'resume_refused', message: 'it is not here', retryable: false },
} as const;

describe('a broken connection', () => {
  it('[I2] [I7] is an outage that shows, and nothing else: what did not arrive is sent again, promises settle once', async () => {
    const { pad, states, socket, cut, resume } = await play();
    const presses = [pad.press('A'), pad.press('B'), pad.press('UP')];
    socket().ack(1, 1);
    await settled();
    cut();
    presses.push(pad.press('DOWN'));
    expect(pad.state).toMatchObject({ status: 'reconnecting', attempt: 1, reason: 'closed with 1006' });
    const next = await resume({ ackedThrough: 1, nextSeq: 3 });
    const [hello, ...rest] = next.take();
    expect(hello).toMatchObject({
      type: 'hello',
      hello: { resume: { session: 's1', secret: 'secret', received: 1 } },
    });
    expect(outline(rest)).toEqual([3, 4]);
    next.ack(2, 3);
    expect((await Promise.all(presses)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(states.map(({ status }) => status)).toEqual(['reconnecting', 'open']);
    expect(pad.credit.outstanding).toBe(0);
  });

  it('[I4] outcomes that come again change nothing', async () => {
    const { pad, socket, cut, resume } = await play();
    const acks: number[] = [];
    pad.on('ack', ({ outcomes }) => acks.push(...outcomes.map(({ seq }) => seq)));
    const presses = [pad.press('A'), pad.press('B')];
    socket().ack(1, 1);
    cut();
    const next = await resume({ nextSeq: 3 });
    next.ack(1, 2);
    expect((await Promise.all(presses)).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('of a group of which the gateway knows a part, the rest is sent', async () => {
    const { pad, socket, cut, resume } = await play();
    const group = pad.sequence(['A', 'B', 'UP']);
    await settled();
    socket().ack(1, 1);
    cut();
    const next = await resume({ ackedThrough: 1, nextSeq: 2 });
    expect(outline(next.take())).toEqual(['hello', 'group 2']);
    next.ack(2, 2);
    expect((await group).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('[I7] of a group with guards the rest is sent with the same guards, their ranges moved', async () => {
    const { pad, socket, cut, resume } = await play();
    const group = pad.send('((A B){stop 1==1} UP (DOWN A){wait 2==2 9}){go 3==3}');
    await settled();
    socket().ack(1, 2);
    cut();
    const next = await resume({ ackedThrough: 2, nextSeq: 3 });
    const [, rest] = next.take();
    expect(rest).toMatchObject({ type: 'inputs', firstSeq: 3, presses: { length: 3 } });
    expect(rest?.type === 'inputs' && rest.options?.guards).toEqual([
      { address: 3, op: '==', value: 3, then: 'go' },
      { address: 1, op: '==', value: 1, count: 0 },
      { address: 2, op: '==', value: 2, then: 'wait', frames: 9, from: 1 },
    ]);
    next.ack(3, 3);
    expect((await group).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  it('calls keep their place among the entries that are sent again', async () => {
    const { pad, cut, resume } = await play();
    void pad.press('A');
    const memory = pad.call('memory');
    void pad.press('B');
    pad.cancel(2);
    await settled();
    cut();
    void pad.press('UP');
    const next = await resume();
    expect(outline(next.take())).toEqual(['hello', 1, 'call', 2, 'cancel', 3]);
    next.deliver({ type: 'result', id: 1, value: 5 });
    expect(await memory).toBe(5);
  });

  it('a reading whose moment is gone rejects and can be asked again; any other is asked again', async () => {
    const { pad, cut, resume } = await play();
    void pad.press('A');
    const memory = failure(pad.call('memory'));
    const now = pad.call('memory', { now: true });
    const emulators = pad.call('emulators');
    const unknown = failure(pad.call('conjure'));
    const kick = failure(pad.call('kick', { session: 'x' }));
    void pad.press('B');
    await settled();
    cut();
    const next = await resume({ nextSeq: 3 });
    expect(await memory).toMatchObject({ code: 'call_lost' });
    expect(await unknown).toMatchObject({ code: 'call_lost' });
    expect(await kick).toMatchObject({ code: 'call_lost' });
    expect(next.take()).toMatchObject([
      { type: 'hello' },
      { type: 'call', id: 2, method: 'memory' },
      { type: 'call', id: 3, method: 'emulators' },
    ]);
    next.deliver({ type: 'result', id: 2, value: 2 });
    next.deliver({ type: 'result', id: 3, value: 3 });
    expect([await now, await emulators]).toEqual([2, 3]);
  });

  it('subscriptions are made again and count from there', async () => {
    const { pad, socket, cut, resume } = await play();
    const stats = pad.subscribe('stats', { intervalMs: 500 });
    socket().deliver({ type: 'push', id: 1, n: 7, payload: 'before' });
    expect(await stats.next()).toMatchObject({ value: { payload: 'before' } });
    cut();
    const next = await resume();
    expect(next.take()).toMatchObject([
      { type: 'hello' },
      { type: 'subscribe', id: 1, channel: 'stats', options: { intervalMs: 500 } },
    ]);
    next.deliver({ type: 'push', id: 1, n: 1, payload: 'after' });
    expect(await stats.next()).toMatchObject({ value: { payload: 'after', n: 1, missed: 0 } });
  });

  it('that breaks again while it is resumed is resumed again', async () => {
    const { pad, cut, redial, resume } = await play();
    const press = pad.press('A');
    cut();
    (await redial()).closeFromServer(1006);
    await settled();
    expect(pad.state).toMatchObject({ status: 'reconnecting', attempt: 2 });
    (await resume()).closeFromServer(1006);
    await settled();
    const next = await resume();
    expect(outline(next.take())).toEqual(['hello', 1]);
    next.ack(1, 1);
    expect(await press).toMatchObject({ seq: 1 });
  });

  it('of a watcher is followed by another hello', async () => {
    const { pad, cut, resume } = await play({ role: 'watch' }, { emulator: null, resumeMs: 0 });
    const stats = pad.subscribe('stats').next();
    cut();
    const next = await resume({ resumed: false, session: 's2' });
    const [hello, subscribe] = next.take();
    expect(hello).toEqual({ type: 'hello', hello: { client: 'joywire-js', role: 'watch' } });
    next.deliver({ type: 'push', id: subscribe?.type === 'subscribe' ? subscribe.id : 0, n: 1, payload: 1 });
    expect(await stats).toMatchObject({ value: { payload: 1 } });
  });
});

describe('when to try again', () => {
  it('is not before the gateway asked for, with a random wait on top', async () => {
    const { socket, clock, sockets } = await play({ reconnect: { baseMs: 100 } });
    socket().deliver({ type: 'goaway', reason: 'restart', reconnectInMs: 2000 });
    socket().closeFromServer(1012, 'restart');
    clock.advance(2049);
    expect(sockets).toHaveLength(1);
    clock.advance(1);
    expect(sockets).toHaveLength(2);
  });

  it('is never, after as many attempts as allowed: what waits rejects', async () => {
    const { pad, cut, redial } = await play({ reconnect: { maxAttempts: 2 } });
    const press = pad.press('A');
    const screen = failure(pad.screen());
    cut();
    (await redial()).closeFromServer(1006, 'connect ECONNREFUSED');
    await settled();
    (await redial()).closeFromServer(1006, 'connect ECONNREFUSED');
    expect(await failure(press)).toMatchObject({
      code: 'connection_lost',
      message: expect.stringContaining('2 attempts'),
      cause: { code: 'connection_failed' },
    });
    expect(await screen).toMatchObject({ code: 'connection_lost' });
    expect(pad.state).toMatchObject({ status: 'closed', mayReconnect: true });
  });

  it('is never, once the gateway has surely given the session up', async () => {
    const { pad, cut, clock, sockets } = await play({}, { resumeMs: 1000 });
    const press = failure(pad.press('A'));
    cut();
    for (let i = 0; i < 100; i++) {
      clock.advance(1000);
      const last = sockets.at(-1);
      if (last !== undefined && sockets.length > 1) last.closeFromServer(1006);
      await settled();
    }
    expect(await press).toMatchObject({ code: 'connection_lost' });
    expect(clock.timers).toBe(0);
  });

  it.each([
    ['a code that says so', (socket: MemorySocket) => socket.closeFromServer(4503, 'taken over'), {}, {}],
    ['nothing to resume', (socket: MemorySocket) => socket.closeFromServer(1006), {}, { resumeMs: 0 }],
    ['no wish to', (socket: MemorySocket) => socket.closeFromServer(1006), { reconnect: false as const }, {}],
  ])('is never, with %s', async (_, end, options, welcome) => {
    const { pad, socket, clock } = await play(options, welcome);
    const press = failure(pad.press('A'));
    end(socket());
    expect(await press).toMatchObject({ code: 'connection_lost' });
    expect(pad.state.status).toBe('closed');
    expect(clock.timers).toBe(0);
  });

  it('is at once after an attempt of our own took the session over from us', async () => {
    const { pad, cut, redial, resume } = await play();
    const press = pad.press('A');
    cut();
    (await redial()).closeFromServer(1006);
    await settled();
    (await resume({ nextSeq: 2 })).closeFromServer(4503, 'another connection resumed this session');
    (await resume({ nextSeq: 2 })).ack(1, 1);
    expect(await press).toMatchObject({ seq: 1 });
  });

  it('a gateway that does not answer in time is tried again', async () => {
    const { pad, cut, clock, redial, resume } = await play({ connectTimeoutMs: 5000 });
    cut();
    (await redial()).events.opened();
    clock.advance(5000);
    await settled();
    expect(pad.state).toMatchObject({ status: 'reconnecting', attempt: 2 });
    await resume();
    expect(pad.state.status).toBe('open');
  });
});

describe('a session that cannot be resumed', () => {
  it('rejects what has no outcome, and says that nobody knows what became of it', async () => {
    const { pad, socket, cut, redial } = await play({}, { credit: 1 });
    const [first, second, third] = [pad.press('A'), pad.press('B'), pad.screen()].map(failure);
    socket().ack(1, 1);
    cut();
    const next = await redial();
    next.events.opened();
    next.deliver(REFUSED);
    next.closeFromServer(4502, 'it is not here');
    expect(await first).toMatchObject({ resolved: { seq: 1 } });
    for (const error of [await second, await third]) {
      expect(error).toMatchObject({
        code: 'session_lost',
        message: expect.stringContaining('it is not here'),
        cause: { code: 'resume_refused' },
      });
    }
    expect(pad.state).toMatchObject({ status: 'closed', mayReconnect: true });
    expect(await failure(pad.press('A'))).toMatchObject({ code: 'session_ended' });
  });

  it.each([
    ['before what was acked', { nextSeq: 1 }],
    ['beyond what was sent', { nextSeq: 9 }],
    ['anew', { nextSeq: 2, resumed: false }],
  ])('is one that goes on %s', async (_, change) => {
    const { pad, socket, cut, resume } = await play();
    const presses = [pad.press('A'), pad.press('B')].map(failure);
    socket().ack(1, 1);
    cut();
    await resume(change);
    expect(await presses[1]).toMatchObject({ code: 'protocol_error' });
    expect(pad.state).toMatchObject({ status: 'closed', mayReconnect: false });
  });
});

describe('leaving while the connection is broken', () => {
  it('by close gets the outcomes first, then says bye', async () => {
    const { pad, cut, resume } = await play();
    const press = pad.press('A');
    cut();
    const closed = pad.close();
    expect(pad.state.status).toBe('closing');
    const next = await resume();
    expect(outline(next.take())).toEqual(['hello', 1, 'flush']);
    next.ack(1, 1);
    await settled();
    expect(outline(next.take())).toEqual(['bye']);
    next.closeFromServer(1000, 'bye');
    await closed;
    expect(await press).toMatchObject({ seq: 1 });
    expect(pad.state).toMatchObject({ status: 'closed', code: 1000 });
  });

  it('a bye that arrived is believed when only its answer was lost', async () => {
    const { pad, cut, redial } = await play();
    const closed = pad.close();
    await settled();
    cut();
    const next = await redial();
    next.events.opened();
    next.deliver(REFUSED);
    next.closeFromServer(4502);
    await closed;
    expect(pad.state).toMatchObject({ status: 'closed', code: 1000, mayReconnect: false });
  });

  it('by bye with discard, or by its signal, waits for nothing', async () => {
    const discarding = await play();
    const press = failure(discarding.pad.press('A'));
    discarding.cut();
    await discarding.pad.bye({ discard: true });
    expect(await press).toMatchObject({ code: 'connection_lost' });
    expect(discarding.clock.timers).toBe(0);

    const controller = new AbortController();
    const aborting = await play({ signal: controller.signal });
    const other = failure(aborting.pad.press('A'));
    aborting.cut();
    controller.abort();
    expect(await other).toMatchObject({ code: 'aborted' });
    expect(aborting.pad.state.status).toBe('closed');
    expect(aborting.clock.timers).toBe(0);
  });

  it('a welcome that comes too late ends the session that nobody wants', async () => {
    const { pad, cut, redial } = await play();
    cut();
    const next = await redial();
    await pad.bye({ discard: true });
    next.welcome({ resumed: true });
    await settled();
    expect(outline(next.take())).toEqual(['hello', 'bye']);
  });
});
