import { describe, expect, it } from 'vitest';
import { connectWith } from '../../../client/connect.ts';
import type { ConnectOptions } from '../../../client/options.ts';
import { ClientClock } from '../../support/client-clock.ts';
import { memoryOpener, settled } from '../../support/memory-socket.ts';

function dial(options: ConnectOptions = {}, randoms: readonly number[] = []) {
  const { openSocket, sockets } = memoryOpener();
  const clock = new ClientClock(randoms);
  const connecting = connectWith({ openSocket, clock }, '127.0.0.1:8080', options);
  const failure = connecting.then(
    () => undefined,
    (error: unknown) => error,
  );
  const socket = (index: number) => {
    const found = sockets[index];
    if (found === undefined) throw new Error(`there is no socket ${index}`);
    return found;
  };
  return { clock, connecting, failure, sockets, socket };
}

describe('connect', () => {
  it('says hello with what was asked for, and resolves at the welcome', async () => {
    const { connecting, socket } = dial({
      token: 't',
      label: 'run 1',
      pace: 'realtime',
      speed: 2,
      onFailure: 'continue',
      emulator: { rom: 'overworld' },
    });
    expect(socket(0)).toMatchObject({ url: 'ws://127.0.0.1:8080/v1', protocol: 'joywire.v1.msgpack' });
    socket(0).events.opened();
    await settled();
    expect(socket(0).take()).toEqual([
      {
        type: 'hello',
        hello: {
          client: 'joywire-js',
          token: 't',
          label: 'run 1',
          pace: 'realtime',
          speed: 2,
          onFailure: 'continue',
          emulator: { rom: 'overworld' },
        },
      },
    ]);
    socket(0).welcome();
    const pad = await connecting;
    expect(pad).toMatchObject({ session: 's1', server: 'joywire/test', state: { status: 'open' } });
    expect(pad.emulator?.capabilities.nativeHold).toBe(8);
  });

  it('fails with the code of what the gateway refused', async () => {
    const { failure, socket } = dial({ connectAttempts: 5 });
    socket(0).events.opened();
    socket(0).deliver({
      type: 'error',
      callId: undefined,
      error: { code: 'unauthorized', message: 'no token', retryable: false },
    });
    socket(0).closeFromServer(4501, 'unauthorized');
    expect(await failure).toMatchObject({ code: 'unauthorized', message: 'no token' });
  });

  it('fails with the name of the close code when the gateway says no more', async () => {
    const { failure, socket } = dial();
    socket(0).closeFromServer(1013, '');
    expect(await failure).toMatchObject({ code: 'try_again_later' });
  });

  it('fails with connection_failed when no WebSocket opens', async () => {
    const { failure, socket } = dial();
    socket(0).closeFromServer(1006, 'connect ECONNREFUSED');
    expect(await failure).toMatchObject({ name: 'JoywireError', code: 'connection_failed' });
  });

  it('fails when the gateway does not answer the hello in time', async () => {
    const { clock, failure, socket } = dial({ connectTimeoutMs: 500 });
    socket(0).events.opened();
    clock.advance(500);
    expect(await failure).toMatchObject({ code: 'connect_timeout' });
    expect(socket(0).ended).toMatchObject({ code: 1000 });
    expect(clock.timers).toBe(0);
  });

  it('waits in line for as long as it takes once the gateway has answered', async () => {
    const { clock, connecting, socket } = dial({ connectTimeoutMs: 500, keepaliveMs: 100_000 });
    socket(0).events.opened();
    socket(0).deliver({ type: 'event', name: 'waiting', data: { place: 3 } });
    clock.advance(90_000);
    socket(0).welcome();
    expect((await connecting).session).toBe('s1');
  });

  it('tries again after a random wait, as often as asked and only where that can help', async () => {
    const { clock, connecting, sockets, socket } = dial(
      { connectAttempts: 3, backoff: { baseMs: 100, maxMs: 1000 } },
      [0.5, 0.25],
    );
    socket(0).closeFromServer(1006);
    await settled();
    clock.advance(49);
    expect(sockets).toHaveLength(1);
    clock.advance(1);
    await settled();
    socket(1).closeFromServer(1013);
    await settled();
    clock.advance(50);
    await settled();
    socket(2).welcome();
    expect((await connecting).session).toBe('s1');
  });

  it('ends when its signal is aborted, before, between and during attempts', async () => {
    const gone = dial({ signal: AbortSignal.abort() });
    expect(await gone.failure).toMatchObject({ code: 'aborted' });
    expect(gone.sockets).toHaveLength(0);

    const during = new AbortController();
    const opening = dial({ signal: during.signal });
    during.abort(new Error('enough'));
    expect(await opening.failure).toMatchObject({ code: 'aborted', cause: { message: 'enough' } });
    expect(opening.socket(0).ended).toMatchObject({ code: 1000 });

    const between = new AbortController();
    const waiting = dial({ signal: between.signal, connectAttempts: 2 });
    waiting.socket(0).closeFromServer(1006);
    await settled();
    between.abort();
    expect(await waiting.failure).toMatchObject({ code: 'aborted' });
    expect(waiting.clock.timers).toBe(0);
  });
});
