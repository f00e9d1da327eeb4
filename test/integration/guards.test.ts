import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, connect, type EntryOutcome } from '../../client/index.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

/** The world's memory, as roms/README.md has it. */
const WORLD = 'W:60 START W:60';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ emulators: 4 });
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function inWorld(): Promise<Client> {
  const pad = await connect(gateway.url);
  await pad.send(WORLD);
  return pad;
}

async function look(pad: Client) {
  const { bytes, frame } = await pad.memory(0xc010, 16);
  const [mode, x, y] = bytes;
  return { frame, mode, x, y, box: bytes[15] };
}

/** What became of each: the frames of those that ran, else the guard and the frame it decided on. */
function fates(outcomes: readonly EntryOutcome[]): string[] {
  return outcomes.map(({ status, frames, detail }) => {
    const waited = detail?.waited === undefined ? '' : `${detail.waited}+`;
    return status === 'executed'
      ? `${waited}${frames}`
      : `${waited}${status} ${detail?.code} ${detail?.guard?.index}`;
  });
}

function tail(outcomes: readonly EntryOutcome[]): number {
  const last = outcomes.findLast(({ status }) => status === 'executed');
  return (last?.firstFrame ?? 0) + (last?.frames ?? 0);
}

describe('a group with guards', () => {
  it('walks until a tile is reached and stops exactly there, in one round trip', async () => {
    await using pad = await inWorld();
    const outcomes = await pad.send('(RIGHT*20){stop 0xC011==18}', { observe: { memory: [[0xc011, 2]] } });
    expect(fates(outcomes)).toEqual([...Array(8).fill('16'), ...Array(12).fill('rejected guard 0')]);
    const { x, y, frame } = await look(pad);
    expect({ x, y }).toEqual({ x: 18, y: 10 });
    expect(frame).toBe(tail(outcomes));
    const last = outcomes.at(-1);
    expect(last?.detail?.guard).toEqual({ index: 0, frame, value: 18 });
    expect(last?.detail?.message).toBe(`guards[0] {stop 0xC011==18}: the byte is 18`);
    expect(new Set(outcomes.map(({ batch }) => batch?.id)).size).toBe(1);
    expect([...(last?.detail?.observed?.memory?.[0] ?? [])]).toEqual([18, 10]);
  });

  it('waits until a text box is open, then presses', async () => {
    await using pad = await inWorld();
    const outcomes = await pad.send('(UP A B{wait 0xC010==2 60}){go 0xC010<=2}');
    const { mode } = await look(pad);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(3).fill('executed'));
    expect(mode).toBe(1);
    const text = await pad.send('A B{wait 0xC01F==2 600}');
    expect(text[1]?.detail?.waited).toBeGreaterThan(20);
    const [opened, closed] = text;
    expect(closed?.firstFrame).toBe(
      (opened?.firstFrame ?? 0) + (opened?.frames ?? 0) + (closed?.detail?.waited ?? 0),
    );
  });

  it('goes on without what it waited for if it is to, and else not', async () => {
    await using pad = await inWorld();
    const before = (await look(pad)).frame;
    const outcomes = await pad.send('RIGHT{wait 0xC010==9 30} RIGHT{wait 0xC010==9 30 go}');
    expect(fates(outcomes)).toEqual(['30+rejected guard 0', '30+16']);
    expect(outcomes[0]?.detail?.guard).toEqual({ index: 0, frame: before + 30, value: 1 });
    expect(outcomes[1]?.firstFrame).toBe(before + 60);
    expect(await look(pad)).toMatchObject({ x: 11, frame: before + 76 });
  });

  it('has ranges for the groups inside: a range that stops ends there, and what is behind it runs', async () => {
    await using pad = await inWorld();
    const outcomes = await pad.send(
      '((RIGHT*9){stop 0xC011==12} (LEFT*9){stop 0xC011==11} DOWN)*2{go 0xC010==1}',
    );
    const round = (steps: number, back: number) => [
      ...Array(steps).fill('16'),
      ...Array(9 - steps).fill('rejected guard'),
      ...Array(back).fill('16'),
      ...Array(9 - back).fill('rejected guard'),
      '16',
    ];
    const short = fates(outcomes).map((fate) => fate.replace(/ \d$/, ''));
    expect(short).toEqual([...round(2, 1), ...round(1, 1)]);
    expect(await look(pad)).toMatchObject({ x: 11, y: 12 });
    expect(outcomes[4]?.detail?.guard?.index).toBe(1);
    expect(outcomes.at(-2)?.detail?.guard?.index).toBe(4);
  });

  it('is no failure when it stops: what is queued behind it runs, and its own batch says where it travelled', async () => {
    await using pad = await inWorld();
    const [stopped, after] = await Promise.all([pad.send('(UP*3){stop 0xC010==1}'), pad.press('RIGHT')]);
    expect(fates(stopped)).toEqual(Array(3).fill('rejected guard 0'));
    expect(stopped[0]?.batch).toMatchObject({ reason: 'group' });
    expect(after).toMatchObject({ status: 'executed' });
    expect(await look(pad)).toMatchObject({ x: 11, y: 10 });
  });

  it('counts the presses that macros stand for, in its ranges and outcomes', async () => {
    await using pad = await inWorld();
    const step = pad.define('step', 'RIGHT');
    const guards = [{ address: 0xc011, op: '==', value: 12, from: 1, count: 8 }] as const;
    const outcomes = await pad.sequence(['DOWN', step.repeat(8), 'LEFT'], { guards });
    expect(fates(outcomes)).toEqual(['16', '16', '16', ...Array(6).fill('rejected guard 0'), '16']);
    expect(await look(pad)).toMatchObject({ x: 11, y: 11 });
  });

  it('looks at the masked byte', async () => {
    await using pad = await inWorld();
    const outcomes = await pad.send('(RIGHT*8){stop 0xC011&0x03==0}');
    expect(await look(pad)).toMatchObject({ x: 12 });
    expect(outcomes[2]?.detail?.guard?.value).toBe(0);
  });

  it('keeps held keys held while it waits', async () => {
    await using pad = await inWorld();
    await pad.keys('RIGHT');
    await pad.send('A:1:0{wait 0xC011==15 200}');
    await pad.keys('');
    expect((await look(pad)).x).toBeGreaterThanOrEqual(15);
  });
});

