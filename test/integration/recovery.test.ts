import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { type Client, connect, type PressSpec } from '../../client/index.ts';
import { MemoryJournals } from '../../server/journal/memory.ts';
import { runRecords } from '../../server/journal/run-records.ts';
import { gameState } from '../support/game-state.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { GameRecorder, RECORDER_RANGES } from '../support/game-recorder.ts';
import { startGateway } from '../support/gateway.ts';
import { random } from '../support/random.ts';
import { RawClient } from '../support/raw-client.ts';
import { illegalRom } from '../support/test-rom.ts';

const QUICK = { baseMs: 1, maxMs: 20 };
const MORTAL_WORKER_URL = new URL('../support/mortal-worker.js', import.meta.url);
const BUTTONS = ['A', 'B', 'LEFT', 'RIGHT', 'UP', 'DOWN', 'A+B'] as const;
/** Presses that are the same for the same seed. */
function script(seed: number, count: number) {
  const choose = random(seed);
  return Array.from({ length: count }, () => ({
    button: BUTTONS[choose.below(BUTTONS.length)] ?? 'A',
    hold: 1 + choose.below(4),
    gap: 1 + choose.below(4),
  }));
}

type Presses = ReturnType<typeof script>;

function specs(presses: Presses): PressSpec[] {
  return presses.map(({ button, hold, gap }) => ({ buttons: button, hold, gap }));
}

function text(presses: Presses): string {
  return presses.map(({ button, hold, gap }) => `${button}:${hold}:${gap}`).join(' ');
}

async function press(pad: Client, presses: Presses): Promise<void> {
  const outcomes = await Promise.all(
    presses.map(({ button, hold, gap }) => pad.press(button, { hold, gap })),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(presses.map(() => 'executed'));
  let frame = outcomes[0]?.firstFrame ?? 0;
  for (const outcome of outcomes) {
    expect(outcome.firstFrame).toBe(frame);
    frame += outcome.frames;
  }
}

/** What the presses lead to where nothing happens. */
async function undisturbed(presses: Presses) {
  await using gateway = await startGateway();
  await using pad = await connect(gateway.url);
  await press(pad, presses);
  return await gameState(pad);
}

/** What the game itself says it was given. */
async function recorded(pad: Client): Promise<number> {
  const recorder = new GameRecorder();
  recorder.drain((await pad.memory(RECORDER_RANGES)).memory);
  return recorder.changes.length;
}

/** What is on record of a run, by kind. */
async function kinds(journals: MemoryJournals, run: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { record } of runRecords(journals, run, { onCut: () => undefined }))
    found.push(record.kind);
  return found;
}

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'joywire-'));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true });
});

describe('an embedded game whose worker dies', () => {
  it('[I9] is rebuilt to the same RAM, picture and frame, and nothing is lost or run twice', async () => {
    const presses = script(1, 150);
    const journals = new MemoryJournals();
    await using gateway = await startGateway(
      { journal: true, snapshotMs: 100, resumeMs: 60_000 },
      { journals, workerUrl: MORTAL_WORKER_URL },
    );
    await using pad = await connect(gateway.url);
    const channel = new BroadcastChannel('mortal');
    let deaths = 0;
    pad.on('event', ({ name }) => {
      if (name === 'emulator_rebuilt') deaths++;
    });
    for (let from = 0; from < presses.length; from += 15) {
      const running = press(pad, presses.slice(from, from + 15));
      channel.postMessage(1);
      await running;
    }
    channel.close();
    expect(deaths).toBeGreaterThan(3);
    expect(await gameState(pad)).toEqual(await undisturbed(presses));
    expect(gateway.errors).toEqual([]);
  });
});

describe('who watches and listens to a game whose worker dies', () => {
  it('[I9] goes on with the game that was rebuilt, sound and all', async () => {
    await using gateway = await startGateway(
      { journal: true, snapshotMs: 100, resumeMs: 60_000 },
      { journals: new MemoryJournals(), workerUrl: MORTAL_WORKER_URL },
    );
    await using pad = await connect(gateway.url, { emulator: { sound: true } });
    const pictures = pad.pictures({ fps: 60 });
    const sound = pad.sound();
    await pad.send('W:60 START W:60');
    const channel = new BroadcastChannel('mortal');
    const rebuilt = new Promise<void>((resolve) => {
      pad.on('event', ({ name }) => name === 'emulator_rebuilt' && resolve());
    });
    const walked = pad.send('RIGHT*3');
    channel.postMessage(1);
    await rebuilt;
    channel.close();
    await walked;
    const raw = (await pad.screen({ format: 'raw' })).bytes;
    for await (const { payload } of pictures) if (Buffer.compare(payload.rgb(), raw) === 0) break;
    await pad.pace('realtime');
    expect((await sound.next()).value?.payload.rate).toBe(44_100);
    expect(gateway.errors).toEqual([]);
  });
});

