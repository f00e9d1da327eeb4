import { BroadcastChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { type Client, connect, type EntryOutcome } from '../../client/index.ts';
import { MemoryJournals } from '../../server/journal/memory.ts';
import type { Guard } from '../../shared/guards.ts';
import { dataDirectory, type DataDirectory } from '../support/data-directory.ts';
import { gameState } from '../support/game-state.ts';
import { startGateway } from '../support/gateway.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { type Random, random } from '../support/random.ts';
import { RawClient } from '../support/raw-client.ts';

const QUICK = { baseMs: 1, maxMs: 20 };
const MORTAL_WORKER_URL = new URL('../support/mortal-worker.js', import.meta.url);
const WORLD = 'W:60 START W:60';
/** Nothing makes the mode 9. */
const IN_VAIN = '(RIGHT A{wait 0xC010==9 250} LEFT){go 0xC010<=5}';

const directories: DataDirectory[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) directory.remove();
});
function folder(): string {
  const directory = dataDirectory();
  directories.push(directory);
  return directory.path;
}

/** Guarded groups, some inside others, about what changes in the world: frames, place, mode, buttons. */
function guardedScript(choose: Random): string {
  const guard = () => {
    const byte = choose.pick(['0xC004&0x1F', '0xC011', '0xC012', '0xC010', '0xC014', '0xC00C']);
    const condition = `${byte}${choose.pick(['==', '!=', '<', '>='])}${choose.below(20)}`;
    const wait = () => `wait ${condition} ${1 + choose.below(60)}${choose.pick(['', ' go'])}`;
    return `{${choose.pick([() => `stop ${condition}`, () => `go ${condition}`, wait, wait])()}}`;
  };
  const press = () => `${choose.pick(['RIGHT', 'LEFT', 'UP', 'DOWN', 'A', 'B', 'W:9'])}`;
  const maybe = () => (choose.below(3) === 0 ? guard() : '');
  const inner = () => `(${press()} ${press()}${maybe()} ${press()})${guard()}`;
  return `(${press()} ${inner()} ${press()}${maybe()} ${inner()})${maybe()} ${press()}`;
}

/** @param keys whether some of them hold keys: these are let go when the line breaks */
function scripts(seed: number, count: number, keys = false): readonly string[] {
  const choose = random(seed);
  const held = () => `keys ${choose.pick(['B', 'DOWN', 'SELECT', 'RIGHT'])}`;
  return Array.from({ length: count }, (_, at) => (keys && at % 4 === 1 ? held() : guardedScript(choose)));
}

/** Sends a script, or holds keys: `keys B`. */
async function play(pad: Client, what: string): Promise<readonly EntryOutcome[]> {
  return what.startsWith('keys ') ? [await pad.keys(what.slice(5))] : await pad.send(what);
}

/** All that is told of an entry but how it travelled. */
function told(outcomes: readonly EntryOutcome[]) {
  return outcomes.map((outcome) => ({ ...outcome, batch: undefined }));
}

/** What scripts lead to where nothing happens. */
async function undisturbed(all: readonly string[]) {
  await using gateway = await startGateway();
  await using pad = await connect(gateway.url);
  const outcomes = [];
  for (const script of [WORLD, ...all]) outcomes.push(...told(await play(pad, script)));
  return { outcomes: outcomes.slice(3), state: await gameState(pad) };
}

/** Resolves once the game has run so many frames more, while it is under way. */
async function underWay(pad: Client, frames: number): Promise<void> {
  const from = (await pad.memory(0xc004, 1, { now: true })).frame;
  await expect
    .poll(async () => (await pad.memory(0xc004, 1, { now: true })).frame, { interval: 1, timeout: 10_000 })
    .toBeGreaterThan(from + frames);
}

