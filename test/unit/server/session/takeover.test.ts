import { describe, expect, it } from 'vitest';
import type { Role } from '../../../../server/access/identity.ts';
import { Meter } from '../../../../server/channels/stats/meter.ts';
import { Checkpoints } from '../../../../server/emulator/checkpoints.ts';
import { Emulator } from '../../../../server/emulator/emulator.ts';
import type { SessionIdentity } from '../../../../server/session/identity.ts';
import { Session } from '../../../../server/session/session.ts';
import { Takeover, type Taking } from '../../../../server/session/takeover.ts';
import { Ticker } from '../../../../server/ticker.ts';
import type { ServerMessage } from '../../../../shared/protocol.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type ManualDriver, manualDrivers } from '../../../support/manual-driver.ts';
import { presses } from '../../../support/session-rig.ts';

const ROLES: Readonly<Record<string, Role>> = { chef: 'admin' };

/** One emulator on a fake clock, and sessions that take it from each other. */
class Table {
  readonly clock = new FakeClock();
  readonly takeover = new Takeover(this.clock);
  readonly emulator: Emulator;
  readonly driver: ManualDriver;
  /** What each session was told. */
  readonly told = new Map<string, ServerMessage[]>();

  private constructor(clock: FakeClock, emulator: Emulator, driver: ManualDriver) {
    this.clock = clock;
    this.takeover = new Takeover(clock);
    this.emulator = emulator;
    this.driver = driver;
  }

  static async start(): Promise<Table> {
    const clock = new FakeClock();
    const { drivers, open } = manualDrivers(() => clock.now());
    const emulator = await Emulator.start('manual-1', open, new Checkpoints(), clock);
    const [driver] = drivers;
    if (driver === undefined) throw new Error('no driver was opened');
    return new Table(clock, emulator, driver);
  }

  /** Begins a session on top of all others. */
  begin(name: string): Session {
    const messages: ServerMessage[] = [];
    this.told.set(name, messages);
    const ticker = new Ticker(this.clock, (error) => {
      throw error;
    });
    const settings = {
      batching: { strategy: 'eager', maxWaitMs: 3, maxBatchSize: 8, highFrequencyThreshold: 5 },
      observe: undefined,
      approximate: false,
      onFailure: 'stop',
      credit: 1024,
      keptOutcomes: 4096,
      resumeMs: 60_000,
    } as const;
    const session = new Session(identity(name), settings, {
      clock: this.clock,
      ticker,
      emulator: this.emulator,
      meter: new Meter(this.clock),
      journal: undefined,
      onDetach: () => {},
      onEnd: (ended, { suspended }) => void this.takeover.leave(ended, suspended, async () => {}),
    });
    session.presence.attach({
      id: undefined,
      pendingBytes: 0,
      acksReady: () => messages.push(...session.takeAcks()),
      send: (message) => messages.push(message),
      end: () => {},
    });
    this.takeover.control.begin(session);
    return session;
  }

  take(name: string, signal?: AbortSignal): Promise<Taking> {
    const asking = signal === undefined ? {} : { signal };
    return this.takeover.take(
      () => this.emulator,
      identity(name),
      asking,
      async () => this.begin(name),
    );
  }

  /** The numbers of the requests that a session was asked. */
  asked(name: string): number[] {
    return (this.told.get(name) ?? []).flatMap((message) =>
      message.type === 'event' && message.name === 'control_requested'
        ? [Number(message.data['request'])]
        : [],
    );
  }

  get controller(): string | undefined {
    return this.takeover.control.controller(this.emulator)?.owner;
  }

  /** Lets promises settle and the tick end, until nothing moves any more. */
  async settle(): Promise<void> {
    for (let i = 0; i < 50; i++) {
      this.clock.tick();
      await Promise.resolve();
    }
  }
}

function identity(owner: string): SessionIdentity {
  const role = ROLES[owner] ?? 'play';
  return { id: `${owner}'s`, secretHash: Buffer.alloc(32), label: undefined, owner, role };
}

