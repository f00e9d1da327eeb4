import { describe, expect, it } from 'vitest';
import { type Client, connect, type ServerEvent } from '../../client/index.ts';
import { hashToken, newToken, type TokenEntry } from '../../server/access/token-file.ts';
import { MemoryJournals } from '../../server/journal/memory.ts';
import { startGateway } from '../support/gateway.ts';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Resolves with the next event of a name. */
function next(pad: Client, wanted: string): Promise<ServerEvent['data']> {
  return new Promise((resolve) => {
    const stop = pad.on('event', ({ name, data }) => {
      if (name !== wanted) return;
      stop();
      resolve(data);
    });
  });
}

const codes = (outcomes: readonly { status: string; detail?: { code?: string } | undefined }[]) =>
  outcomes.map(({ status, detail }) => detail?.code ?? status);

describe('taking over', () => {
  it('ends what is in flight, rejects what is queued, and control goes back when the taker leaves', async () => {
    await using gateway = await startGateway({ emulators: 1 });
    await using agent = await connect(gateway.url, { label: 'agent' });
    const id = agent.emulator?.id ?? '';
    await agent.keys('LEFT');
    const long = agent.press('A', { hold: 3000, gap: 0 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const queued = [agent.press('B').then((outcome) => [outcome]), agent.sequence(['UP', 'DOWN'])];
    const lost = next(agent, 'control_lost');
    await using person = await connect(gateway.url, { label: 'person', emulator: { id }, takeover: true });
    expect(await lost).toMatchObject({ label: 'person', owner: 'local' });
    expect((await long).status).toBe('executed');
    expect(codes((await Promise.all(queued)).flat())).toEqual([
      'control_lost',
      'control_lost',
      'control_lost',
    ]);
    expect(codes([await agent.press('A')])).toEqual(['control_lost']);

    const pressed = await person.press('A');
    expect(pressed).toMatchObject({ status: 'executed', firstFrame: 3001 });
    expect((await person.emulators())[0]).toMatchObject({ id, session: person.session });
    // The agent may still look.
    expect((await agent.memory(0xc000, 4)).frame).toBe(3017);

    const granted = next(agent, 'control_granted');
    await person.close();
    expect(await granted).toMatchObject({ emulator: id, frame: 3017 });
    expect(await agent.press('A')).toMatchObject({ status: 'executed', firstFrame: 3017 });
    expect((await agent.emulators())[0]).toMatchObject({ session: agent.session });
  });

  it('follows the pace of whoever controls, and restores it', async () => {
    await using gateway = await startGateway({ emulators: 1 });
    await using agent = await connect(gateway.url);
    const id = agent.emulator?.id ?? '';
    const person = await connect(gateway.url, {
      emulator: { id },
      takeover: true,
      pace: 'realtime',
      speed: 8,
    });
    const frame = async () => (await agent.memory(0xc000, 1, { now: true })).frame;
    await expect.poll(frame).toBeGreaterThan(5);
    const granted = next(agent, 'control_granted');
    await person.close();
    await granted;
    const at = await frame();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await frame()).toBe(at);
  });

  it('keeps the game for the taker when the one below leaves, and frees it when both have', async () => {
    await using gateway = await startGateway({ emulators: 1 });
    const agent = await connect(gateway.url);
    const id = agent.emulator?.id ?? '';
    const first = await connect(gateway.url, { emulator: { id }, takeover: true });
    const second = await connect(gateway.url, { emulator: { id }, takeover: true });
    await agent.close();
    await second.close();
    expect((await first.press('A')).status).toBe('executed');
    await first.close();
    await using next_ = await connect(gateway.url);
    expect(await next_.press('A')).toMatchObject({ status: 'executed', firstFrame: 0 });
  });

  it('by two at once gives control to one after the other', async () => {
    await using gateway = await startGateway({ emulators: 1 });
    await using agent = await connect(gateway.url);
    const id = agent.emulator?.id ?? '';
    const takers = await Promise.all(
      [1, 2, 3].map(() => connect(gateway.url, { emulator: { id }, takeover: true })),
    );
    const outcomes = await Promise.all(takers.map((taker) => taker.press('A')));
    expect(codes(outcomes).toSorted()).toEqual(['control_lost', 'control_lost', 'executed']);
    await Promise.all(takers.map((taker) => taker.close()));
    await expect.poll(async () => codes([await agent.press('A')])).toEqual(['executed']);
  });

  it('of an equal needs its consent; of a lower role it does not', async () => {
    const tokens = { ann: newToken(), bob: newToken(), chef: newToken() };
    const entries = Object.entries(tokens).map(
      ([name, token]): TokenEntry => ({
        name,
        role: name === 'chef' ? 'admin' : 'play',
        sha256: hashToken(token).toString('hex'),
      }),
    );
    const tokensFile = join(mkdtempSync(join(tmpdir(), 'joywire-')), 'tokens.json');
    writeFileSync(tokensFile, JSON.stringify(entries));
    await using gateway = await startGateway({ emulators: 1, tokensFile });
    await using ann = await connect(gateway.url, { token: tokens.ann });
    const id = ann.emulator?.id ?? '';
    const take = (token: string) =>
      connect(gateway.url, { token, emulator: { id }, takeover: true, reconnect: false });
    const answers = [false, true];
    ann.on('event', ({ name, data }) => {
      if (name === 'control_requested') void ann.grantControl(Number(data['request']), answers.shift());
    });
    await expect(take(tokens.bob)).rejects.toMatchObject({ code: 'control_refused' });
    expect((await ann.press('A')).status).toBe('executed');
    const bob = await take(tokens.bob);
    expect(codes([await ann.press('A')])).toEqual(['control_lost']);
    const chef = await take(tokens.chef);
    expect(codes([await bob.press('A')])).toEqual(['control_lost']);
    await expect(bob.grantControl(99)).rejects.toMatchObject({ code: 'invalid_params' });
    await chef.close();
    await bob.close();
  });

  it('[I7] [I9] outlives the gateway: who controlled controls, and the other gets control back', async () => {
    const journals = new MemoryJournals();
    const settings = { emulators: 1, journal: true, resumeMs: 60_000 };
    const quick = { reconnect: { baseMs: 1, maxMs: 20 } };
    const first = await startGateway(settings, { journals });
    const agent = await connect(first.url, quick);
    const id = agent.emulator?.id ?? '';
    const person = await connect(first.url, { ...quick, emulator: { id }, takeover: true });
    await person.press('A');
    await first.gateway.close();
    await using second = await startGateway({ ...settings, port: first.port }, { journals });
    expect(await person.press('B')).toMatchObject({ status: 'executed', firstFrame: 16 });
    expect(codes([await agent.press('B')])).toEqual(['control_lost']);
    await person.close();
    await expect.poll(async () => codes([await agent.press('A')])).toEqual(['executed']);
    await agent.close();
    expect(second.errors).toEqual([]);
  });

  it('[I9] outlives the gateway with the pace that is to be restored, and the loser is told by its welcome', async () => {
    const journals = new MemoryJournals();
    const settings = { emulators: 1, journal: true, resumeMs: 60_000 };
    const quick = { reconnect: { baseMs: 1, maxMs: 20 } };
    const first = await startGateway(settings, { journals });
    const heard: string[] = [];
    const agent = await connect(first.url, {
      ...quick,
      onControlLost: ({ label }) => heard.push(`lost to ${label}`),
      onControlGranted: () => heard.push('granted'),
    });
    const id = agent.emulator?.id ?? '';
    const person = await connect(first.url, {
      ...quick,
      label: 'person',
      emulator: { id },
      takeover: true,
      pace: 'realtime',
      speed: 8,
    });
    await first.gateway.close();
    await using second = await startGateway({ ...settings, port: first.port }, { journals });
    await expect.poll(() => [agent.state.status, person.state.status]).toEqual(['open', 'open']);
    expect([agent.controls, person.controls]).toEqual([false, true]);
    const granted = next(agent, 'control_granted');
    await person.close();
    await granted;
    expect(heard).toEqual(['lost to person', 'granted']);
    // At turbo no frame runs between presses, however long the next one takes to come.
    const frames: (number | null)[] = [];
    for (let press = 0; press < 20; press += 1) {
      frames.push((await agent.press('A', { hold: 1, gap: 1 })).firstFrame);
    }
    expect(frames).toEqual(frames.map((_, press) => (frames[0] ?? 0) + 2 * press));
    await agent.close();
    expect(second.errors).toEqual([]);
  });
});
