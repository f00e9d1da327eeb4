import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Client, connect, type RunResult } from '../../client/index.ts';
import { GatewayProcess } from '../chaos/gateway-process.ts';
import { type DataDirectory, dataDirectory } from '../support/data-directory.ts';
import { startGateway } from '../support/gateway.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

// Rollouts run on what other programs leave of the processor.
vi.setConfig({ testTimeout: 180_000 });

const QUICK = { baseMs: 1, maxMs: 20 };
const COUNTER = [[0xc004, 4]] as const;
/** Runs that are told apart by how long they are. */
const WAITS = Array.from({ length: 40 }, (_, at) => `W:${at + 1}`);

function isEach(results: readonly RunResult[], frames: readonly number[]): void {
  expect(results.map(({ run }) => run)).toEqual(frames.map((_, at) => at));
  expect(results.map(({ status }) => status)).toEqual(frames.map(() => 'done'));
  expect(results.map((result) => result.frames)).toEqual(frames);
}

/** The frame counter of the game, as each run left it. */
function counters(results: readonly RunResult[]): number[] {
  return results.map(({ memory: [bytes] = [] }) => Buffer.from(bytes ?? new Uint8Array(4)).readUInt32LE());
}

describe('rollouts through the SDK', () => {
  it('bring each result once, as its run ends, however often they are read', async () => {
    await using gateway = await startGateway({ rolloutWorkers: 2 });
    await using pad = await connect(gateway.url);
    const rollout = pad.rollout(WAITS);
    expect(rollout.total).toBe(40);
    const seen: number[] = [];
    for await (const { run } of rollout) seen.push(run);
    expect(seen.toSorted((a, b) => a - b)).toEqual(WAITS.map((_, at) => at));
    const again: number[] = [];
    for await (const { run } of rollout) again.push(run);
    expect(again).toEqual(seen);
    isEach(
      await rollout.all(),
      WAITS.map((_, at) => at + 1),
    );
    expect(await pad.rollout([]).all()).toEqual([]);
  });

  it('begin with the game as it is behind the presses before them, which those after do not change', async () => {
    await using gateway = await startGateway({ rolloutWorkers: 1 });
    await using pad = await connect(gateway.url);
    void pad.press('A', { hold: 50, gap: 0 });
    const rollout = pad.rollout(['W:1', 'W:2'], { memory: COUNTER });
    const later = pad.press('B', { hold: 30, gap: 0 });
    expect(counters(await rollout.all())).toEqual([47, 48]);
    expect((await later).firstFrame).toBe(50);
  });

  it('of any number are cut into calls that all begin with the same game', async () => {
    await using gateway = await startGateway({ rolloutWorkers: 2, maxMessageBytes: 65_536 });
    await using pad = await connect(gateway.url);
    void pad.press('A', { hold: 50, gap: 0 });
    // Too many for one call, and some too long to be sent together.
    const scripts = Array.from({ length: 1100 }, (_, at) =>
      at % 50 === 0 ? `W:1 #${' '.repeat(9000)}` : '',
    );
    const rollout = pad.rollout(scripts, { memory: COUNTER });
    void pad.press('B', { hold: 30, gap: 0 });
    const results = await rollout.all();
    isEach(
      results,
      scripts.map((script) => (script === '' ? 0 : 1)),
    );
    expect(new Set(counters(results))).toEqual(new Set([46, 47]));
  });

  it('are more at once than the gateway takes, and wait for each other', async () => {
    await using gateway = await startGateway({ rolloutWorkers: 1, maxRollouts: 2 });
    await using pad = await connect(gateway.url);
    const rollouts = Array.from({ length: 7 }, () => pad.rollout(['W:5', 'W:6']));
    for (const rollout of rollouts) isEach(await rollout.all(), [5, 6]);
  });

  it('are cancelled by leaving the loop, by a signal, and by hand, and every run has its result', async () => {
    await using gateway = await startGateway({ rolloutWorkers: 1 });
    await using pad = await connect(gateway.url);
    const long = Array.from({ length: 200 }, () => 'A*60');
    const left = pad.rollout(long);
    for await (const { status } of left) {
      expect(status).toBe('done');
      break;
    }
    const results = await left.all();
    expect(results).toHaveLength(200);
    expect(results.filter(({ status }) => status === 'cancelled').length).toBeGreaterThan(100);

    const byHand = pad.rollout(Array.from({ length: 1500 }, () => 'A*60'));
    byHand.cancel();
    expect((await byHand.all()).filter(({ status }) => status === 'cancelled').length).toBeGreaterThan(1400);

    const controller = new AbortController();
    const aborted = pad.rollout(long, { signal: controller.signal });
    controller.abort();
    await expect(aborted.all()).rejects.toMatchObject({ code: 'aborted' });
    // The threads are free again.
    isEach(await pad.rollout(['W:1']).all(), [1]);
  });

  it('reject with what the gateway refuses, and when the session ends', async () => {
    await using gateway = await startGateway({ rolloutWorkers: 1 });
    const pad = await connect(gateway.url);
    await expect(pad.rollout(['JUMP']).all()).rejects.toMatchObject({ code: 'invalid_script' });
    const reading = (async () => {
      for await (const _ of pad.rollout([{ script: 'A', from: 'nowhere' }]));
    })();
    await expect(reading).rejects.toMatchObject({ code: 'unknown_checkpoint' });
    const rollout = pad.rollout(Array.from({ length: 200 }, () => 'A*60'));
    const all = rollout.all();
    await Promise.all([
      expect(all).rejects.toMatchObject({ code: 'session_ended' }),
      pad.bye({ discard: true }),
    ]);
  });

  it('[I7] go on when the line breaks, again and again, and nothing comes twice', async () => {
    await using gateway = await startGateway({ rolloutWorkers: 1, resumeMs: 60_000 });
    await using proxy = await TcpProxy.open(gateway.port);
    await using pad = await connect(proxy.url, { backoff: QUICK, reconnect: QUICK });
    await pad.press('A', { hold: 30, gap: 0 });
    const rollout = pad.rollout(WAITS, { memory: [[0xc000, 0x1000], ...COUNTER] });
    // Whatever is under way is lost: the call itself, and answers.
    proxy.cutAll();
    let seen = 0;
    for await (const _ of rollout) if (++seen % 4 === 0) proxy.cutAll();
    expect(seen).toBe(WAITS.length);
    isEach(
      await rollout.all(),
      WAITS.map((_, at) => at + 1),
    );
    expect(proxy.connections).toBeGreaterThan(5);
  });
});

