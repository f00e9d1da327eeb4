import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../client/index.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ emulators: 4 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  expect(gateway.errors).toEqual([]);
});

describe.each(['msgpack', 'json'] as const)('sound in %s, of the real game', (encoding) => {
  it('comes at pace realtime, without a gap, at the rate that is said', async () => {
    await using pad = await connect(gateway.url, { encoding, emulator: { sound: true } });
    expect(pad.emulator?.capabilities.sound).toBe(true);
    await pad.send('W:60 START W:60');
    const sound = pad.sound();
    await pad.pace('realtime', 2);
    await pad.keys('START');
    let position: number | undefined;
    let loud = false;
    for (let chunks = 0; chunks < 12 || !loud; chunks++) {
      const { value } = await sound.next();
      if (value === undefined) throw new Error('the sound ended');
      const { payload } = value;
      expect(payload.rate).toBe(88_200);
      const [left, right] = payload.channels();
      expect([left.length, right.length]).toEqual([payload.samples.length / 2, payload.samples.length / 2]);
      // 44100 samples a second at 59.7275 frames a second.
      expect(Math.abs(left.length - 1476.7)).toBeLessThan(8);
      if (position !== undefined && value.missed === 0) expect(payload.position).toBe(position);
      position = payload.position + left.length;
      loud ||= new Set(payload.samples).size > 2;
    }
  });
});

describe('a game with sound', () => {
  it('plays as one without, and ends for who listens with its session', async () => {
    const pad = await connect(gateway.url, { emulator: { sound: true } });
    await using mute = await connect(gateway.url);
    await using listener = await connect(gateway.url, { role: 'watch' });
    const sound = listener.sound({ emulator: pad.emulator?.id ?? '' });
    const script = 'W:60 START W:60 RIGHT*3 UP A W:30 B START W:20';
    await pad.send(script);
    await mute.send(script);
    const memory = await Promise.all([pad, mute].map((each) => each.memory(0xc000, 0x2000)));
    expect(memory[0]).toEqual(memory[1]);
    await pad.close();
    expect(await sound.next()).toEqual({ done: true, value: undefined });
  });

  it('is had by who asks for it alone', async () => {
    await using mute = await connect(gateway.url);
    expect(mute.emulator?.capabilities.sound).toBeUndefined();
    await expect(mute.sound().next()).rejects.toMatchObject({ code: 'unsupported' });
    await expect(mute.sound({ emulator: 'nobody' }).next()).rejects.toMatchObject({
      code: 'unknown_emulator',
    });
  });
});
