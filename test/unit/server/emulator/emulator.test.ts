import { describe, expect, it } from 'vitest';
import { Checkpoints } from '../../../../server/emulator/checkpoints.ts';
import type { DriverDeath, OpenDriver, Step } from '../../../../server/emulator/drivers/driver.ts';
import { Emulator } from '../../../../server/emulator/emulator.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ManualDriver } from '../../../support/manual-driver.ts';

const DEATH: DriverDeath = { cause: 'exited', message: 'the server is gone', frame: 70 };

/** An emulator whose games open or not as the test says, and what its controller heard. */
async function rig() {
  const clock = new FakeClock();
  const server = { up: true, opened: 0 };
  const open: OpenDriver = async (context) => {
    if (!server.up) throw new Error('connection refused');
    server.opened += 1;
    return new ManualDriver(context, () => clock.now());
  };
  const emulator = await Emulator.start('gym-1', open, new Checkpoints(), clock);
  const heard: string[] = [];
  emulator.control({
    ready: () => heard.push('ready'),
    rebuilt: () => heard.push('rebuilt'),
    replaced: (_death, error) => heard.push(error === undefined ? 'replaced' : `lost: ${error}`),
  });
  return { clock, server, emulator, heard };
}

const PRESS: Step = { kind: 'press', buttons: 1, hold: 1, gap: 1, observe: undefined };

/** Lets time pass in small steps, with everything that waits for it. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    clock.advance(50);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
}

describe('an emulator whose game has died', () => {
  it('takes nothing until the next one is there, which goes on from the last frame', async () => {
    const { clock, server, emulator, heard } = await rig();
    server.up = false;
    emulator.died(DEATH);
    await pass(clock, 1000);
    expect([emulator.ready, heard]).toEqual([false, []]);
    server.up = true;
    await pass(clock, 1000);
    expect([emulator.ready, emulator.frame, heard]).toEqual([true, 70, ['replaced', 'ready']]);
  });

  it('fails what it is given once that takes too long, and still comes back', async () => {
    const { clock, server, emulator, heard } = await rig();
    server.up = false;
    emulator.died(DEATH);
    await pass(clock, 16_000);
    expect(heard).toEqual(['lost: connection refused', 'ready']);
    expect(await emulator.command({ method: 'reset' })).toMatchObject({ status: 'failed' });
    server.up = true;
    await pass(clock, 6000);
    expect(heard.slice(2)).toEqual(['replaced', 'ready']);
    expect(await emulator.command({ method: 'reset' })).toMatchObject({ status: 'executed' });
  });

  it('tries no more once it is closed', async () => {
    const { clock, server, emulator, heard } = await rig();
    server.up = false;
    emulator.died(DEATH);
    await emulator.close();
    server.up = true;
    await pass(clock, 6000);
    expect([server.opened, heard]).toEqual([1, []]);
  });
});

describe('an emulator that changes hands', () => {
  it('releases the buttons once what is under way has ended', async () => {
    const { emulator } = await rig();
    const { driver } = emulator;
    if (!(driver instanceof ManualDriver)) throw new Error('not the driver of the rig');
    emulator.run([PRESS], { outcome: () => undefined, done: () => undefined });
    const released = emulator.release();
    await Promise.resolve();
    expect(driver.calls).toEqual([]);
    driver.batches[0]?.sink.done();
    await released;
    expect(driver.calls).toEqual(['release']);
  });

  it('waits for the next game while one is being started, and sets the pace of that', async () => {
    const { clock, server, emulator } = await rig();
    server.up = false;
    emulator.died(DEATH);
    const changed = emulator.release().then(() => emulator.setPace({ pace: 'realtime', speed: 2 }));
    await pass(clock, 1000);
    server.up = true;
    await pass(clock, 1000);
    expect(await changed).toBeUndefined();
    const { driver } = emulator;
    expect(driver instanceof ManualDriver && driver.calls).toEqual(['release', 'pace realtime 2']);
  });

  it('says why the pace cannot be set when no game could be started', async () => {
    const { clock, server, emulator } = await rig();
    server.up = false;
    emulator.died(DEATH);
    await pass(clock, 16_000);
    expect(await emulator.setPace({ pace: 'realtime', speed: 1 })).toBe('connection refused');
  });
});