describe('a gateway that is killed', () => {
  it('[I7] [I9] goes on, and at turbo every game is as if nothing had happened', async () => {
    const data = folder();
    const presses = script(2, 240);
    let gateway = await GatewayProcess.start(data);
    const { port } = gateway;
    await using pad = await connect(gateway.url, { reconnect: QUICK });
    const choose = random();
    for (let from = 0; from < presses.length; from += 40) {
      const running = press(pad, presses.slice(from, from + 40));
      await new Promise((resolve) => setTimeout(resolve, choose.below(200)));
      await gateway.kill();
      gateway = await GatewayProcess.start(data, port);
      await running;
    }
    expect(await gameState(pad), `seed ${choose.seed}`).toEqual(await undisturbed(presses));
    // The first press is over before the game looks at its buttons.
    expect(await recorded(pad)).toBe(2 * (presses.length - 1));
    await pad.close();
    expect(await gateway.kill('SIGTERM')).toBe(0);
  });

  it('[I7] [I9] goes on with macros and scripts: whatever it knows of them no more, each press runs once', async () => {
    const data = folder();
    const again = script(4, 5);
    const rounds = [5, 6, 7, 8].map((seed) => script(seed, 30));
    let gateway = await GatewayProcess.start(data);
    await using pad = await connect(gateway.url, { reconnect: QUICK });
    const defined = pad.define('again', specs(again));
    const choose = random();
    for (const presses of rounds) {
      const running = Promise.all([
        pad.sequence([defined]),
        pad.send(text(presses.slice(0, 10))),
        pad.sequence([pad.define('ten', specs(presses.slice(10, 20)))]),
        pad.send(`(${text(presses.slice(20))})`),
      ]);
      await new Promise((resolve) => setTimeout(resolve, choose.below(200)));
      await gateway.kill();
      gateway = await GatewayProcess.start(data, gateway.port);
      const outcomes = (await running).flat();
      expect(outcomes.map(({ status }) => status)).toEqual(Array(35).fill('executed'));
    }
    const all = rounds.flatMap((presses) => [...again, ...presses]);
    expect(await gameState(pad), `seed ${choose.seed}`).toEqual(await undisturbed(all));
    await pad.close();
    await gateway.kill();
  });

  it('[I7] loses nothing in a rolling restart under load', async () => {
    const data = folder();
    const presses = script(3, 160);
    let gateway = await GatewayProcess.start(data);
    const { port } = gateway;
    await using pad = await connect(gateway.url, { reconnect: QUICK });
    for (let from = 0; from < presses.length; from += 40) {
      const running = press(pad, presses.slice(from, from + 40));
      expect(await gateway.kill('SIGTERM')).toBe(0);
      gateway = await GatewayProcess.start(data, port);
      await running;
    }
    expect(await gameState(pad)).toEqual(await undisturbed(presses));
    await pad.close();
    await gateway.kill();
  });

  it('[I9] goes on at realtime from the last frame on record, and says so', async () => {
    const data = folder();
    let gateway = await GatewayProcess.start(data);
    await using pad = await connect(gateway.url, { reconnect: QUICK, pace: 'realtime', speed: 4 });
    const before = await pad.press('A');
    const rebuilt = new Promise<unknown>((resolve) => {
      pad.on('event', ({ name, data: told }) => {
        if (name === 'emulator_rebuilt') resolve(told);
      });
    });
    await gateway.kill();
    gateway = await GatewayProcess.start(data, gateway.port);
    expect(await rebuilt).toMatchObject({ cause: 'restarted', frame: expect.any(Number) });
    const after = await pad.press('B');
    expect(after.firstFrame).toBeGreaterThanOrEqual((before.firstFrame ?? 0) + before.frames);
    expect(await recorded(pad)).toBe(4);
    await pad.close();
    await gateway.kill();
  });
});

describe('a journal that cannot be kept', () => {
  it('stops running and acking, says so, and goes on when it can be', async () => {
    const journals = new MemoryJournals();
    await using gateway = await startGateway({ journal: true, resumeMs: 60_000 }, { journals });
    await using pad = await connect(gateway.url);
    await pad.press('A');
    const told: string[] = [];
    const stalled = new Promise<void>((resolve) => {
      pad.on('event', ({ name }) => {
        told.push(name);
        if (name === 'journal_stalled') resolve();
      });
    });
    journals.fault = 'the disk is full';
    const presses = [pad.press('B'), pad.press('A'), pad.press('B')];
    await stalled;
    const refused = connect(gateway.url, { reconnect: false });
    await expect(refused).rejects.toMatchObject({ code: 'journal_unavailable' });
    let acked = 0;
    for (const each of presses) void each.then(() => acked++);
    await pad.emulators();
    expect(acked).toBe(0);
    journals.fault = undefined;
    const outcomes = await Promise.all(presses);
    expect(outcomes.map(({ status }) => status)).toEqual(['executed', 'executed', 'executed']);
    expect(told).toEqual(['journal_stalled', 'journal_resumed']);
    expect(await recorded(pad)).toBe(8);
  });
});