describe('taking over', () => {
  it('by two of whom the first has it by then takes it from the first', async () => {
    const table = await Table.start();
    const ann = table.begin('ann');
    ann.receive({ type: 'input', seq: 1, press: presses() });
    await table.settle();
    const taking = [table.take('chef'), table.take('chef')];
    await table.settle();
    table.driver.batches[0]?.sink.done();
    await table.settle();
    const sessions = (await Promise.all(taking)).flatMap((taken) =>
      taken.kind === 'taken' ? [taken.session] : [],
    );
    expect(sessions.map(({ standing }) => standing.controls)).toEqual([false, true]);
    expect(ann.standing.controls).toBe(false);
  });

  it('asks whoever controls it by then, when the one who was asked has lost it without a word', async () => {
    const table = await Table.start();
    table.begin('ann');
    const bob = table.take('bob');
    await table.settle();
    expect(table.asked('ann')).toEqual([1]);
    await table.take('chef');
    await table.settle();
    expect(table.asked('chef')).toEqual([2]);
    expect(table.takeover.answer("ann's", 1, true)).toBe(false);
    expect(table.takeover.answer("chef's", 2, true)).toBe(true);
    expect(await bob).toMatchObject({ kind: 'taken' });
    expect(table.controller).toBe('bob');
  });

  it('without an answer is refused after 30 s', async () => {
    const table = await Table.start();
    table.begin('ann');
    const bob = table.take('bob');
    await table.settle();
    table.clock.advance(29_999);
    await table.settle();
    expect(table.takeover.answer("bob's", 1, true)).toBe(false);
    table.clock.advance(1);
    expect(await bob).toEqual({ kind: 'refused', why: 'who controls it did not answer within 30000 ms' });
    expect(table.controller).toBe('ann');
  });

  it('asks when a lower role of the same name wants it: a name is no proof', async () => {
    const table = await Table.start();
    table.begin('chef');
    const taker: SessionIdentity = { ...identity('chef'), id: 'another', role: 'play' };
    const taking = table.takeover.take(
      () => table.emulator,
      taker,
      {},
      async () => 'not to be begun',
    );
    await table.settle();
    expect(table.asked('chef')).toEqual([1]);
    table.takeover.answer("chef's", 1, false);
    expect(await taking).toMatchObject({ kind: 'refused' });
  });

  it('is over at once for who is gone before anybody is asked', async () => {
    const table = await Table.start();
    table.begin('ann');
    expect(await table.take('bob', AbortSignal.abort())).toEqual({
      kind: 'refused',
      why: 'who asked is gone',
    });
    expect(table.asked('ann')).toEqual([]);
  });

  it('gives control back when the session does not begin, also by a fault of ours', async () => {
    const table = await Table.start();
    const ann = table.begin('ann');
    const find = () => table.emulator;
    const failing = [async () => 'the disk is full', () => Promise.reject(new Error('a bug'))];
    const results: unknown[] = [];
    for (const begin of failing) {
      const taking = table.takeover.take(find, identity('chef'), {}, begin);
      results.push(await taking.catch((error: unknown) => String(error)));
      expect(ann.standing.controls).toBe(true);
    }
    expect(results).toEqual([{ kind: 'refused', why: 'the disk is full' }, 'Error: a bug']);
    await table.settle();
    ann.receive({ type: 'input', seq: 1, press: presses() });
    await table.settle();
    expect(table.driver.batches.length).toBe(1);
  });

  it('restores the pace of a change that was in flight when control was lost', async () => {
    const table = await Table.start();
    const ann = table.begin('ann');
    let finish: () => void = () => {};
    const setPace = table.driver.setPace.bind(table.driver);
    table.driver.setPace = async (pace, speed) => {
      await new Promise<void>((resolve) => (finish = resolve));
      return await setPace(pace, speed);
    };
    ann.receive({ type: 'command', seq: 1, command: { method: 'pace', pace: 'realtime', speed: 3 } });
    await table.settle();
    const taking = table.take('chef');
    await table.settle();
    finish();
    await table.settle();
    expect((await taking).kind).toBe('taken');
    table.driver.setPace = setPace;
    await table.emulator.setPace({ pace: 'turbo', speed: 1 });
    const taken = await taking;
    if (taken.kind !== 'taken') throw new Error('not taken');
    const giving = table.takeover.giveBack(taken.session);
    await table.settle();
    expect(await giving).toBe('given');
    expect(table.emulator.pace).toEqual({ pace: 'realtime', speed: 3 });
  });
});

describe('taking again', () => {
  it('is refused to a session that is over', async () => {
    const table = await Table.start();
    const ann = table.begin('ann');
    await table.take('chef');
    const again = table.takeover.retake(ann);
    await table.settle();
    expect(table.asked('chef')).toEqual([1]);
    ann.presence.leave(true, 'normal', 'bye');
    expect(await again).toBe('who asked is gone');
    expect(await table.takeover.retake(ann)).toBe('the session is over');
    expect(table.controller).toBe('chef');
  });
});
