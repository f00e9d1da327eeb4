import { createHash } from 'node:crypto';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  type ConnectOptions,
  connect,
  type EntryOutcome,
  JoywireError,
  openPool,
} from '../../client/index.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ emulators: 8 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  expect(gateway.errors).toEqual([]);
});

const open = (options: ConnectOptions = {}): Promise<Client> => connect(gateway.url, options);
/** The game's mode, and the player's place (roms/README.md). */
const PLAYER = 0xc010;

describe.each(['msgpack', 'json'] as const)('the SDK in %s, on the real game', (encoding) => {
  it('presses, chords, groups and waits run on the frames their outcomes name, one after the other', async () => {
    await using pad = await open({ encoding });
    const outcomes = await pad.send('W:30 A UP*2 A+B:3:2 (B START:4)*2');
    expect(outcomes.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(outcomes.map(({ firstFrame, frames }) => [firstFrame, frames])).toEqual([
      [0, 30],
      [30, 16],
      [46, 16],
      [62, 16],
      [78, 5],
      [83, 16],
      [99, 12],
      [111, 16],
      [127, 12],
    ]);
    expect(outcomes.every(({ status, certainty }) => status === 'executed' && certainty === 'exact')).toBe(
      true,
    );
    expect(outcomes.at(-1)?.batch).toMatchObject({ reason: 'group' });
  });

  it('[I1] [I2] macros and long scripts run as their presses would, and say so one by one', async () => {
    const route = 'UP:1:1*3 (A:1:1 B:2:1)*2 RIGHT:2:0 W:3 ';
    const run = async (send: (pad: Client) => Promise<readonly EntryOutcome[]>) => {
      await using pad = await open({ encoding });
      const outcomes = await send(pad);
      const { frame, bytes } = await pad.memory(0xc000, 0x2000);
      return {
        outcomes: outcomes.map(({ seq, status, firstFrame, frames }) => [seq, status, firstFrame, frames]),
        frame,
        bytes,
      };
    };
    const plain = await run((pad) => pad.send(route.repeat(200), { observe: {} }));
    expect(plain.outcomes.length).toBe(1800);
    const script = await run((pad) => pad.send(route.repeat(200)));
    expect(script).toEqual(plain);
    const macro = await run(async (pad) => {
      const once = pad.define('route', route);
      const groups = Array.from({ length: 20 }, () => pad.sequence([once.repeat(10)]));
      return (await Promise.all(groups)).flat();
    });
    expect(macro).toEqual(plain);
  });

  it('[I3] coalescing changes no frame of the game, and a duplicate press does not reach it', async () => {
    const script = 'W:60 START W:30 A:4:0 A:6:2 W:10 W:20 RIGHT:16:0 RIGHT:16:0 RIGHT:16:0 W:5 A W:120';
    const run = async (batching: ConnectOptions['batching']) => {
      await using pad = await open({ encoding, ...(batching && { batching }) });
      const outcomes = await pad.send(`(${script})`);
      const { bytes } = await pad.memory(0xc000, 0x2000);
      const picture = await pad.screen({ format: 'raw' });
      return {
        frames: outcomes.map(({ firstFrame, frames }) => [firstFrame, frames]),
        bytes,
        picture,
        outcomes,
      };
    };
    const plain = await run(undefined);
    const merged = await run({ coalesce: true });
    expect(merged.outcomes.some(({ detail }) => detail?.coalesced !== undefined)).toBe(true);
    expect(merged.frames).toEqual(plain.frames);
    expect(merged.bytes).toEqual(plain.bytes);
    expect(merged.picture).toEqual(plain.picture);

    await using pad = await open({ encoding, batching: { dedupe: { frames: 60 } } });
    const pressed = await Promise.all([pad.press('A'), pad.press('A'), pad.press('B')]);
    expect(pressed.map(({ status, detail }) => detail?.code ?? status)).toEqual([
      'executed',
      'duplicate',
      'executed',
    ]);
    expect(pressed.at(-1)?.firstFrame).toBe(16);
    const batching = await pad.configure({ batching: { dedupe: { frames: 0 } } });
    expect(batching.dedupe).toEqual({ frames: 0 });
    expect((await pad.press('B')).status).toBe('executed');
  });

  it('screen, memory and observe agree on what they saw', async () => {
    await using pad = await open({ encoding });
    const outcome = await pad.press('START', {
      hold: 40,
      gap: 0,
      observe: { hash: true, screen: 'png', memory: [[PLAYER, 4]] },
    });
    const raw = await pad.screen({ format: 'raw' });
    const png = decode((await pad.screen()).bytes);
    const memory = await pad.memory(PLAYER, 4);
    const observed = outcome.detail?.observed;
    expect([raw.frame, memory.frame]).toEqual([40, 40]);
    expect(raw.bytes).toHaveLength(160 * 144 * 3);
    expect([png.width, png.height]).toEqual([160, 144]);
    expect(observed?.hash).toBe(createHash('sha256').update(raw.bytes).digest('hex'));
    expect(observed?.memory?.[0]).toEqual(memory.bytes);
    expect(decode(observed?.screen ?? new Uint8Array()).data).toEqual(png.data);
  });

  it('a checkpoint brings the game back to the very same state', async () => {
    await using pad = await open({ encoding });
    await pad.send('W:90 START:4 W:60');
    const { checkpoint, outcome } = await pad.save(`here-${encoding}`);
    expect(outcome.status).toBe('executed');
    const play = async () => {
      const outcomes = await pad.sequence([{ buttons: 'DOWN', hold: 20 }, { buttons: 'A' }], {
        observe: { hash: true, memory: [[0xc000, 0x1000]] },
      });
      return outcomes.at(-1)?.detail?.observed;
    };
    const first = await play();
    await pad.load(checkpoint ?? '');
    const again = await play();
    expect(again).toEqual(first);
    expect((await pad.checkpoints()).map(({ name }) => name)).toContain(`here-${encoding}`);
  });

  it('keys stay held until they are set otherwise', async () => {
    await using pad = await open({ encoding });
    await pad.send('W:60');
    const state = async () => (await pad.memory(0xc00c, 1)).bytes[0];
    const held = await pad.keys('RIGHT');
    await pad.send('W:4');
    expect(await state()).toBe(16);
    await pad.press('A', { hold: 4, gap: 0 });
    expect(await state()).toBe(17);
    await pad.keys(0);
    await pad.send('W:4');
    expect(await state()).toBe(0);
    expect(held).toMatchObject({ firstFrame: 60, frames: 1 });
  });
});

describe('the SDK', () => {
  it('flush sends what waits, cancel takes it back', async () => {
    await using pad = await open({
      batching: { strategy: 'threshold', maxWaitMs: 1000, highFrequencyThreshold: 1, maxBatchSize: 1000 },
    });
    const first = pad.press('A', { hold: 1, gap: 1 });
    pad.flush();
    expect((await first).batch?.reason).toBe('explicit');
    const second = pad.press('B', { hold: 1, gap: 1 });
    pad.cancel();
    expect((await second).detail?.code).toBe('cancelled');
  });

  it('more presses than the credit wait for it, in order', async () => {
    await using pad = await open();
    const presses = Array.from({ length: 3000 }, () => pad.press('A', { hold: 1, gap: 0 }));
    expect(pad.credit.outstanding).toBeLessThanOrEqual(pad.credit.limit);
    const outcomes = await Promise.all(presses);
    expect(outcomes.map(({ firstFrame }) => firstFrame)).toEqual(presses.map((_, index) => index));
  });

  it('settings can change while it runs', async () => {
    await using pad = await open();
    await pad.configure({ batching: { strategy: 'eager' } });
    expect(pad.batching).toMatchObject({ strategy: 'eager', maxBatchSize: 8 });
    expect((await pad.press('A', { hold: 1, gap: 0 })).batch?.reason).toBe('idle');
  });

  it('stats count what the session did', async () => {
    await using pad = await open();
    await pad.send('A:1:1*3 (B:1:1)*5');
    for await (const { n, payload } of pad.stats({ intervalMs: 100 })) {
      if (n === 1) {
        expect(payload).toMatchObject({
          scope: 'session',
          session: pad.session,
          sinceStart: { inputs: 8, outcomes: { executed: 8, rejected: 0 }, frames: 16 },
        });
        expect(payload.sinceStart.latencyUs?.total.max).toBeGreaterThan(0);
        continue;
      }
      expect(payload.sinceLast.inputs).toBe(0);
      break;
    }
    expect((await pad.readStats({ scope: 'gateway' })).sinceStart.inputs).toBeGreaterThanOrEqual(8);
  });

  it('at realtime the game runs on its own, and inputs find their frames', async () => {
    await using pad = await open({ pace: 'realtime', speed: 16 });
    const { frame } = await pad.memory(0xc000, 1, { now: true });
    let later = frame;
    while (later < frame + 30) later = (await pad.memory(0xc000, 1, { now: true })).frame;
    const down = await pad.keys('UP');
    const up = await pad.keys(0);
    expect(down).toMatchObject({ status: 'executed', frames: 1, certainty: 'exact' });
    expect(down.firstFrame).toBeGreaterThanOrEqual(later);
    expect(up.firstFrame).toBeGreaterThan(down.firstFrame ?? 0);
    await pad.pace('turbo');
    const [still, stillThen] = [await pad.memory(0xc000, 1), await pad.memory(0xc000, 1)];
    expect(stillThen.frame).toBe(still.frame);
  });

  it('a watcher sees the games that run', async () => {
    await using pad = await open({ label: 'seen' });
    await pad.press('A', { hold: 5, gap: 0 });
    await using watcher = await open({ role: 'watch' });
    const running = (await watcher.emulators()).find(({ session }) => session === pad.session);
    expect(running).toMatchObject({ kind: 'embedded', rom: 'overworld.gb', state: 'leased' });
    const screen = await watcher.screen({ format: 'raw', emulator: running?.id ?? '' });
    expect(screen.frame).toBe(5);
    await expect(watcher.press('A')).rejects.toMatchObject({ code: 'not_controller' });
  });

  it('starts from a checkpoint that another session saved', async () => {
    await using pad = await open();
    await pad.send('W:90 START:4 W:60');
    await pad.save('shared-start');
    const { bytes } = await pad.memory(PLAYER, 8);
    await using other = await open({ emulator: { state: 'shared-start' } });
    expect((await other.memory(PLAYER, 8)).bytes).toEqual(bytes);
    await expect(open({ emulator: { state: 'never-saved' } })).rejects.toMatchObject({
      code: 'unknown_emulator',
    });
  });

  it('a script that cannot be read sends nothing and points at the place', async () => {
    await using pad = await open();
    await expect(pad.send('A B\nUPP')).rejects.toThrow(/line 2, column 1/);
    expect((await pad.press('A')).seq).toBe(1);
  });

  it('a gateway that stops ends the session with its close code, and every promise', async () => {
    const other = await startGateway({ drainMs: 0 });
    const pad = await connect(other.url, { pace: 'realtime' });
    const press = pad.press('A', { hold: 3000, gap: 0 });
    await pad.readStats({ scope: 'gateway' }).catch(() => {});
    await other.gateway.close();
    await expect(press).rejects.toBeInstanceOf(JoywireError);
    expect(pad.state).toMatchObject({ status: 'closed', code: 1012, mayReconnect: true });
  });
});

describe('a pool of the SDK', () => {
  it('acquires in line, tells the place, and gives back what is closed', async () => {
    await using small = await startGateway({ driver: 'noop', emulators: 1 });
    await using pool = openPool(small.url, { label: 'pooled' });
    const places: number[] = [];
    const first = await pool.acquire();
    expect((await first.press('A')).status).toBe('executed');
    let tell = () => {};
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const second = pool.acquire({
      onWaiting: (place) => {
        places.push(place);
        tell();
      },
    });
    await told;
    expect(pool.acquired).toBe(1);
    await first.close();
    await using pad = await second;
    expect(places).toEqual([1]);
    expect((await pad.press('B')).status).toBe('executed');
    const [listing] = await pad.emulators();
    expect(listing).toMatchObject({ kind: 'noop', state: 'leased', health: null, load: { outstanding: 0 } });
  });

  it('closing it turns away who waits, and who does not wait is told at once', async () => {
    await using small = await startGateway({ driver: 'noop', emulators: 1 });
    await using other = await connect(small.url);
    expect(other.emulator?.kind).toBe('noop');
    const pool = openPool(small.url);
    await expect(pool.acquire({ emulator: { waitMs: 0 } })).rejects.toMatchObject({ code: 'no_emulator' });
    const refused = await new Promise<unknown>((resolve) => {
      pool.acquire({ onWaiting: () => void pool.close() }).then(resolve, resolve);
    });
    expect(refused).toMatchObject({ code: 'aborted' });
  });
});

describe('compression', () => {
  it('saves bytes in both directions where gateway and client are for it, and changes nothing else', async () => {
    await using willing = await startGateway({ emulators: 1, compression: true });
    const run = async (compression: boolean) => {
      await using proxy = await TcpProxy.open(willing.port);
      await using pad = await connect(proxy.url, { compression });
      const before = { ...proxy.bytes };
      const names = ['A', 'B', 'LEFT', 'RIGHT'];
      const group = Array.from({ length: 1000 }, (_, at) => ({
        buttons: names[at % 4] ?? 'A',
        hold: 1,
        gap: 0,
      }));
      const outcomes = await pad.sequence(group, { together: true });
      const { bytes } = await pad.memory(0xc000, 0x2000);
      const { up, down } = proxy.bytes;
      return {
        statuses: outcomes.map(({ status }) => status),
        bytes,
        up: up - before.up,
        down: down - before.down,
      };
    };
    const plain = await run(false);
    const small = await run(true);
    expect(small.statuses).toEqual(plain.statuses);
    expect(small.bytes).toEqual(plain.bytes);
    expect(small.up).toBeLessThan(plain.up / 10);
    expect(small.down).toBeLessThan(plain.down / 3);
  });
});
