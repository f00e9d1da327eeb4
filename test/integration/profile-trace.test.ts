import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, connect, type Profile, profileTrace, recordProfile } from '../../client/index.ts';
import type { CommandIo } from '../../server/commands/command.ts';
import { dispatch } from '../../server/commands/dispatch.ts';
import { MOMENTS } from '../../shared/profile/input.ts';
import { segmentsOf } from '../../shared/profile/segments.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { readTrace } from '../support/trace-check.ts';

let gateway: TestGateway;
const folder = mkdtempSync(join(tmpdir(), 'joywire-trace-'));
beforeAll(async () => {
  gateway = await startGateway({ emulators: 4, resumeMs: 60_000 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
  expect(gateway.errors).toEqual([]);
});

/** Some hundred inputs of every sort: singles one by one and all at once, groups, keys, commands. */
async function playAll(pad: Client): Promise<number> {
  for (let each = 0; each < 20; each++) await pad.press('A', { hold: 2, gap: 1 });
  const sent = [
    ...Array.from({ length: 100 }, (_, each) => pad.press(1 << (each % 8), { hold: 1, gap: each % 3 })),
    pad.send('(A:2:1 B:1:1 W:3)*30 UP:2:0*20'),
    pad.keys('RIGHT'),
    pad.press('B', { hold: 1, gap: 1 }),
    pad.keys(0),
    pad.reset(),
  ];
  const outcomes = await Promise.all(sent);
  return outcomes.flat().reduce((last, { seq }) => Math.max(last, seq), 0);
}

/** Every moment of each input comes after the one before, and the segments between them are all there is. */
function expectWhole({ inputs }: Profile, moments: readonly string[]): void {
  for (const input of inputs) {
    const known = MOMENTS.filter((moment) => input.at[moment] !== undefined);
    if (input.kind === 'press' || input.kind === 'keys') expect(known).toEqual(moments);
    const times = known.map((moment) => input.at[moment] ?? 0);
    expect(times, `seq ${input.seq}`).toEqual(times.toSorted((a, b) => a - b));
    const parts = segmentsOf(input).map(({ startUs, endUs }) => endUs - startUs);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe((times.at(-1) ?? 0) - (times[0] ?? 0));
  }
}

const WITHOUT_JOURNAL = MOMENTS.filter((moment) => moment !== 'recorded');

describe.each(['turbo', 'realtime'] as const)('the profile of a real game at %s', (pace) => {
  it.each(['msgpack', 'json'] as const)(
    '[I5] in %s is whole from press to ack, and makes a trace',
    async (encoding) => {
      await using pad = await connect(gateway.url, { encoding, pace, speed: 16 });
      const recording = recordProfile(pad, { intervalMs: 100 });
      const last = await playAll(pad);
      const profile = await recording.stop();
      expect(profile.inputs.map(({ seq }) => seq)).toEqual(
        Array.from({ length: last }, (_, index) => index + 1),
      );
      expect([profile.dropped, profile.missing]).toEqual([0, 0]);
      expect(profile.clock?.uncertaintyUs).toBeGreaterThanOrEqual(0);
      expectWhole(profile, WITHOUT_JOURNAL);
      const slices = readTrace(JSON.stringify(profileTrace(profile)));
      const frames = slices.filter(({ lane }) => lane.startsWith('frames'));
      expect(new Set(frames.map(({ lane }) => lane))).toEqual(new Set(['frames']));
      const named = frames.reduce((count, { args }) => count + Number(args['inputs'] ?? 1), 0);
      expect(named).toBe(profile.inputs.filter(({ kind }) => kind === 'press' || kind === 'keys').length);
      expect(slices.filter(({ lane, depth }) => lane.startsWith('batches') && depth === 0)).toHaveLength(
        new Set(profile.inputs.map(({ batch }) => batch?.id)).size,
      );
    },
  );
});

describe('a recording', () => {
  it('[I7] goes on over a break, and counts what was acked meanwhile', async () => {
    await using proxy = await TcpProxy.open(gateway.port);
    await using pad = await connect(proxy.url, { reconnect: { baseMs: 1, maxMs: 5 } });
    const recording = recordProfile(pad, { intervalMs: 100 });
    await pad.send('A B');
    const broken = pad.send('UP*200');
    proxy.cutAll();
    await broken;
    await pad.send('A B');
    const { inputs, missing, dropped } = await recording.stop();
    expect(proxy.connections).toBeGreaterThan(1);
    expect(inputs.length + missing).toBe(204);
    expect(dropped).toBe(0);
    expect(inputs.at(-1)?.seq).toBe(204);
  });

  it('of an emulator that says nothing of its frames has one segment for all of it', async () => {
    await using other = await startGateway({ driver: 'noop' });
    await using pad = await connect(other.url);
    const recording = recordProfile(pad);
    await pad.send('A (B UP)');
    const profile = await recording.stop();
    const driver = ['driverStart', 'firstFrame', 'end'];
    expectWhole(
      profile,
      WITHOUT_JOURNAL.filter((moment) => !driver.includes(moment)),
    );
    const lanes = new Set(readTrace(JSON.stringify(profileTrace(profile))).map(({ lane }) => lane));
    expect([lanes.has('emulator'), lanes.has('frames')]).toEqual([true, false]);
  });
});

/** `joywire …` in the folder of the test. */
function starting(...args: readonly string[]) {
  const written = { out: '', err: '' };
  const waiting = new Set<() => void>();
  const io: CommandIo = {
    stdout: { write: (text) => (written.out += text) },
    stderr: {
      write: (text) => {
        written.err += text;
        for (const look of waiting) look();
      },
    },
    stdin: (async function* () {})(),
    env: { JOYWIRE_URL: gateway.url },
    cwd: folder,
    onSignal: () => () => undefined,
  };
  const command = dispatch(args, io).then((code) => ({ code, ...written }));
  /** Resolves when that stands on stderr. */
  const said = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => written.err.includes(text) && resolve();
      waiting.add(look);
      look();
    });
  return { command, said };
}

