import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type Client, connect, type Outcome, type RunResult, type RunSpec } from '../../client/index.ts';
import { dataDirectory } from '../support/data-directory.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { recorderRom } from '../support/test-rom.ts';

// Rollouts run on what other programs leave of the processor.
vi.setConfig({ testTimeout: 180_000 });

const RAM = [
  [0x8000, 0x2000],
  [0xa000, 0x2000],
  [0xc000, 0x2000],
  [0xfe00, 0xa0],
  [0xff80, 0x7f],
] as const;
/** Into the world of the game that ships. */
const START = 'W:60 START W:60';
const SCRIPTS = [
  'UP A',
  'RIGHT*8 UP A',
  '(DOWN*3 LEFT)*2 START W:20',
  '',
  'W:1',
  'A+B:3:2 (B SELECT:4)*3 W:17',
  // Guards: one stops, one waits in vain, one waits for the step to end.
  '(UP*3 RIGHT*9){stop 0xC011==12} A',
  'DOWN{wait 0xC010==4 20} W:3',
  '(LEFT:1:0 UP*2{wait 0xC014==0 30}) W:2',
];

function sha256(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** All that a run gave, short, but the name of its checkpoint, which is another every time. */
function comparable({ run, status, frames, hash, outcomes = [], memory = [], screen }: RunResult) {
  return {
    run,
    status,
    frames,
    hash,
    outcomes: shifted(outcomes, 0),
    memory: sha256(...memory),
    screen: sha256(screen ?? new Uint8Array()),
  };
}

/** Outcomes as if they had begun on another frame. What is said in words names frames too. */
function shifted(outcomes: readonly Outcome[], by: number) {
  return outcomes.map(({ status, firstFrame, frames, certainty, detail }) => ({
    status,
    firstFrame: firstFrame === null ? null : firstFrame - by,
    frames,
    certainty,
    code: detail?.code,
    waited: detail?.waited,
    guard: detail?.guard && { ...detail.guard, frame: detail.guard.frame - by },
  }));
}

/** What a live session makes of a script after loading a checkpoint of that frame. */
async function live(pad: Client, from: string, script: string, frame: number) {
  const loaded = (await pad.load(from)).firstFrame ?? 0;
  const outcomes = await pad.send(script);
  const ended = await pad.memory(RAM);
  const { bytes } = await pad.screen({ format: 'raw' });
  return {
    status: 'done',
    frames: ended.frame - loaded,
    memory: sha256(...ended.memory),
    screen: sha256(bytes),
    hash: sha256(bytes),
    outcomes: shifted(outcomes, loaded - frame),
  };
}

describe('rollouts on the real game', () => {
  const gateways: TestGateway[] = [];
  const gatewayWith = async (settings: Parameters<typeof startGateway>[0]) => {
    const gateway = await startGateway({ emulators: 4, ...settings });
    gateways.push(gateway);
    return gateway;
  };
  afterAll(async () => {
    for (const gateway of gateways) {
      await gateway[Symbol.asyncDispose]();
      expect(gateway.errors).toEqual([]);
    }
  });

  it('are what a live session makes of the same script, however many threads run them', async () => {
    const wants = { memory: RAM, hash: true, screen: 'raw', outcomes: true, keep: true } as const;
    const all: ReturnType<typeof comparable>[][] = [];
    for (const rolloutWorkers of [1, 2, 4]) {
      const gateway = await gatewayWith({ rolloutWorkers });
      await using pad = await connect(gateway.url);
      await pad.send(START);
      const { outcome } = await pad.save('start');
      const runs = SCRIPTS.map((script): RunSpec => ({ script, from: 'start' }));
      const results = await pad.rollout(runs, wants).all();
      const own = await pad.rollout(SCRIPTS, wants).all();
      expect(own.map(comparable)).toEqual(results.map(comparable));
      all.push(results.map(comparable));
      for (const [at, result] of results.entries()) {
        const { run, ...ran } = comparable(result);
        expect(run).toBe(at);
        expect(ran).toEqual(await live(pad, 'start', SCRIPTS[at] ?? '', outcome.firstFrame ?? 0));
        // It goes on from what was kept as the live game does from where it is now.
        const went = await pad.send('LEFT A W:10');
        const next = [{ script: 'LEFT A W:10', from: result.checkpoint ?? '' }];
        const [kept] = await pad.rollout(next, { memory: RAM }).all();
        const { memory } = await pad.memory(RAM);
        expect(kept).toMatchObject({ status: 'done', frames: 42 });
        expect(sha256(...(kept?.memory ?? []))).toBe(sha256(...memory));
        expect(went).toHaveLength(3);
      }
    }
    expect(all[1]).toEqual(all[0]);
    expect(all[2]).toEqual(all[0]);
  });

  it('are with sound what a live session with sound makes of them', async () => {
    const gateway = await gatewayWith({ rolloutWorkers: 1 });
    await using pad = await connect(gateway.url, { emulator: { sound: true } });
    await pad.send(START);
    const { outcome } = await pad.save('loud');
    const wants = { memory: RAM, hash: true, screen: 'raw', outcomes: true } as const;
    // Another kind of machine of the same ROM has run in that thread before.
    await using silent = await connect(gateway.url);
    await silent.rollout(['A']).all();
    for (const script of ['UP A W:30', 'START W:9 DOWN A']) {
      const [result] = await pad.rollout([{ script, from: 'loud' }], wants).all();
      const { run: _run, ...ran } = comparable(result ?? { run: 0, status: 'failed', frames: 0 });
      expect(ran).toEqual(await live(pad, 'loud', script, outcome.firstFrame ?? 0));
    }
  });

  it('hold the keys that the live game holds, also on from what they kept', async () => {
    const gateway = await gatewayWith({ rolloutWorkers: 1 });
    await using pad = await connect(gateway.url);
    await pad.send(START);
    await pad.save('free');
    await pad.keys('RIGHT');
    const place = { memory: [[0xc011, 1]], keep: true } as const;
    const xOf = ({ memory: [bytes] = [] }: RunResult) => bytes?.[0];
    const [held, free] = await pad.rollout(['W:31', { script: 'W:31', from: 'free' }], place).all();
    if (held === undefined || free === undefined) throw new Error('two runs have two results');
    expect([xOf(held), xOf(free)]).toEqual([12, 10]);
    const [on] = await pad.rollout([{ script: 'W:32', from: held.checkpoint ?? '' }], place).all();
    expect(on && xOf(on)).toBe(14);
    // The live game has not moved.
    expect((await pad.memory(0xc011, 1)).bytes[0]).toBe(10);
  });

  it('of a game at real time begin where it is, and leave its clock alone', async () => {
    const gateway = await gatewayWith({ rolloutWorkers: 1 });
    await using pad = await connect(gateway.url, { pace: 'realtime', speed: 4 });
    const pressed = await pad.press('A');
    const [result] = await pad.rollout(['B W:5'], { outcomes: true }).all();
    expect(result).toMatchObject({ status: 'done', frames: 21 });
    const [first] = result?.outcomes ?? [];
    expect(first?.firstFrame).toBeGreaterThanOrEqual((pressed.firstFrame ?? 0) + pressed.frames);
  });

  it('are of Game Boy Color games too, with cartridge RAM', async () => {
    const folder = dataDirectory();
    const rom = join(folder.path, 'color.gb');
    writeFileSync(rom, recorderRom({ color: 0x80, type: 0x1b, ram: 2 }));
    const gateway = await gatewayWith({ rom, rolloutWorkers: 2 });
    await using pad = await connect(gateway.url);
    await pad.send('W:20 A B');
    const { outcome } = await pad.save('start');
    const wants = { memory: RAM, hash: true, screen: 'raw', outcomes: true } as const;
    const scripts = ['A:1:1*3', 'LEFT UP:2:1 W:7'];
    const results = await pad.rollout(scripts, wants).all();
    for (const [at, result] of results.entries()) {
      const { run: _run, ...ran } = comparable(result);
      expect(ran).toEqual(await live(pad, 'start', scripts[at] ?? '', outcome.firstFrame ?? 0));
    }
    folder.remove();
  });
});
