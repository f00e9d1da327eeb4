import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScreenChannel } from '../../../../../server/channels/screen/channel.ts';
import { Checkpoints } from '../../../../../server/emulator/checkpoints.ts';
import type {
  ChainOptions,
  ChainSink,
  DriverContext,
  PictureChain,
} from '../../../../../server/emulator/drivers/driver.ts';
import { Emulator } from '../../../../../server/emulator/emulator.ts';
import { type ChainPicture, END_PICTURE, ScreenEncoder } from '../../../../../shared/screen/encoder.ts';
import type { Params } from '../../../../../shared/protocol.ts';
import { ScreenDecoder } from '../../../../../shared/screen/decoder.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { ManualDriver } from '../../../../support/manual-driver.ts';

/** A chain that the test feeds, and what was asked of it. */
interface Given {
  readonly options: ChainOptions;
  readonly sink: ChainSink;
  readonly asked: string[];
}

class WatchedDriver extends ManualDriver {
  readonly chains: Given[] = [];

  watch(options: ChainOptions, sink: ChainSink): PictureChain {
    const asked: string[] = [];
    this.chains.push({ options, sink, asked });
    return { key: () => void asked.push('key'), close: () => void asked.push('close') };
  }
}

/** A picture whose only byte is its number. */
const delta = (number: number): ChainPicture => ({ number, key: false, bytes: Uint8Array.of(number) });
const key = (number: number): ChainPicture => ({ number, key: true, bytes: Uint8Array.of(100 + number) });

async function rig(make: (context: DriverContext, now: () => number) => ManualDriver) {
  const clock = new FakeClock();
  const drivers: ManualDriver[] = [];
  const open = async (context: DriverContext) => {
    const driver = make(context, () => clock.now());
    drivers.push(driver);
    return driver;
  };
  const emulator = await Emulator.start('game-1', open, new Checkpoints(), clock);
  const channel = new ScreenChannel({
    clock,
    emulator: (id) => (id === 'game-1' ? emulator : undefined),
    running: () => ['game-1'],
    emulatorOf: (session) => (session === 'mine' ? 'game-1' : undefined),
  });
  const subscribe = (options: Params = {}, sessionId: string | undefined = 'mine') => {
    const line = { slow: false, skipped: 0 };
    const pushes: unknown[] = [];
    const payloads: Uint8Array[] = [];
    const result = channel.subscribe(options, {
      sessionId,
      push: (payload) => {
        if (!(payload instanceof Uint8Array)) throw new Error('no bytes');
        payloads.push(payload);
        pushes.push(payload[0]);
      },
      get slow() {
        return line.slow;
      },
      skip: () => void line.skipped++,
      replaced: () => line.skipped,
    });
    const fast = () => {
      line.slow = false;
      if (result.ok) result.fast?.();
    };
    return { result, pushes, payloads, line, fast, close: () => result.ok && result.close() };
  };
  return { clock, drivers, emulator, subscribe };
}

async function watched() {
  const all: WatchedDriver[] = [];
  const made = await rig((context, now) => {
    const driver = new WatchedDriver(context, now);
    all.push(driver);
    return driver;
  });
  const chain = (index = 0, driver = 0) => {
    const found = all[driver]?.chains[index];
    if (found === undefined) throw new Error('no such chain');
    return found;
  };
  return { ...made, all, chain };
}

