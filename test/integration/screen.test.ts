import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode } from 'fast-png';
import { type Client, connect, type Picture, type Subscription } from '../../client/index.ts';
import { halve } from '../../shared/screen/halve.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ emulators: 8 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  expect(gateway.errors).toEqual([]);
});

const same = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0;

/** The next picture that is exactly this one. A test ends by its time limit if none comes. */
async function until(pictures: Subscription<Picture>, rgb: Uint8Array): Promise<Picture> {
  for (;;) {
    const { value } = await pictures.next();
    if (value === undefined) throw new Error('the pictures ended');
    if (same(value.payload.rgb(), rgb)) return value.payload;
  }
}

async function core(pad: Client): Promise<Uint8Array> {
  return (await pad.screen({ format: 'raw' })).bytes;
}

describe.each(['msgpack', 'json'] as const)('pictures in %s, of the real game', (encoding) => {
  it('end on what the core shows, at pace turbo, at both scales', async () => {
    await using pad = await connect(gateway.url, { encoding });
    const full = pad.pictures({ fps: 60 });
    const half = pad.pictures({ fps: 10, scale: 2 });
    for (const script of ['W:60', 'START W:60', 'RIGHT*3', 'START W:20', 'B (DOWN UP)*2']) {
      await pad.send(script);
      const raw = await core(pad);
      const picture = await until(full, raw);
      expect([picture.width, picture.height]).toEqual([160, 144]);
      const small = await until(half, halve(raw, { width: 160, height: 144 }));
      expect([small.width, small.height]).toEqual([80, 72]);
    }
  });

  it('come as RGB, RGBA and PNG', async () => {
    await using pad = await connect(gateway.url, { encoding });
    await pad.send('W:60 START W:60');
    const picture = await until(pad.pictures(), await core(pad));
    const rgb = picture.rgb();
    const rgba = picture.rgba();
    expect(picture.rgba(new Uint8ClampedArray(rgba.length))).toEqual(rgba);
    expect(rgba.filter((_, at) => at % 4 !== 3)).toHaveLength(rgb.length);
    expect(
      same(
        Uint8Array.from(rgba).filter((_, at) => at % 4 !== 3),
        rgb,
      ),
    ).toBe(true);
    const png = decode(await picture.png());
    expect([png.width, png.height]).toEqual([160, 144]);
    const colors = Array.from(png.data, (index) => png.palette?.[index] ?? []);
    expect(colors.length === 160 * 144 || png.depth < 8).toBe(true);
  });
});

describe('pictures at pace realtime', () => {
  it('come with every frame that changes, none left out', async () => {
    await using pad = await connect(gateway.url);
    await pad.send('W:60 START W:60');
    await pad.pace('realtime');
    const frames: number[] = [];
    const pictures = pad.pictures({ fps: 60 });
    await pad.keys('RIGHT');
    for await (const { payload } of pictures) {
      frames.push(payload.frame);
      if (frames.length === 40) break;
    }
    await pad.keys('');
    await pad.pace('turbo');
    expect(frames).toEqual([...frames].sort((a, b) => a - b));
    expect(new Set(frames).size).toBe(40);
    await until(pad.pictures({ fps: 60 }), await core(pad));
  });
});

describe('who watches', () => {
  it('needs no emulator of its own, and sees the end of the game', async () => {
    const pad = await connect(gateway.url);
    const emulator = pad.emulator?.id ?? '';
    await using watcher = await connect(gateway.url, { role: 'watch' });
    const pictures = watcher.pictures({ emulator });
    await pad.send('W:60 START W:60');
    const raw = await core(pad);
    await until(pictures, raw);
    await until(watcher.pictures({ emulator }), raw);
    await pad.close();
    const rest: unknown[] = [];
    for await (const each of pictures) rest.push(each);
    await expect(watcher.pictures({ emulator }).next()).rejects.toMatchObject({ code: 'unknown_emulator' });
    await expect(watcher.pictures().next()).rejects.toMatchObject({ code: 'unknown_emulator' });
  });

  it('sees a loaded state and a reset, which run no frame', async () => {
    await using pad = await connect(gateway.url);
    await pad.send('W:60 START W:60');
    const raw = await core(pad);
    const { checkpoint = '' } = await pad.save();
    const pictures = pad.pictures({ fps: 60 });
    await until(pictures, raw);
    await pad.reset();
    await until(pictures, await core(pad));
    await pad.load(checkpoint);
    await until(pictures, raw);
  });
});