describe('checkpoints', () => {
  it('outlive the gateway, start a session, can be carried elsewhere, and can be deleted', async () => {
    const data = folder();
    let gateway = await GatewayProcess.start(data);
    const first = await connect(gateway.url);
    await first.send('UP*3 RIGHT*2');
    await first.save('here');
    const here = await gameState(first);
    await first.close();
    expect(await gateway.kill('SIGTERM')).toBe(0);
    gateway = await GatewayProcess.start(data);
    const pad = await connect(gateway.url, { emulator: { state: 'here' } });
    const { memory, screen } = await gameState(pad);
    expect({ memory, screen }).toEqual({ memory: here.memory, screen: here.screen });

    const { bytes } = await pad.downloadCheckpoint('here');
    await pad.uploadCheckpoint('there', bytes);
    await pad.send('LEFT*4');
    await pad.load('there');
    expect((await gameState(pad)).memory).toEqual(here.memory);
    await pad.deleteCheckpoint('here');
    expect((await pad.checkpoints()).map(({ name }) => name)).toEqual(['there']);
    await expect(pad.deleteCheckpoint('here')).rejects.toMatchObject({ code: 'unknown_checkpoint' });

    const broken = bytes.slice();
    broken[bytes.length - 100] = (broken[bytes.length - 100] ?? 0) ^ 0xff;
    await expect(pad.uploadCheckpoint('bad', broken)).rejects.toMatchObject({ code: 'invalid_params' });
    await expect(pad.uploadCheckpoint('../bad', bytes)).rejects.toMatchObject({ code: 'invalid_params' });
    expect((await gameState(pad)).memory).toEqual(here.memory);
    await pad.close();
    await gateway.kill();
  });

  it('are refused beyond the limit, saved and uploaded', async () => {
    await using gateway = await startGateway();
    await using pad = await connect(gateway.url);
    await pad.save('first');
    const { bytes } = await pad.downloadCheckpoint('first');
    for (let kept = 1; kept < 256; kept++) await pad.save(`c${kept}`);
    const { outcome } = await pad.save('over');
    expect([outcome.status, outcome.detail?.code]).toEqual(['failed', 'checkpoints_full']);
    await expect(pad.uploadCheckpoint('over', bytes)).rejects.toMatchObject({ code: 'checkpoints_full' });
    await pad.deleteCheckpoint('c1');
    await pad.save('over');
    expect(await pad.checkpoints()).toHaveLength(256);
  });

  it('are not taken from outside where the operator forbids it', async () => {
    await using gateway = await startGateway({ stateUploads: false });
    await using pad = await connect(gateway.url);
    await expect(pad.uploadCheckpoint('x', new Uint8Array(8))).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('an entry that kills its game', () => {
  it('[I9] is given up after it has done so again and again; what ran before it stays, and what comes after it runs', async () => {
    const rom = join(folder(), 'illegal.gb');
    writeFileSync(rom, illegalRom());
    await using gateway = await startGateway(
      { rom, journal: true, resumeMs: 60_000 },
      { journals: new MemoryJournals() },
    );
    await using pad = await connect(gateway.url, { onFailure: 'continue' });
    await pad.send('W:10');
    const [before] = await pad.send('B:3');
    const outcomes = await pad.send('A:30 B:5');
    expect(outcomes.map(({ status, detail }) => detail?.code ?? status)).toEqual(['entry_fatal', 'executed']);
    expect(outcomes[1]?.firstFrame).toBe((before?.firstFrame ?? 0) + (before?.frames ?? 0));
  });
});

describe('an emulator that cannot be rebuilt', () => {
  it('[I2] has its intent on record: after a crash what was in flight is unknown, and not forgotten', async () => {
    await using behind = await startGateway({
      emulators: 1,
      compatPort: 0,
      compatCount: 1,
      compatWarmupFrames: 0,
    });
    const journals = new MemoryJournals();
    const emulators = [{ kind: 'pokemon-gym' as const, url: `http://127.0.0.1:${behind.compatPorts[0]}` }];
    const settings = { emulators, journal: true, resumeMs: 60_000 };
    await using first = await startGateway(settings, { journals });
    const client = await RawClient.hello(first.url);
    const { session, secret } = client.welcome;
    client.press(1, { hold: undefined, gap: undefined });
    await client.acked(1);
    client.group(
      2,
      Array.from({ length: 60 }, () => ({ hold: undefined, gap: undefined })),
    );
    await expect.poll(async () => (await kinds(journals, session)).at(-1)).toBe('intent');
    // The process is dead: what it does from here on is on no record, and nobody hears of it.
    journals.kill();
    client.cut();

    await using second = await startGateway(settings, { journals });
    const back = await RawClient.hello(second.url, { resume: { session, secret, received: 1 } });
    expect(back.welcome).toMatchObject({ resumed: true, nextSeq: 62 });
    const outcomes = await back.acked(61);
    expect(outcomes.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, index) => index + 2));
    expect(new Set(outcomes.map(({ outcome }) => outcome.status))).toEqual(new Set(['unknown']));
    expect(await back.next('event')).toMatchObject({
      name: 'emulator_replaced',
      data: { cause: 'restarted' },
    });
  });
});
