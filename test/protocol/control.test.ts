import { describe, expect, it } from 'vitest';
import type { Hello } from '../../shared/protocol.ts';
import type { ManualDriver } from '../support/manual-driver.ts';
import { bye, call, codes, event, ManualGateway, pressed, tokensFor } from '../support/manual-gateway.ts';

const PLAYERS = { ann: 'play', bob: 'play', chef: 'admin' } as const;

describe('consent', () => {
  it('of one controller does not count against the next', async () => {
    const { tokensFile, token } = tokensFor(PLAYERS);
    await using table = await ManualGateway.start({ tokensFile });
    const ann = await table.client({ token: token('ann') });
    const bob = await table.asking({ token: token('bob') });
    const { request } = await event(ann, 'control_requested');
    const chef = await table.take({ token: token('chef') });
    // Too late: it is no longer hers to give. A word to the chef is asked for anew.
    await call(ann, 'grant_control', { request, grant: true });
    const asked = await event(chef, 'control_requested');
    expect(await pressed(chef, 1)).toBe('executed');
    expect(await call(chef, 'grant_control', { request: asked['request'], grant: false })).toMatchObject({});
    await bob.end();
    expect(bob.all('error')[0]?.error.code).toBe('control_refused');
    expect(await pressed(chef, 2)).toBe('executed');
  });

  it('is asked of whoever is left when the controller leaves meanwhile', async () => {
    const { tokensFile, token } = tokensFor(PLAYERS);
    await using table = await ManualGateway.start({ tokensFile });
    const ann = await table.client({ token: token('ann') });
    const bob = await table.asking({ token: token('bob') });
    await event(ann, 'control_requested');
    await bye(ann);
    await bob.next('welcome');
    expect(await pressed(bob, 1)).toBe('executed');
  });
});

describe('time', () => {
  it('goes on for the one below when the taker was cut off and its time is over', async () => {
    await using table = await ManualGateway.start({});
    const agent = await table.client({ pace: 'realtime' });
    const person = await table.take({ resumeMs: 1 });
    person.cut();
    await event(agent, 'control_granted');
    const { calls } = table.driver;
    await expect
      .poll(() => calls.lastIndexOf('freeze false'))
      .toBeGreaterThan(calls.lastIndexOf('freeze true'));
    expect(calls).toContain('freeze true');
  });

  it('is the pace that the taker asks for, also `turbo`, and else what it was with its speed', async () => {
    await using table = await ManualGateway.start({});
    await table.client({ pace: 'realtime', speed: 4 });
    await table.take();
    await table.take({ pace: 'turbo' });
    const paces = table.driver.calls.filter((made) => made.startsWith('pace'));
    expect(paces.at(-1)).toBe('pace turbo 1');
    expect(paces).not.toContain('pace realtime 1');
  });
});