async function joywire(...args: readonly string[]) {
  return await starting(...args).command;
}

describe('the command', () => {
  it('send --profile writes a trace, and prints where the time went', async () => {
    const { code, out, err } = await joywire(
      'send',
      '--profile',
      'own.json',
      'A:2:1 B:2:1 (UP:1:1 DOWN:1:1)*5',
    );
    expect(code).toBe(0);
    expect(err).toContain('own.json: 12 inputs');
    expect(out).toMatch(/12 inputs in \d+ batch/);
    for (const name of ['client to gateway', 'frames', 'gateway to client', 'together'])
      expect(out).toContain(name);
    const lanes = new Set(readTrace(readFileSync(join(folder, 'own.json'), 'utf8')).map(({ lane }) => lane));
    expect(lanes.has('client to gateway')).toBe(true);
  });

  it('profile records the only session there is until it ends', async () => {
    const pad = await connect(gateway.url);
    const { command, said } = starting('profile', '--seconds', '3600', '--out', 'other.json', '--json');
    await said('recording session');
    await pad.send('(B:1:0)*10');
    await pad.close();
    const { code, out } = await command;
    expect(code).toBe(0);
    const summary: unknown = JSON.parse(out);
    expect(summary).toMatchObject({ session: pad.session, dropped: 0, missing: 0, clock: null });
    const frames = readTrace(readFileSync(join(folder, 'other.json'), 'utf8')).filter(
      ({ lane }) => lane === 'frames',
    );
    expect(frames.filter(({ name }) => name.startsWith('B '))).toHaveLength(10);
  });

  it('profile says which sessions there are when there is more than one, and when there is none', async () => {
    expect(await joywire('profile')).toMatchObject({ code: 1, err: 'joywire: nobody plays\n' });
    await using one = await connect(gateway.url, { label: 'first \u001b[31m try\u009b' });
    const gone = await RawClient.hello(gateway.url);
    await gone[Symbol.asyncDispose]();
    await expect
      .poll(async () => (await one.emulators()).some(({ expiresInMs }) => expiresInMs !== null))
      .toBe(true);
    const { code, err } = await joywire('profile');
    expect(code).toBe(1);
    expect(err.split('\n').toSorted()).toEqual(
      [
        '',
        'joywire: which one?',
        `joywire:   --session ${one.session}  "first \\u001b[31m try\\u009b"  on ${one.emulator?.id}, connected`,
        `joywire:   --session ${gone.welcome.session}  (no label)  on ${gone.welcome.emulator?.id}, not connected`,
      ].toSorted(),
    );
  });

  it.each([
    ['send', '--profile', ['A']],
    ['profile', '--out', []],
  ] as const)(
    '%s %s says at once that there is nowhere to write to, and nothing runs',
    async (name, flag, rest) => {
      for (const path of ['none/own.json', '.', 'file/own.json']) {
        writeFileSync(join(folder, 'file'), 'a file');
        const { code, out, err } = await joywire(name, flag, path, ...rest);
        expect([code, out]).toEqual([2, '']);
        expect(err).toContain(`${flag}: got "${path}"; allowed: a file that can be written; `);
      }
    },
  );

  it('a trace that does not come about leaves the file of before, and no other', async () => {
    writeFileSync(join(folder, 'kept.json'), 'of before');
    const before = readdirSync(folder);
    const { code } = await joywire('profile', '--session', 'no-such', '--out', 'kept.json');
    expect(code).toBe(1);
    expect((await joywire('profile', '--session', 'no-such', '--out', 'new.json')).code).toBe(1);
    expect(readFileSync(join(folder, 'kept.json'), 'utf8')).toBe('of before');
    expect(readdirSync(folder)).toEqual(before);
    expect((await joywire('send', '--profile', 'kept.json', 'A')).code).toBe(0);
    expect(readTrace(readFileSync(join(folder, 'kept.json'), 'utf8')).length).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual(before);
  });
});
