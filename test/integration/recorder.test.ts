import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine } from '../../server/emulator/drivers/embedded/machine.ts';
import type { Encoding } from '../../shared/protocol.ts';
import { GameRecorder, RECORDER_RANGES } from '../support/game-recorder.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type Random, random } from '../support/random.ts';
import { ClaimedTimeline, type PlannedEntry, randomMessage } from '../support/random-entries.ts';
import { RawClient } from '../support/raw-client.ts';

/** For a longer run: JOYWIRE_TEST_ENTRIES=1000000 npx vitest run test/integration/recorder.test.ts */
const ENTRIES = Number(process.env['JOYWIRE_TEST_ENTRIES'] ?? 10_000);
const SESSIONS: readonly Encoding[] = ['msgpack', 'json', 'msgpack', 'json'];
/** Entries between two readings of the ring; with two changes each they fit it. */
const ROUND = 200;
/** Frames until the game's recorder runs. */
const START_FRAMES = 60;
const WRAM = [0xc000, 0x2000] as const;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ emulators: SESSIONS.length });
});
afterAll(() => gateway[Symbol.asyncDispose]());

interface Run {
  readonly timeline: ClaimedTimeline;
  readonly recorder: GameRecorder;
  readonly wram: Uint8Array;
  readonly pictureHash: string;
}

async function play(encoding: Encoding, choose: Random): Promise<Run> {
  await using client = await RawClient.hello(gateway.url, {}, encoding);
  const timeline = new ClaimedTimeline();
  const recorder = new GameRecorder();
  const entries: PlannedEntry[] = [{ kind: 'press', buttons: 0, hold: START_FRAMES, gap: 0 }];
  client.press(1, { buttons: 0, hold: START_FRAMES, gap: 0 });
  let calls = 0;
  const read = async (ranges: readonly (readonly [number, number])[]) => {
    client.send({ type: 'call', id: calls, method: 'memory', params: { ranges } });
    const { value } = await client.next('result', calls++);
    return memoryOf(value, encoding);
  };
  while (entries.length < ENTRIES / SESSIONS.length) {
    const until = entries.length + ROUND;
    while (entries.length < until) {
      const { message, entries: more } = randomMessage(choose, entries.length + 1);
      client.send(message);
      entries.push(...more);
    }
    recorder.drain(await read(RECORDER_RANGES));
  }
  // One frame more, so that the last change has been seen; its picture is the one compared.
  entries.push({ kind: 'press', buttons: 0, hold: 1, gap: 1 });
  const options = { observe: { hash: true, memory: [WRAM] } };
  client.press(entries.length, { buttons: 0, hold: 1, gap: 1, options });
  const outcomes = await client.acked(entries.length);
  recorder.drain(await read(RECORDER_RANGES));
  expect(outcomes.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  for (const [index, entry] of entries.entries()) {
    const outcome = outcomes[index]?.outcome;
    if (outcome !== undefined) timeline.add(entry, outcome);
  }
  const observed = outcomes.at(-1)?.outcome.detail?.observed;
  return {
    timeline,
    recorder,
    wram: observed?.memory?.[0] ?? new Uint8Array(),
    pictureHash: observed?.hash ?? '',
  };
}

function memoryOf(value: unknown, encoding: Encoding): Uint8Array[] {
  if (typeof value !== 'object' || value === null || !('memory' in value) || !Array.isArray(value.memory)) {
    throw new Error('no memory in the result');
  }
  const ranges: readonly unknown[] = value.memory;
  return ranges.map((bytes) => {
    if (encoding === 'json' && typeof bytes === 'string') return new Uint8Array(Buffer.from(bytes, 'base64'));
    if (bytes instanceof Uint8Array) return bytes;
    throw new Error('a range is bytes');
  });
}

describe('the game’s own recorder', () => {
  const seed = random().seed;

  it(`[I1] [I3] [I5] ${ENTRIES} random entries (seed ${seed}) leave exactly the changes sent, in order, on the frames the acks name`, async () => {
    const runs = await Promise.all(SESSIONS.map((encoding, index) => play(encoding, random(seed + index))));
    for (const { timeline, recorder, wram, pictureHash } of runs) {
      const claimed = timeline.changes();
      const [first] = recorder.changes;
      const offset = (first?.frame ?? 0) - (claimed[0]?.frame ?? 0);
      expect(Math.abs(offset)).toBeLessThan(START_FRAMES);
      const recorded = recorder.changes.map(({ frame, buttons }) => ({ frame: frame - offset, buttons }));
      expect(recorded).toEqual(claimed);
      const bare = runBare(timeline.masks);
      expect(pictureHash).toBe(bare.pictureHash);
      expect(Buffer.from(wram).equals(bare.wram)).toBe(true);
    }
  }, 600_000);
});

/** The same timeline on the core alone. */
function runBare(masks: readonly number[]): { wram: Uint8Array; pictureHash: string } {
  const machine = new Machine({ rom: readFileSync(gateway.config.rom), battery: undefined, sound: false });
  for (const buttons of masks) machine.runFrame(buttons, true);
  const wram = machine.memory().read(...WRAM);
  return { wram, pictureHash: createHash('sha256').update(machine.picture()).digest('hex') };
}
