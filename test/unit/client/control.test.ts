import { describe, expect, it } from 'vitest';
import type { Client } from '../../../client/client.ts';
import { connectWith } from '../../../client/connect.ts';
import type { ConnectOptions } from '../../../client/options.ts';
import type { Welcome } from '../../../shared/protocol.ts';
import { ClientClock } from '../../support/client-clock.ts';
import { type MemorySocket, memoryOpener, settled } from '../../support/memory-socket.ts';

interface Play {
  readonly pad: Client;
  readonly clock: ClientClock;
  readonly heard: unknown[];
  readonly socket: () => MemorySocket;
}

const PERSON = { session: 's2', label: 'person', owner: 'local' };
const LOST = { by: 's2', label: 'person', owner: 'local' };

async function play(options: ConnectOptions = {}, welcome: Partial<Welcome> = {}): Promise<Play> {
  const { openSocket, sockets } = memoryOpener();
  const clock = new ClientClock();
  const heard: unknown[] = [];
  const connecting = connectWith({ openSocket, clock }, 'localhost:1', {
    onControlLost: (by) => heard.push(by),
    onControlGranted: () => heard.push('granted'),
    ...options,
  });
  const socket = () => {
    const last = sockets.at(-1);
    if (last === undefined) throw new Error('no socket was opened');
    return last;
  };
  socket().welcome(welcome);
  const pad = await connecting;
  await settled();
  return { pad, clock, heard, socket };
}

/** The line breaks, and the session is resumed. */
async function resume({ clock, socket }: Play, welcome: Partial<Welcome>): Promise<void> {
  const before = socket();
  before.closeFromServer(1006);
  while (socket() === before) {
    clock.advance(1000);
    await settled();
  }
  socket().welcome({ resumed: true, ...welcome });
  await settled();
}

describe('control', () => {
  it('is lost and comes back, and the handlers hear of each change once', async () => {
    const { pad, heard, socket } = await play();
    expect(pad.controls).toBe(true);
    socket().deliver({ type: 'event', name: 'control_lost', data: LOST });
    expect(pad.controls).toBe(false);
    socket().deliver({ type: 'event', name: 'control_granted', data: { emulator: 'e1', frame: 7 } });
    expect(pad.controls).toBe(true);
    expect(heard).toEqual([PERSON, 'granted']);
  });

  it('[I7] is what the welcome says after a break: events may have been lost with the line', async () => {
    const session = await play();
    await resume(session, { controller: PERSON });
    expect(session.pad.controls).toBe(false);
    // The gateway had kept the event, and tells it too.
    session.socket().deliver({ type: 'event', name: 'control_lost', data: LOST });
    await resume(session, {});
    expect(session.pad.controls).toBe(true);
    expect(session.heard).toEqual([PERSON, 'granted']);
  });

  it('is never a watcher’s', async () => {
    const { pad } = await play({ role: 'watch' }, { emulator: null });
    expect(pad.controls).toBe(false);
  });

  it('is asked for by hello, given back and taken again by calls', async () => {
    const { pad, socket } = await play({ emulator: { id: 'e1' }, takeover: true });
    expect(socket().sent[0]).toMatchObject({ hello: { emulator: { id: 'e1' }, takeover: true } });
    void pad.giveBack();
    void pad.takeControl();
    await settled();
    const calls = socket().sent.flatMap((message) => (message.type === 'call' ? [message.method] : []));
    expect(calls).toEqual(['give_back', 'take_control']);
  });

  it('given back before a break is not given back twice', async () => {
    const session = await play();
    const given = session.pad.giveBack().catch((error: unknown) => error);
    const press = session.pad.press('A');
    await settled();
    await resume(session, { nextSeq: 2 });
    expect(await given).toMatchObject({ code: 'call_lost' });
    session.socket().ack(1, 1);
    await press;
  });
});

describe('a request for control', () => {
  const REQUEST = { type: 'event', name: 'control_requested', data: { request: 4, ...LOST } } as const;
  const answers = (socket: MemorySocket) =>
    socket.sent.flatMap((message) => (message.type === 'call' ? [message.params] : []));

  it('is answered with what the handler decides', async () => {
    const asked: unknown[] = [];
    const { socket } = await play({
      onControlRequested: async (by) => {
        asked.push(by);
        return true;
      },
    });
    socket().deliver(REQUEST);
    await settled();
    expect(asked).toEqual([PERSON]);
    expect(answers(socket())).toEqual([{ request: 4, grant: true }]);
  });

  it('is refused when the handler fails, and that is told', async () => {
    const { pad, socket } = await play({
      onControlRequested: () => {
        throw new Error('no idea');
      },
    });
    const errors: string[] = [];
    pad.on('error', ({ code }) => errors.push(code));
    socket().deliver(REQUEST);
    await settled();
    expect(errors).toEqual(['invalid_argument']);
    expect(answers(socket())).toEqual([{ request: 4, grant: false }]);
  });

  it('without a handler is left to the listeners', async () => {
    const { pad, socket } = await play();
    const asked: unknown[] = [];
    pad.on('controlRequested', (request) => asked.push(request));
    socket().deliver(REQUEST);
    await settled();
    expect(asked).toEqual([{ request: 4, ...PERSON }]);
    expect(answers(socket())).toEqual([]);
  });
});
