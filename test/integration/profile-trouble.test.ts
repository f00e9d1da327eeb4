import { BroadcastChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { connect, type Profile, profile, profileTrace, recordProfile } from '../../client/index.ts';
import { MemoryJournals } from '../../server/journal/memory.ts';
import { Check } from '../../shared/check.ts';
import { decodeProfile } from '../../shared/profile/decode.ts';
import { MOMENTS, type ProfilePayload } from '../../shared/profile/input.ts';
import { startGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { readTrace } from '../support/trace-check.ts';

const MORTAL_WORKER_URL = new URL('../support/mortal-worker.js', import.meta.url);

/** Each moment of an input comes after the one before, whatever happened to it, and a viewer takes the trace. */
function expectOrder(recorded: Profile): void {
  for (const { seq, at } of recorded.inputs) {
    const times = MOMENTS.flatMap((moment) => at[moment] ?? []);
    expect(times, `seq ${seq}`).toEqual(times.toSorted((a, b) => a - b));
  }
  readTrace(JSON.stringify(profileTrace(recorded)));
}

describe('a profile', () => {
  it('has what a guard stopped: it took no frames', async () => {
    await using gateway = await startGateway();
    await using pad = await connect(gateway.url);
    const recording = recordProfile(pad);
    await pad.send('W:10 (A:2:2*3 B:2:2*5){stop 0xC000>=0} W:5');
    const recorded = await recording.stop();
    expectOrder(recorded);
    const stopped = recorded.inputs.filter(({ status }) => status === 'rejected');
    expect(stopped).toHaveLength(8);
    for (const { kind, frames, at, batch } of stopped) {
      expect({ kind, frames, sized: batch?.size }).toEqual({
        kind: 'press',
        frames: 0,
        sized: expect.any(Number),
      });
      expect(at.firstFrame).toBe(at.end);
    }
  });

  it('[I9] of a game that dies and is rebuilt goes on, in order', async () => {
    const journals = new MemoryJournals();
    await using gateway = await startGateway({ journal: true }, { journals, workerUrl: MORTAL_WORKER_URL });
    await using pad = await connect(gateway.url);
    const recording = recordProfile(pad);
    const rebuilt = new Promise<void>((resolve) => {
      pad.on('event', ({ name }) => name === 'emulator_rebuilt' && resolve());
    });
    const first = pad.send('(A:2:2)*200');
    await pad.send('A:1:0');
    const channel = new BroadcastChannel('mortal');
    const second = pad.send('(B:4:4)*400');
    channel.postMessage(1);
    await rebuilt;
    const outcomes = [...(await first), ...(await second)];
    channel.close();
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['executed']));
    const recorded = await recording.stop();
    expect(recorded.inputs).toHaveLength(601);
    expectOrder(recorded);
    for (const { at } of recorded.inputs) expect(at.recorded).toBeDefined();
  });

  it('of a player on the HTTP API has no moment at which its message was read', async () => {
    await using gateway = await startGateway({ compatPort: 0, compatCount: 1 });
    const base = `http://127.0.0.1:${gateway.compatPorts[0]}`;
    const post = async (path: string, body: unknown) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) });
      expect(response.status).toBe(200);
    };
    const act = () => post('/action', { action_type: 'press_key', keys: ['a', 'up'] });
    await post('/initialize', { headless: true, sound: false });
    await using watcher = await connect(gateway.url, { role: 'watch' });
    const [listing] = (await watcher.emulators()).filter(({ session }) => session !== null);
    const parts = profile(watcher, { session: listing?.session ?? '', intervalMs: 100 });
    await parts.next();
    await act();
    const { value } = await parts.next();
    expect(value?.payload.inputs.length).toBeGreaterThan(0);
    for (const { at } of value?.payload.inputs ?? []) {
      const stages = ['queued', 'flushed', 'driverStart', 'firstFrame', 'end', 'settled', 'acked'];
      expect(Object.keys(at)).toEqual(stages);
    }
    parts.close();
  });

  it('[I8] that is not read in time comes late, whole, and cuts nobody off', async () => {
    await using gateway = await startGateway({ driver: 'noop' });
    await using pad = await connect(gateway.url);
    await using watcher = await RawClient.hello(gateway.url, { role: 'watch' });
    const options = { session: pad.session, intervalMs: 100 };
    watcher.send({ type: 'subscribe', id: 1, channel: 'profile', options });
    await watcher.next('push');
    watcher.pause();
    const count = 60_000;
    for (let sent = 0; sent < count; sent += 1000) {
      await pad.sequence(Array.from({ length: 1000 }, () => ({ buttons: 'A', hold: 300, gap: 7 })));
    }
    watcher.resumeReading();
    const payloads = (): ProfilePayload[] =>
      watcher.all('push').map(({ payload }) => decodeProfile(new Check(), payload));
    let through = 0;
    await watcher.until(() => {
      const push = watcher.all('push').at(-1);
      through = Number(Object(push?.payload)['through']);
      return through >= count;
    }, 'the whole profile');
    const parts = payloads();
    const joined = parts.every(
      ({ from }, index) => index === 0 || from === (parts[index - 1]?.through ?? 0) + 1,
    );
    expect(joined).toBe(true);
    expect(parts.reduce((sum, { inputs, dropped }) => sum + inputs.length + dropped, 0)).toBe(count);
    expect(parts.every(({ inputs }) => inputs.length <= 4096)).toBe(true);
    expect(watcher.closed).toBeUndefined();
    expect(gateway.errors).toEqual([]);
  });
});