describe('at realtime', () => {
  it('a guard is looked at between the frames of the clock, and waiting is the clock going on', async () => {
    await using pad = await inWorld();
    await pad.pace('realtime', 8);
    const outcomes = await pad.send('(RIGHT*20){stop 0xC011==18} A:2:2{wait 0xC010==9 20}');
    expect(fates(outcomes).filter((fate) => fate === '16')).toHaveLength(8);
    const stopped = outcomes[8]?.detail?.guard;
    expect(stopped).toEqual({ index: 0, frame: tail(outcomes.slice(0, 8)), value: 18 });
    const waited = outcomes.at(-1)?.detail;
    expect(waited).toMatchObject({ code: 'guard', waited: 20 });
    expect(await look(pad)).toMatchObject({ x: 18, y: 10 });
  });
});

describe('an emulator without guards', () => {
  it('rejects the group as a whole, naming the capability', async () => {
    await using noop = await startGateway({ emulators: [{ kind: 'noop', count: 1 }] });
    await using pad = await connect(noop.url);
    expect(pad.emulator?.capabilities.guards).not.toBe(true);
    const outcomes = await pad.send('(A B){stop 0xC011==18}');
    expect(outcomes.map(({ status, detail }) => [status, detail?.code])).toEqual([
      ['rejected', 'group_rejected'],
      ['rejected', 'unsupported'],
    ]);
    expect(outcomes[1]?.detail?.message).toMatch(/^guards: /);
  });
});