describe('the screen channel', () => {
  it('has one chain for all who watch at one rate and scale', async () => {
    const { subscribe, all, chain } = await watched();
    const one = subscribe({ fps: 60 });
    const two = subscribe({ fps: 60, emulator: 'game-1' }, undefined);
    subscribe({ fps: 59 });
    subscribe({ fps: 30, scale: 2 });
    subscribe();
    expect(all[0]?.chains.map(({ options }) => options)).toEqual([
      { fps: 60, scale: 1 },
      { fps: 30, scale: 1 },
      { fps: 30, scale: 2 },
    ]);
    chain().sink(key(1));
    chain().sink(delta(2));
    expect([one.pushes, two.pushes]).toEqual([
      [101, 2],
      [101, 2],
    ]);
  });

  it('[I8] gives who joins later a key picture, and nobody else', async () => {
    const { subscribe, chain } = await watched();
    const first = subscribe();
    chain().sink(key(1));
    chain().sink(delta(2));
    const second = subscribe();
    const third = subscribe();
    expect(chain().asked).toEqual(['key']);
    chain().sink(delta(3));
    chain().sink(key(3));
    chain().sink(delta(4));
    expect(first.pushes).toEqual([101, 2, 3, 4]);
    expect([second.pushes, third.pushes]).toEqual([
      [103, 4],
      [103, 4],
    ]);
    expect(second.line.skipped).toBe(1);
  });

  it('[I8] gives a slow line nothing until it is fast, then a key picture, and counts what it missed', async () => {
    const { subscribe, chain } = await watched();
    const quick = subscribe();
    const slow = subscribe();
    chain().sink(key(1));
    slow.line.slow = true;
    chain().sink(delta(2));
    chain().sink(delta(3));
    expect(chain().asked).toEqual(['key']);
    slow.fast();
    slow.fast();
    quick.fast();
    expect(chain().asked).toEqual(['key', 'key']);
    chain().sink(delta(4));
    chain().sink(key(4));
    chain().sink(delta(5));
    expect(slow.pushes).toEqual([101, 104, 5]);
    expect(slow.line.skipped).toBe(3);
    expect(quick.pushes).toEqual([101, 2, 3, 4, 5]);
  });

  it('[I8] asks again when a key picture finds the line slow', async () => {
    const { subscribe, chain } = await watched();
    const watcher = subscribe();
    watcher.line.slow = true;
    chain().sink(key(1));
    expect([watcher.pushes, watcher.line.skipped]).toEqual([[], 1]);
    watcher.fast();
    expect(chain().asked).toEqual(['key']);
    chain().sink(key(1));
    expect(watcher.pushes).toEqual([101]);
  });

  it('[I8] shows everybody exactly what the core shows, however slow their lines are at times', async () => {
    const size = 160 * 144 * 3;
    const event = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('frame' as const), at: fc.nat(size - 1) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('line' as const), at: fc.nat(2) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('join' as const), at: fc.nat(2) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('answer' as const), at: fc.constant(0) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 40 }), async (events) => {
        const { subscribe, chain } = await watched();
        const encoder = new ScreenEncoder(1);
        const core = new Uint8Array(size);
        const join = () => ({
          watcher: subscribe(),
          decoder: new ScreenDecoder(),
          taken: 0,
          shown: new Uint16Array(),
        });
        const watchers = [join(), join(), join()];
        const answer = () => {
          while (chain().asked.length > 0) {
            chain().asked.length = 0;
            const whole = encoder.key();
            if (whole !== undefined) chain().sink(whole);
          }
        };
        const frame = (at: number) => {
          core[at] = (core[at] ?? 0) + 40;
          const next = encoder.next(core, at);
          if (next !== undefined) chain().sink(next);
        };
        const check = () => {
          for (const each of watchers) {
            for (const payload of each.watcher.payloads.slice(each.taken)) {
              const decoded = each.decoder.decode(payload);
              if (decoded.kind !== 'picture') throw new Error(`${decoded.kind} instead of a picture`);
              each.shown = decoded.picture.pixels.slice();
            }
            each.taken = each.watcher.payloads.length;
          }
        };
        frame(0);
        for (const { kind, at } of events) {
          if (kind === 'frame') frame(at);
          if (kind === 'answer') answer();
          if (kind === 'join') {
            watchers[at]?.watcher.close();
            // The last one's end would end the chain.
            watchers[at] = join();
          }
          if (kind === 'line') {
            const watcher = watchers[at]?.watcher;
            if (watcher?.line.slow === true) watcher.fast();
            else if (watcher !== undefined) watcher.line.slow = true;
          }
          check();
        }
        for (const { watcher } of watchers) watcher.fast();
        answer();
        frame(7);
        check();
        const whole = new ScreenDecoder().decode(encoder.key()?.bytes ?? END_PICTURE);
        if (whole.kind !== 'picture') throw new Error('no picture');
        const { pixels } = whole.picture;
        for (const { shown } of watchers) expect(shown.every((each, at) => each === pixels[at])).toBe(true);
        expect(watchers.map(({ shown }) => shown.length)).toEqual(watchers.map(() => pixels.length));
      }),
      { numRuns: 40 },
    );
  });

  it('ends its chain with the last who watches, and starts another for the next', async () => {
    const { subscribe, all, chain } = await watched();
    const one = subscribe();
    const two = subscribe();
    one.close();
    one.close();
    expect(chain().asked).toEqual(['key']);
    two.close();
    expect(chain().asked).toEqual(['key', 'close']);
    const three = subscribe();
    expect(all[0]?.chains).toHaveLength(2);
    chain(1).sink(key(1));
    expect([one.pushes, two.pushes, three.pushes]).toEqual([[], [], [101]]);
  });

  it('goes on with the game that takes the place of one that died', async () => {
    const { subscribe, all, chain, emulator } = await watched();
    const watcher = subscribe();
    chain().sink(key(1));
    emulator.died({ cause: 'trapped', message: 'test', frame: 1 });
    await expect.poll(() => all[1]?.chains.length).toBe(1);
    expect(chain().asked).toEqual(['close']);
    chain(0, 1).sink(key(1));
    chain(0, 1).sink(delta(2));
    expect(watcher.pushes).toEqual([101, 101, 2]);
  });

  it('says when the game is over', async () => {
    const { subscribe, chain, emulator } = await watched();
    const watcher = subscribe();
    const other = subscribe({ scale: 2 });
    await emulator.close();
    expect([watcher.pushes, other.pushes]).toEqual([[END_PICTURE[0]], [END_PICTURE[0]]]);
    expect(chain().asked).toEqual(['close']);
    watcher.close();
    expect(chain().asked).toEqual(['close']);
  });

  it('says what is wrong with a subscription', async () => {
    const { subscribe } = await watched();
    const error = (options: Params, session?: string) => {
      const { result } = subscribe(options, session);
      return result.ok ? undefined : result.error;
    };
    expect(error({ fps: 61 })).toMatchObject({
      code: 'invalid_params',
      message: 'fps: got 61; allowed: an integer from 1 to 60',
    });
    expect(error({ scale: 3 })).toMatchObject({ message: 'scale: got 3; allowed: 1 or 2' });
    expect(error({ emulator: 7 })).toMatchObject({ code: 'invalid_params' });
    expect(error({ emulator: 'game-9' })).toMatchObject({ code: 'unknown_emulator', allowed: 'game-1' });
    expect(error({}, 'nobody')).toMatchObject({
      code: 'unknown_emulator',
      message: 'emulator nothing',
    });
    const blind = await rig((context, now) => new ManualDriver(context, now, { screen: false }));
    expect(blind.subscribe().result).toMatchObject({ ok: false, error: { code: 'unsupported' } });
  });
});

describe('the screen channel of a driver that has no thread', () => {
  it('looks at the game five times a second at most, and says only what changed', async () => {
    const looks = { count: 0, shade: 0 };
    const { subscribe, clock, drivers } = await rig((context, now) => new ManualDriver(context, now));
    const driver = drivers[0];
    if (driver === undefined) throw new Error('no driver');
    driver.screen = async () => {
      looks.count++;
      if (looks.count === 3) throw new Error('it was away for a moment');
      return { frame: looks.count, value: new Uint8Array(160 * 144 * 3).fill(looks.shade) };
    };
    const watcher = subscribe({ fps: 60 });
    const step = async () => {
      clock.advance(199);
      await Promise.resolve();
      clock.advance(1);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    };
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    for (const shade of [0, 0, 9, 9]) {
      looks.shade = shade;
      await step();
    }
    expect(looks.count).toBe(5);
    expect(watcher.pushes).toHaveLength(2);
    const late = subscribe({ fps: 60 });
    expect(late.pushes).toHaveLength(1);
    watcher.close();
    late.close();
    await step();
    expect(looks.count).toBe(5);
  });
});
