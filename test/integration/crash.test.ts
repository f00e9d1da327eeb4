import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../client/index.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { illegalRom } from '../support/test-rom.ts';

/** A game that runs into an illegal opcode when A is pressed. */
let gateway: TestGateway;
const folder = mkdtempSync(join(tmpdir(), 'joywire-'));
beforeAll(async () => {
  const rom = join(folder, 'illegal.gb');
  writeFileSync(rom, illegalRom());
  gateway = await startGateway({ rom, emulators: 2 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
  expect(gateway.errors).toEqual([]);
});

describe('a game that traps', () => {
  it('is reported and replaced; what may have run is unknown, what waited is rejected, the neighbour plays on', async () => {
    await using pad = await connect(gateway.url, { batching: { strategy: 'eager' } });
    await using neighbour = await connect(gateway.url);
    const events: string[] = [];
    pad.on('event', ({ name }) => events.push(name));
    await pad.send('W:10');
    const crash = await pad.send('A:30 (B)*3');
    expect(crash.map(({ status, detail }) => [status, detail?.code])).toContainEqual([
      'unknown',
      'emulator_crashed',
    ]);
    expect(crash.every(({ status }) => status !== 'executed' && status !== 'failed')).toBe(true);
    const after = await pad.send('W:10');
    expect(after[0]?.status).toBe('executed');
    expect(after[0]?.firstFrame).toBeGreaterThanOrEqual(10);
    expect(events).toEqual(['emulator_replaced']);
    expect((await neighbour.send('W:10'))[0]).toMatchObject({ status: 'executed', firstFrame: 0 });
  });
});
