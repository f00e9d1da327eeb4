import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type Client, connect, type Outcome, type RunResult, type RunSpec } from '../../client/index.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

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
});
