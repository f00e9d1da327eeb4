import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../client/index.ts';
import { openNoop } from '../../server/emulator/drivers/noop.ts';
import type { ClientMessage, Outcome } from '../../shared/protocol.ts';
import { GameRecorder, RECORDER_RANGES } from '../support/game-recorder.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { type Direction, type Plan, TcpProxy } from '../support/tcp-proxy.ts';

/** Exchanges that run beside each other. */
const LANES = 8;

let gateway: TestGateway;
beforeAll(async () => {
  // A welcome that is cut leaves a session that nobody knows of: each holds an emulator until its time is over.
  const places = Array.from({ length: 4000 }, (_, index) => ({
    id: `noop-${index}`,
    kind: 'noop',
    rom: { name: 'noop', hash: '' },
    open: openNoop(),
  }));
  gateway = await startGateway({ resumeMs: 60_000 }, { places });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  expect(gateway.errors).toEqual([]);
});

const press = (hold: number) => ({ buttons: 1, hold, gap: 0, options: undefined });
/** Said again on every connection, as a gateway that was restarted would not know it. */
const DEFINITION: ClientMessage = { type: 'define', name: 'm', presses: [press(2), press(4)] };
/** Two presses, a group, keys, an entry that is rejected, a group with a macro, and a script: 13 entries. */
const EXCHANGE: readonly { readonly seq: number; readonly message: ClientMessage }[] = [
  { seq: 1, message: { type: 'input', seq: 1, press: press(3) } },
  { seq: 2, message: { type: 'input', seq: 2, press: press(5) } },
  {
    seq: 3,
    message: { type: 'inputs', firstSeq: 3, presses: [press(7), press(11)], options: undefined },
  },
  { seq: 5, message: { type: 'keys', seq: 5, buttons: 2 } },
  { seq: 6, message: { type: 'input', seq: 6, press: { ...press(1), buttons: 256 } } },
  {
    seq: 7,
    message: { type: 'inputs', firstSeq: 7, presses: [{ use: 'm', times: 2 }, press(6)], options: undefined },
  },
  { seq: 12, message: { type: 'script', firstSeq: 12, text: '(A:8:0*2)' } },
];
const LAST = 13;
/** What each entry covers, each once and in order. */
const EXPECTED = [
  [0, 3],
  [3, 5],
  [8, 7],
  [15, 11],
  [26, 1],
  [null, 0],
  [27, 2],
  [29, 4],
  [33, 2],
  [35, 4],
  [39, 6],
  [45, 8],
  [53, 8],
];

interface Known {
  session: { readonly session: string; readonly secret: string } | undefined;
  readonly outcomes: Map<number, Outcome>;
  saidBye: boolean;
}

/** The exchange by a client that does what docs/protocol.md says and nothing else, over as many connections as it takes. */
async function exchange(url: string): Promise<{ outcomes: Outcome[]; connections: number }> {
  const known: Known = { session: undefined, outcomes: new Map(), saidBye: false };
  for (let connections = 1; connections < 10; connections++) {
    if (await attempt(url, known)) return { outcomes: [...known.outcomes.values()], connections };
  }
  throw new Error('the exchange does not end');
}

/** One connection. True when the session has ended as it should. */
async function attempt(url: string, known: Known): Promise<boolean> {
  const client = await RawClient.open(url).catch(() => undefined);
  if (client === undefined) return false;
  const received = known.outcomes.size;
  client.send({
    type: 'hello',
    hello: known.session === undefined ? {} : { resume: { ...known.session, received } },
  });
  try {
    const { welcome } = await client.next('welcome');
    known.session = { session: welcome.session, secret: welcome.secret };
    client.send(DEFINITION);
    for (const { seq, message } of EXCHANGE) if (seq >= welcome.nextSeq) client.send(message);
    await client.until(() => highest(client, received) >= LAST, 'all acks');
    collect(client, known.outcomes);
    known.saidBye = true;
    client.send({ type: 'bye', discard: false });
    return (await client.end()).code === 1000;
  } catch {
    collect(client, known.outcomes);
    if (client.closed?.code !== 4502) return false;
    // Only a bye that arrived may have ended the session.
    expect(known).toMatchObject({ saidBye: true });
    return true;
  }
}

function highest(client: RawClient, received: number): number {
  return client.outcomes.at(-1)?.seq ?? received;
}

