import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeClientMessage } from '../../shared/codec.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type Random, random } from '../support/random.ts';
import { randomMessage } from '../support/random-entries.ts';
import { RawClient } from '../support/raw-client.ts';

/** For a longer run: JOYWIRE_TEST_ATTACKS=100000; a seed again: JOYWIRE_TEST_SEED=… */
const ATTACKS = Number(process.env['JOYWIRE_TEST_ATTACKS'] ?? 600);
const MAX_MESSAGE_BYTES = 8192;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ driver: 'noop', emulators: 256, maxMessageBytes: MAX_MESSAGE_BYTES });
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Everything a hostile or broken client may put into one frame. */
const FRAMES: readonly [
  (choose: Random) => Uint8Array | string,
  ...((choose: Random) => Uint8Array | string)[],
] = [
  (choose) => bytes(choose, choose.below(300)),
  (choose) => new Uint8Array(MAX_MESSAGE_BYTES + choose.below(1000)),
  (choose) => new Uint8Array(choose.below(MAX_MESSAGE_BYTES)).fill(0x91),
  (choose) => '['.repeat(choose.below(MAX_MESSAGE_BYTES)),
  (choose) => truncated(valid(choose), choose),
  (choose) => mutated(valid(choose), choose),
  (choose) => mutated(Uint8Array.from([0x93, choose.below(16), 0xcf, ...bytes(choose, 12)]), choose),
  (choose) =>
    Uint8Array.from([
      0x92,
      1 + choose.below(13),
      ...[0xdd, 0xdf, 0xc6, 0xdb].slice(choose.below(4)),
      255,
      255,
      255,
    ]),
  (choose) => valid(choose),
];

function bytes(choose: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => choose.below(256));
}

function valid(choose: Random): Uint8Array {
  const frame = encodeClientMessage(randomMessage(choose, 1 + choose.below(50)).message, 'msgpack');
  return typeof frame === 'string' ? new TextEncoder().encode(frame) : frame;
}

function truncated(frame: Uint8Array, choose: Random): Uint8Array {
  return frame.slice(0, choose.below(frame.length));
}

function mutated(frame: Uint8Array, choose: Random): Uint8Array {
  const copy = Uint8Array.from(frame);
  for (let changes = 1 + choose.below(3); changes > 0; changes--)
    copy[choose.below(copy.length)] = choose.below(256);
  return copy;
}

/** Sends nonsense until the gateway ends the connection or all is sent; true if the gateway said anything wrong with it. */
async function attack(choose: Random): Promise<void> {
  const encoding = choose.pick(['msgpack', 'json'] as const);
  await using client = await RawClient.open(gateway.url, encoding);
  if (choose.below(4) > 0) {
    client.send({ type: 'hello', hello: {} });
    await client.until(
      () => client.all('welcome').length > 0 || client.closed !== undefined,
      'welcome',
      true,
    );
  }
  for (let frames = 1 + choose.below(8); frames > 0 && client.closed === undefined; frames--) {
    client.sendFrame(choose.pick(FRAMES)(choose));
  }
  client.send({ type: 'ping', n: 1 });
  // Whatever came: either the connection lives and answers, or it ended with a code of the lists.
  await client.until(() => client.all('pong').length > 0 || client.closed !== undefined, 'pong', true);
  if (client.closed !== undefined) expect([1003, 1007, 1009, 1013, 4500, 4504]).toContain(client.closed.code);
}

describe('bad bytes', () => {
  const seed = random().seed;

  it(`${ATTACKS} attacks (seed ${seed}) end in errors and close codes; an honest session beside them sees nothing`, async () => {
    const choose = random(seed);
    await using honest = await RawClient.hello(gateway.url);
    let seq = 0;
    for (let done = 0; done < ATTACKS; done += 8) {
      const attacks = Array.from({ length: 8 }, () => attack(choose));
      honest.press(++seq);
      await Promise.all(attacks);
      await honest.acked(seq);
    }
    expect(honest.all('error')).toEqual([]);
    expect(honest.outcomes.every(({ outcome }) => outcome.status === 'executed')).toBe(true);
    expect(gateway.errors).toEqual([]);
  }, 600_000);
});
