import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../client/index.ts';
import { GameRecorder, RECORDER_RANGES } from '../support/game-recorder.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { random } from '../support/random.ts';

/** Embedded games behind the compatibility API, and a gateway that drives them over HTTP. */
let behind: TestGateway;
let front: TestGateway;
beforeAll(async () => {
  behind = await startGateway({ emulators: 2, compatPort: 0, compatCount: 2, compatWarmupFrames: 0 });
  const servers = behind.compatPorts.map((port) => ({
    kind: 'pokemon-gym' as const,
    url: `http://127.0.0.1:${port}`,
  }));
  front = await startGateway({ emulators: servers });
});
afterAll(async () => {
  await front[Symbol.asyncDispose]();
  await behind[Symbol.asyncDispose]();
  expect([...front.errors, ...behind.errors]).toEqual([]);
});

const NAMES = ['A', 'B', 'SELECT', 'START', 'RIGHT', 'LEFT', 'UP', 'DOWN'] as const;

/** Takes over what a game has recorded since the last time, read by a watcher of its gateway. */
async function drain(gateway: TestGateway, recorder: GameRecorder): Promise<void> {
  await using watcher = await connect(gateway.url, { role: 'watch' });
  const { memory } = await watcher.memory(RECORDER_RANGES, { emulator: 'embedded-1' });
  recorder.drain(memory);
}

describe('pokemon-gym, as our own compatibility API speaks it', () => {
  it('the same 500 presses leave the same record as on an embedded game', async () => {
    const chance = random(500);
    const presses = Array.from({ length: 500 }, () => chance.pick(NAMES));
    await using direct = await startGateway({ emulators: 1 });
    const [direct1, behind1] = [new GameRecorder(), new GameRecorder()];
    await using here = await connect(direct.url);
    await using there = await connect(front.url);
    expect(there.emulator).toMatchObject({
      kind: 'pokemon-gym',
      capabilities: { nativeHold: 10, nativeGap: 120 },
    });
    for (let from = 0; from < presses.length; from += 100) {
      const part = presses.slice(from, from + 100);
      const exact = part.map((buttons) => ({ buttons, hold: 10, gap: 120 }));
      const [one, two] = await Promise.all([here.sequence(exact), there.sequence(part)]);
      expect(two.map(({ status, firstFrame, frames }) => [status, firstFrame, frames])).toEqual(
        one.map(({ status, firstFrame, frames }) => [status, firstFrame, frames]),
      );
      expect(two.every(({ certainty }) => certainty === 'derived')).toBe(true);
      await drain(direct, direct1);
      await drain(behind, behind1);
    }
    expect(behind1.changes).toEqual(direct1.changes);
    // Pressing what was just released is a change again: 500 presses, 500 releases.
    expect(direct1.changes).toHaveLength(1000);
  }, 180_000);
});