/** What runs of nothing from their kept states find. */
function endsOf(pad: Client, results: readonly RunResult[]): Promise<readonly RunResult[]> {
  const runs = results.map(({ checkpoint = 'none' }) => ({ script: '', from: checkpoint }));
  return pad.rollout(runs, { memory: COUNTER }).all();
}

describe('when the gateway is killed', () => {
  let folder: DataDirectory | undefined;
  let gateway: GatewayProcess | undefined;
  let pad: Client | undefined;
  afterEach(async () => {
    await pad?.bye({ discard: true });
    await gateway?.stop();
    folder?.remove();
    pad = undefined;
  });
  const start = async (settings = {}) => {
    folder = dataDirectory();
    gateway = new GatewayProcess({ data: folder.path, rolloutWorkers: 1, resumeMs: 60_000, ...settings });
    await gateway.start();
    pad = await connect(`127.0.0.1:${gateway.port}`, { backoff: QUICK, reconnect: QUICK });
    return { gateway, pad };
  };

  it('[I9] what has no result is submitted again, and the results are as if nothing had happened', async () => {
    const running = await start();
    await running.pad.send('W:100');
    await running.pad.save('here');
    await running.pad.send('W:50');
    const undisturbed = await running.pad.rollout(WAITS, { memory: COUNTER, hash: true }).all();
    const scripts = [...WAITS, ...WAITS.map((script) => ({ script, from: 'here' }))];
    const rollout = running.pad.rollout(scripts, { memory: COUNTER, hash: true });
    let kills = 0;
    for await (const { run } of rollout)
      if (run === 5 || run === 50) await running.gateway.restart().then(() => kills++);
    expect(kills).toBe(2);
    const results = await rollout.all();
    isEach(
      results,
      [...WAITS, ...WAITS].map((_, at) => (at % 40) + 1),
    );
    expect(results.slice(0, 40)).toEqual(undisturbed);
    expect(counters(results.slice(40))).toEqual(counters(undisturbed).map((counter) => counter - 50));
    expect(running.gateway.errors).toEqual([]);
  });

  it('[I9] what a result names is there at the end, also what was kept before, and handed out', async () => {
    const running = await start();
    await running.pad.send('W:100');
    const rollout = running.pad.rollout(WAITS, { memory: COUNTER, keep: true });
    const handedOut: RunResult[] = [];
    for await (const result of rollout) {
      handedOut.push(result);
      if (handedOut.length === 5) await running.gateway.restart();
    }
    const results = await rollout.all();
    isEach(
      results,
      WAITS.map((_, at) => at + 1),
    );
    expect(handedOut.toSorted((a, b) => a.run - b.run)).toEqual(results);
    expect(counters(await endsOf(running.pad, results))).toEqual(counters(results));
  });

  it('[I9] a rollout of many calls runs those again whose states are gone', async () => {
    const running = await start({ maxMessageBytes: 65_536 });
    await running.pad.send('W:100');
    const scripts = Array.from({ length: 40 }, (_, at) => `W:${at + 1} #${' '.repeat(9000)}`);
    const rollout = running.pad.rollout(scripts, { memory: COUNTER, keep: true });
    let seen = 0;
    for await (const _ of rollout) if (++seen === 25) await running.gateway.restart();
    expect(seen).toBe(40);
    const results = await rollout.all();
    isEach(
      results,
      scripts.map((_, at) => at + 1),
    );
    expect(new Set(results.map(({ checkpoint }) => checkpoint)).size).toBe(40);
    expect(counters(await endsOf(running.pad, results))).toEqual(counters(results));
  });

  it('runs from a game that has gone on since are lost, and the client is told so', async () => {
    const running = await start();
    await running.pad.send('W:100');
    const rollout = running.pad.rollout(Array.from({ length: 100 }, () => 'A*60'));
    for await (const _ of rollout) break;
    const lost = running.pad.rollout(Array.from({ length: 100 }, () => 'A*60'));
    const results = lost[Symbol.asyncIterator]();
    await results.next();
    await running.pad.send('W:1');
    await running.gateway.restart();
    await expect(lost.all()).rejects.toMatchObject({ code: 'call_lost' });
    // The session lives.
    isEach(await running.pad.rollout(['W:3']).all(), [3]);
  });
});
