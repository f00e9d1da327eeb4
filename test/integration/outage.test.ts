import { describe, expect, it } from 'vitest';
import { type Client, connect } from '../../client/index.ts';
import { startGateway } from '../support/gateway.ts';
import { random } from '../support/random.ts';
import { RawClient } from '../support/raw-client.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const QUICK = { baseMs: 1, maxMs: 5 };

/** Presses so many times and expects each press once, in order, on frames without a hole from `frame` on. */
async function pressed(pad: Client, count: number, frame = 0): Promise<void> {
  const presses = Array.from({ length: count }, () => pad.press('A', { hold: 1, gap: 0 }));
  const outcomes = await Promise.all(presses);
  expect(outcomes.map(({ status, firstFrame }) => [status, firstFrame])).toEqual(
    presses.map((_, index) => ['executed', frame + index]),
  );
}

/** Resolves when the client has this status. */
function status(pad: Client, wanted: string): Promise<void> {
  if (pad.state.status === wanted) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = pad.on('state', (state) => {
      if (state.status !== wanted) return;
      stop();
      resolve();
    });
  });
}

describe('the SDK on a bad line', () => {
  it('[I7] goes on over resets at random bytes', async () => {
    const choose = random();
    await using gateway = await startGateway({ driver: 'noop', resumeMs: 60_000 });
    await using proxy = await TcpProxy.open(gateway.port);
    proxy.plan = (connection) => ({
      cut: {
        direction: choose.below(2) === 0 ? 'up' : 'down',
        afterBytes: (connection === 0 ? 2000 : 0) + choose.below(3000),
        reset: true,
      },
    });
    await using pad = await connect(proxy.url, { reconnect: QUICK });
    for (let round = 0; round < 20; round++) await pressed(pad, 200, round * 200);
    expect(proxy.connections, `seed ${choose.seed}`).toBeGreaterThan(5);
    proxy.plan = () => ({});
    expect(gateway.errors).toEqual([]);
  });

  it('does not mind bytes that arrive late and one by one', async () => {
    await using gateway = await startGateway({ driver: 'noop', resumeMs: 60_000 });
    await using proxy = await TcpProxy.open(gateway.port);
    proxy.plan = () => ({ sliceBytes: 1, delayMs: 1 });
    await using pad = await connect(proxy.url);
    await pressed(pad, 20);
    expect(proxy.connections).toBe(1);
  });

  it('[I7] notices a line on which nothing comes back, and takes its session over from there', async () => {
    await using gateway = await startGateway({ driver: 'noop', emulators: 1, resumeMs: 60_000 });
    await using proxy = await TcpProxy.open(gateway.port);
    proxy.plan = (connection) => (connection === 0 ? { stall: { direction: 'down', afterBytes: 1500 } } : {});
    await using pad = await connect(proxy.url, { reconnect: QUICK, keepaliveMs: 200 });
    await pressed(pad, 500);
    expect(proxy.connections).toBeGreaterThan(1);
  });

  it('[I7] subscriptions and readings go on over a break', async () => {
    await using gateway = await startGateway({ driver: 'noop', resumeMs: 60_000 });
    await using proxy = await TcpProxy.open(gateway.port);
    await using pad = await connect(proxy.url, { reconnect: QUICK });
    const stats = pad.stats({ intervalMs: 100 });
    expect((await stats.next()).value?.payload.sinceStart.inputs).toBe(0);
    proxy.cutAll();
    await status(pad, 'reconnecting');
    const press = pad.press('A');
    const emulators = pad.emulators();
    expect(await press).toMatchObject({ status: 'executed', seq: 1 });
    expect((await emulators).find(({ session }) => session === pad.session)?.expiresInMs).toBeNull();
    for await (const { payload } of stats) if (payload.sinceStart.inputs === 1) break;
  });

  it('[I7] at realtime the game stands still until its player is back', async () => {
    await using gateway = await startGateway({ emulators: 1, resumeMs: 60_000 });
    const player = await RawClient.hello(gateway.url, { pace: 'realtime', speed: 16 });
    const { session, secret, emulator } = player.welcome;
    player.send({ type: 'keys', seq: 1, buttons: 64 });
    await player.acked(1);
    player.cut();
    await using watcher = await connect(gateway.url, { role: 'watch' });
    const frame = async () => (await watcher.memory(0xc000, 1, { emulator: emulator?.id ?? '' })).frame;
    /** The frame that was read so many times in a row. */
    const still = async (last: number, times: number): Promise<number> => {
      const now = await frame();
      if (now !== last) return still(now, 10);
      return times === 0 ? now : still(now, times - 1);
    };
    const stopped = await still(await frame(), 10);
    await using again = await RawClient.hello(gateway.url, { resume: { session, secret, received: 1 } });
    expect(await again.next('event')).toMatchObject({ name: 'buttons_released', data: { frame: stopped } });
    while ((await frame()) <= stopped);
  });
});