describe('a game with guards whose worker dies', () => {
  const mortal = () =>
    startGateway(
      { journal: true, snapshotMs: 100, resumeMs: 60_000 },
      { journals: new MemoryJournals(), workerUrl: MORTAL_WORKER_URL },
    );

  it('[I9] in the middle of a wait waits again, to the same frame, RAM and picture', async () => {
    await using gateway = await mortal();
    const channel = new BroadcastChannel('mortal');
    await using pad = await connect(gateway.url);
    const rebuilt: string[] = [];
    pad.on('event', ({ name }) => rebuilt.push(name));
    await pad.send(WORLD);
    const running = pad.send(IN_VAIN);
    await underWay(pad, 60);
    channel.postMessage(1);
    const outcomes = told(await running);
    expect(rebuilt).toEqual(['emulator_rebuilt']);
    expect({ outcomes, state: await gameState(pad) }).toEqual(await undisturbed([IN_VAIN]));
    expect(outcomes[1]?.detail).toMatchObject({ code: 'guard', waited: 250 });
    channel.close();
    expect(gateway.errors).toEqual([]);
  });

  it('[I9] after a wait that was in vain has the frames that no entry covers', async () => {
    await using gateway = await mortal();
    const channel = new BroadcastChannel('mortal');
    await using pad = await connect(gateway.url);
    const all = ['RIGHT A{wait 0xC010==9 77}', 'LEFT{wait 0xC010==9 5 go} B{wait 0xC010==9 33}'];
    await pad.send(WORLD);
    for (const script of all) {
      await pad.send(script);
      const rebuilt = new Promise<void>((resolve) => {
        pad.on('event', ({ name }) => name === 'emulator_rebuilt' && resolve());
      });
      channel.postMessage(1);
      await rebuilt;
    }
    expect(await gameState(pad)).toEqual((await undisturbed(all)).state);
    channel.close();
  });

  it('[I9] at any moment of random groups gives the outcomes and the game of one that lives', async () => {
    const { seed } = random();
    const all = scripts(seed, 8, true);
    await using gateway = await mortal();
    const channel = new BroadcastChannel('mortal');
    await using pad = await connect(gateway.url);
    let deaths = 0;
    pad.on('event', ({ name }) => {
      if (name === 'emulator_rebuilt') deaths++;
    });
    await pad.send(WORLD);
    const choose = random(seed);
    const outcomes = [];
    for (const script of all) {
      const running = play(pad, script);
      // The message finds the game between two slices of the batch, or before or after it.
      for (let looks = choose.below(4); looks > 0; looks--) await pad.memory(0xc004, 1, { now: true });
      channel.postMessage(1);
      outcomes.push(...told(await running));
    }
    expect(deaths, `seed ${seed}`).toBeGreaterThan(3);
    expect({ outcomes, state: await gameState(pad) }, `seed ${seed}`).toEqual(await undisturbed(all));
    channel.close();
    expect(gateway.errors).toEqual([]);
  });
});

describe('a gateway that is killed while guards decide', () => {
  it('[I7] [I9] goes on in the middle of a wait, and every outcome is that of a game that lives', async () => {
    const { seed } = random();
    const all = [IN_VAIN, ...scripts(seed, 2), IN_VAIN, ...scripts(seed + 1, 2)];
    const data = folder();
    let gateway = await GatewayProcess.start(data);
    const { port } = gateway;
    await using pad = await connect(gateway.url, { reconnect: QUICK });
    await pad.send(WORLD);
    const outcomes: ReturnType<typeof told> = [];
    for (let from = 0; from < all.length; from += 3) {
      const running = all.slice(from, from + 3).map((script) => pad.send(script));
      await underWay(pad, 100);
      await gateway.kill();
      gateway = await GatewayProcess.start(data, port);
      for (const each of running) outcomes.push(...told(await each));
    }
    expect({ outcomes, state: await gameState(pad) }, `seed ${seed}`).toEqual(await undisturbed(all));
    await pad.close();
    expect(await gateway.kill('SIGTERM')).toBe(0);
  });

  it('[I4] [I7] answers what guards did again, to a resume and after a restart, as it was', async () => {
    const data = folder();
    const gateway = await GatewayProcess.start(data);
    const first = await RawClient.hello(gateway.url);
    const { session, secret } = first.welcome;
    const guards: Guard[] = [{ address: 0xc004, op: '>=', value: 30, then: 'wait', frames: 40, count: 1 }];
    guards.push({ address: 0xc004, op: '!=', value: 0, from: 1, count: 2 });
    first.press(1, { buttons: 0, hold: 10, gap: 0 });
    first.send({
      type: 'inputs',
      firstSeq: 2,
      presses: [1, 2, 4, 8].map((buttons) => ({ buttons, hold: 4, gap: 4, options: undefined })),
      options: { guards },
    });
    const outcomes = await first.acked(5);
    expect(outcomes.map(({ outcome }) => outcome.detail?.code ?? outcome.status)).toEqual([
      'executed',
      'executed',
      'guard',
      'guard',
      'executed',
    ]);
    expect(outcomes[1]?.outcome.detail?.waited).toBeGreaterThan(10);
    first.cut();
    const resume = { session, secret, received: 0 };
    const second = await RawClient.hello(gateway.url, { resume });
    expect(await second.acked(5)).toEqual(outcomes);
    await gateway.kill();
    const after = await GatewayProcess.start(data, gateway.port);
    const third = await RawClient.hello(after.url, { resume }, 'json');
    expect(await third.acked(5)).toEqual(outcomes);
    third.press(6);
    expect((await third.acked(6)).at(-1)?.outcome.status).toBe('executed');
    third.cut();
    await after.kill();
  });
});