function collect(client: RawClient, outcomes: Map<number, Outcome>): void {
  for (const { seq, outcome } of client.outcomes) {
    const before = outcomes.get(seq);
    if (before === undefined) outcomes.set(seq, outcome);
    else expect(outcome).toEqual(before);
  }
}

describe('a connection cut after every single byte', () => {
  it('[I2] [I4] [I7] of a recorded exchange, in both directions, resumes with no entry lost or run twice', async () => {
    const lengths = await measure();
    const cuts = (['up', 'down'] as const).flatMap((direction) =>
      Array.from(
        { length: lengths[direction] },
        (_, afterBytes): Plan => ({ cut: { direction, afterBytes } }),
      ),
    );
    expect(cuts.length).toBeGreaterThan(1000);
    let resumed = 0;
    const lane = async (): Promise<void> => {
      await using proxy = await TcpProxy.open(gateway.port);
      for (let plan = cuts.pop(); plan !== undefined; plan = cuts.pop()) {
        const { connections: at } = proxy;
        const { cut } = plan;
        proxy.plan = (connection) => (connection === at ? { ...(cut !== undefined && { cut }) } : {});
        const { outcomes, connections } = await exchange(proxy.url);
        const covered = outcomes.map(({ firstFrame, frames }) => [firstFrame, frames]);
        expect(covered, `cut ${JSON.stringify(cut)}`).toEqual(EXPECTED);
        if (connections > 1) resumed++;
      }
    };
    const count = cuts.length;
    await Promise.all(Array.from({ length: LANES }, lane));
    // The last bytes are those of the close frames: whoever has all before them has what it wants.
    expect(resumed).toBeGreaterThan(count - 20);
  }, 60_000);
});

/** How many bytes travel in each direction when nothing is cut. */
async function measure(): Promise<Readonly<Record<Direction, number>>> {
  await using proxy = await TcpProxy.open(gateway.port);
  await exchange(proxy.url);
  return proxy.bytes;
}

describe('the SDK on the real game', () => {
  it('[I2] [I7] under a cut in every connection, one byte later each time, presses each button once, in order', async () => {
    await using real = await startGateway({ emulators: 1, resumeMs: 60_000 });
    await using proxy = await TcpProxy.open(real.port);
    proxy.plan = (connection) => {
      const direction = connection % 2 === 0 ? 'down' : 'up';
      const afterBytes = connection === 0 ? 3000 : 200 + 13 * connection;
      return { cut: { direction, afterBytes } };
    };
    const pad = await connect(proxy.url, { reconnect: { baseMs: 1, maxMs: 2 } });
    await pad.send('W:60');
    const recorder = new GameRecorder();
    const pair = pad.define('pair', [
      { buttons: 32, hold: 1, gap: 1 },
      { buttons: 1, hold: 1, gap: 1 },
    ]);
    const sent: number[] = [];
    const promises: Promise<readonly { readonly seq: number; readonly firstFrame: number | null }[]>[] = [];
    const states: string[] = [];
    pad.on('state', ({ status }) => states.push(status));
    for (let round = 0; round < 40; round++) {
      for (const mask of [1, 16, 64, 2, 128]) {
        sent.push(mask);
        promises.push(pad.press(mask, { hold: 1, gap: 1 }).then((outcome) => [outcome]));
      }
      promises.push(pad.sequence([pair]), pad.send('UP:1:1*3 (B:1:1*2)'));
      sent.push(32, 1, 64, 64, 64, 2, 2);
      recorder.drain((await pad.memory(RECORDER_RANGES.map(([at, size]) => [at, size]))).memory);
    }
    const outcomes = (await Promise.all(promises)).flat();
    proxy.plan = () => ({});
    await pad.send('W:1');
    recorder.drain((await pad.memory(RECORDER_RANGES.map(([at, size]) => [at, size]))).memory);
    await pad.close();
    expect(outcomes.map(({ seq }) => seq)).toEqual(sent.map((_, index) => index + 2));
    expect(outcomes.map(({ firstFrame }) => firstFrame)).toEqual(sent.map((_, index) => 60 + 2 * index));
    expect(recorder.changes.map(({ buttons }) => buttons).filter((buttons) => buttons !== 0)).toEqual(sent);
    expect(states.filter((status) => status === 'reconnecting').length).toBeGreaterThan(10);
    expect(proxy.connections).toBeGreaterThan(20);
    expect(real.errors).toEqual([]);
  }, 60_000);
});