describe('taking over', () => {
  it('[I1] [I2] lets the batch in flight end, rejects the queue, and leaves one outcome each', async () => {
    await using table = await ManualGateway.start();
    const agent = await table.client({ label: 'agent' });
    const finish = table.hold();
    agent.press(1);
    await expect.poll(() => table.driver.batches.length).toBe(1);
    agent.press(2);
    agent.group(3, [{}, {}]);
    agent.send({ type: 'command', seq: 5, command: { method: 'reset' } });
    const person = await table.asking({ label: 'person' });
    expect(await event(agent, 'control_lost')).toMatchObject({ label: 'person', owner: 'local' });
    agent.press(6);
    // Nothing of the taker comes in between: the batch of the other is still in flight.
    person.press(1);
    expect(await call(agent, 'emulators')).toMatchObject({ emulators: [{ session: agent.welcome.session }] });
    expect(table.driver.batches.length).toBe(1);
    expect(person.all('welcome')).toEqual([]);
    finish();
    expect(codes(await agent.acked(6))).toEqual(['executed', ...Array<string>(5).fill('control_lost')]);
    expect(agent.outcomes.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(codes(await person.acked(1))).toEqual(['executed']);
    expect(table.driver.calls).not.toContain('reset');
  });

  it('releases the buttons of the loser before the taker begins', async () => {
    await using table = await ManualGateway.start();
    const agent = await table.client();
    agent.send({ type: 'keys', seq: 1, buttons: 32 });
    await agent.acked(1);
    await table.take({ pace: 'realtime' });
    expect(table.driver.calls).toEqual(['release', 'pace realtime 1', 'freeze false']);
  });

  it('[I7] from a session without a connection tells it when it resumes, and it goes on when it gets control', async () => {
    await using table = await ManualGateway.start();
    const agent = await table.client();
    expect(await pressed(agent, 1)).toBe('executed');
    agent.cut();
    const person = await table.take({ label: 'person' });
    expect(await pressed(person, 1)).toBe('executed');
    const { session, secret } = agent.welcome;
    const again = await table.client({ resume: { session, secret, received: 1 } });
    expect(again.welcome).toMatchObject({
      resumed: true,
      nextSeq: 2,
      controller: { session: person.welcome.session, label: 'person', owner: 'local' },
    });
    expect(await event(again, 'control_lost')).toMatchObject({ by: person.welcome.session });
    expect(await pressed(again, 2)).toBe('control_lost');
    await bye(person);
    await event(again, 'control_granted');
    expect(await pressed(again, 3)).toBe('executed');
    expect(again.welcome.controller).toMatchObject({ label: 'person' });
  });

  it('ends with the game when both are gone, and the next one gets a fresh game', async () => {
    await using table = await ManualGateway.start();
    const agent = await table.client({ resumeMs: 1 });
    const person = await table.take({ resumeMs: 1 });
    agent.cut();
    person.cut();
    const next = await table.client();
    expect(await pressed(next, 1)).toBe('executed');
    expect(table.drivers.length).toBe(2);
    expect(next.welcome.emulator?.frame).toBe(0);
  });

  it('by several at once while a batch is in flight leaves one in control, and all get it back in turn', async () => {
    await using table = await ManualGateway.start();
    const agent = await table.client();
    const finish = table.hold();
    agent.press(1);
    await expect.poll(() => table.driver.batches.length).toBe(1);
    const takers = await Promise.all([1, 2, 3].map(() => table.asking()));
    await event(agent, 'control_lost');
    finish();
    for (const taker of takers) await taker.next('welcome');
    expect(codes(await agent.acked(1))).toEqual(['executed']);
    const listed = await call(agent, 'emulators');
    expect(listed).toMatchObject({ emulators: [{ others: [{}, {}, {}] }] });
    const became = await Promise.all(takers.map((taker) => pressed(taker, 1)));
    expect(became.filter((code) => code === 'executed')).toEqual(['executed']);
    expect(became.filter((code) => code === 'control_lost').length).toBe(2);
    await Promise.all(takers.map(bye));
    await event(agent, 'control_granted');
    expect(await pressed(agent, 2)).toBe('executed');
  });

  it('of an emulator that is just being released waits for it and starts afresh', async () => {
    await using table = await ManualGateway.start();
    const agent = await table.client();
    agent.send({ type: 'bye', discard: false });
    const person = await table.take();
    expect(await pressed(person, 1)).toBe('executed');
    expect(table.drivers.length).toBe(2);
  });

  it('of an emulator that is just being leased waits for the first session, and takes over from that', async () => {
    let setPace: () => void = () => {};
    const onOpen = (driver: ManualDriver) => {
      driver.setPace = () => new Promise((resolve) => (setPace = () => resolve(0)));
    };
    await using table = await ManualGateway.start({}, { onOpen });
    const agent = await table.asking({ takeover: false, pace: 'realtime' });
    await expect.poll(() => table.drivers.length).toBe(1);
    const person = await table.asking();
    await expect
      .poll(() => table.gateway.logged.filter((line) => line.startsWith('connection opened')).length)
      .toBe(2);
    setPace();
    await agent.next('welcome');
    await event(agent, 'control_lost');
    await person.next('welcome');
    expect(await pressed(person, 1)).toBe('executed');
  });

  it('of a game that cannot do what the hello asks is refused, and nobody loses control', async () => {
    await using table = await ManualGateway.start({}, { capabilities: { paces: ['turbo'], screen: false } });
    const agent = await table.client();
    const hellos: Hello[] = [
      { pace: 'realtime' },
      { observe: { screen: 'png' } },
      { emulator: { id: 'manual-1', state: 'before-door' } },
      { emulator: { id: 'manual-1', rom: 'other.gb' } },
      { emulator: { id: 'manual-1', kind: 'embedded' } },
    ];
    for (const hello of hellos) {
      const person = await table.asking(hello);
      expect((await person.end()).code).toBe(4504);
      expect(person.all('error')[0]?.error.code).toBe('unsupported');
    }
    expect(agent.all('event')).toEqual([]);
    const person = await table.take({ emulator: { id: 'manual-1', rom: 'MANUAL', kind: 'manual' } });
    expect(await pressed(person, 1)).toBe('executed');
  });

  it('from a session that is leaving rejects what it had queued, and it leaves', async () => {
    await using table = await ManualGateway.start();
    const agent = await table.client();
    const finish = table.hold();
    agent.press(1);
    await expect.poll(() => table.driver.batches.length).toBe(1);
    agent.press(2);
    agent.send({ type: 'bye', discard: false });
    await call(agent, 'emulators');
    const person = await table.asking();
    await event(agent, 'control_lost');
    finish();
    await agent.end();
    expect(codes(agent.outcomes)).toEqual(['executed', 'control_lost']);
    await person.next('welcome');
    expect(await pressed(person, 1)).toBe('executed');
  });
});

describe('asking for control', () => {
  it('tells who asks that it has to wait, and forgets it when it goes', async () => {
    const { tokensFile, token } = tokensFor(PLAYERS);
    await using table = await ManualGateway.start({ tokensFile });
    const ann = await table.client({ token: token('ann') });
    const bob = await table.asking({ token: token('bob'), label: 'bob' });
    expect(await event(bob, 'control_asked')).toEqual({ answerMs: 30_000 });
    const { request } = await event(ann, 'control_requested');
    bob.cut();
    await expect
      .poll(() => table.gateway.logged.some((line) => line.startsWith('connection closed')))
      .toBe(true);
    expect(await call(ann, 'grant_control', { request, grant: true })).toBe('invalid_params');
    expect(await pressed(ann, 1)).toBe('executed');
  });

  it('gives control back at once when who got it is gone', async () => {
    const { tokensFile, token } = tokensFor(PLAYERS);
    await using table = await ManualGateway.start({ tokensFile });
    const ann = await table.client({ token: token('ann') });
    const finish = table.hold();
    ann.press(1);
    await expect.poll(() => table.driver.batches.length).toBe(1);
    const chef = await table.asking({ token: token('chef') });
    await event(ann, 'control_lost');
    chef.cut();
    await expect
      .poll(() => table.gateway.logged.some((line) => line.startsWith('connection closed')))
      .toBe(true);
    finish();
    await event(ann, 'control_granted');
    expect(await pressed(ann, 2)).toBe('executed');
  });

  it('again while the first question is open is refused', async () => {
    const { tokensFile, token } = tokensFor(PLAYERS);
    await using table = await ManualGateway.start({ tokensFile });
    const ann = await table.client({ token: token('ann') });
    const chef = await table.take({ token: token('chef') });
    ann.send({ type: 'call', id: 90, method: 'take_control', params: {} });
    const { request } = await event(chef, 'control_requested');
    expect(await call(ann, 'take_control')).toBe('control_refused');
    await call(chef, 'grant_control', { request, grant: true });
    await event(ann, 'control_granted');
    expect(await pressed(ann, 1)).toBe('executed');
    expect(await pressed(chef, 1)).toBe('control_lost');
  });

  it('is not for who only watches', async () => {
    await using table = await ManualGateway.start();
    const watcher = await table.client({ role: 'watch' });
    expect(await call(watcher, 'give_back')).toBe('not_controller');
    expect(await call(watcher, 'take_control')).toBe('not_controller');
    expect(await call(watcher, 'grant_control', { request: 1, grant: true })).toBe('not_controller');
  });
});

describe('giving back', () => {
  it('runs what was sent before, and hands control to the one below, which hands it back in the end', async () => {
    await using table = await ManualGateway.start();
    const agent = await table.client({ label: 'agent', pace: 'realtime', speed: 2 });
    const person = await table.take({ pace: 'turbo' });
    const finish = table.hold();
    person.press(1);
    person.send({ type: 'call', id: 1, method: 'give_back', params: {} });
    await expect.poll(() => table.driver.batches.length).toBe(1);
    expect(agent.all('event').map(({ name }) => name)).toEqual(['control_lost']);
    finish();
    expect(await event(agent, 'control_granted')).toEqual({ emulator: 'manual-1', frame: 2 });
    expect((await person.next('result')).value).toEqual({ emulator: 'manual-1', frame: 2 });
    expect(codes(await person.acked(1))).toEqual(['executed']);
    expect(await event(person, 'control_lost')).toMatchObject({ by: agent.welcome.session, label: 'agent' });
    expect(table.driver.calls.filter((made) => made.startsWith('pace'))).toEqual([
      'pace realtime 2',
      'pace turbo 1',
      'pace realtime 2',
    ]);
    expect(await pressed(agent, 1)).toBe('executed');
    expect(await pressed(person, 2)).toBe('control_lost');
    await bye(agent);
    await event(person, 'control_granted');
    expect(await pressed(person, 3)).toBe('executed');
  });

  it('twice is refused the second time, and so it is where nobody is below', async () => {
    await using table = await ManualGateway.start();
    const agent = await table.client();
    expect(await call(agent, 'give_back')).toBe('unsupported');
    const person = await table.take();
    for (const id of [1, 2]) person.send({ type: 'call', id, method: 'give_back', params: {} });
    expect((await person.next('error')).error.code).toBe('not_controller');
    expect(person.all('result').length).toBe(1);
    expect(await pressed(agent, 1)).toBe('executed');
  });

  it('is undone by taking control again, without another session', async () => {
    await using table = await ManualGateway.start();
    const agent = await table.client();
    const person = await table.take();
    await call(person, 'give_back');
    expect(await call(person, 'take_control')).toMatchObject({ emulator: 'manual-1' });
    expect(await call(person, 'take_control')).toMatchObject({ emulator: 'manual-1' });
    expect(await pressed(person, 1)).toBe('executed');
    expect(await pressed(agent, 1)).toBe('control_lost');
    expect(agent.all('event').map(({ name }) => name)).toEqual([
      'control_lost',
      'control_granted',
      'control_lost',
    ]);
  });
});

describe('the list of emulators', () => {
  it('says who controls each, and who else plays on it', async () => {
    await using table = await ManualGateway.start();
    const agent = await table.client({ label: 'agent' });
    const person = await table.take({ label: 'person' });
    const listed = {
      emulators: [
        {
          id: 'manual-1',
          session: person.welcome.session,
          label: 'person',
          others: [{ session: agent.welcome.session, label: 'agent' }],
        },
      ],
    };
    expect(await call(agent, 'emulators')).toMatchObject(listed);
    const answer = await fetch(`http://127.0.0.1:${table.gateway.port}/emulators`);
    expect(await answer.json()).toMatchObject(listed);
    await bye(person);
    await event(agent, 'control_granted');
    expect(await call(agent, 'emulators')).toMatchObject({
      emulators: [{ session: agent.welcome.session, label: 'agent', others: [] }],
    });
  });
});
