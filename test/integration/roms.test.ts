import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../client/index.ts';
import { RawClient } from '../support/raw-client.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const OVERWORLD = new URL('../../roms/overworld.gb', import.meta.url);

let dir: string;
let gateway: TestGateway;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'joywire-roms-'));
  const other = new Uint8Array(await readFile(OVERWORLD));
  other.set(new TextEncoder().encode('OTHER'), 0x134);
  await writeFile(join(dir, 'other.gb'), other);
  await copyFile(OVERWORLD, join(dir, 'copy.gb'));
  gateway = await startGateway({ emulators: 1, romDir: dir });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  expect(gateway.errors).toEqual([]);
  await rm(dir, { recursive: true });
});

describe('a directory of ROMs', () => {
  it('is listed by call and over HTTP, with the ROM of the pool', async () => {
    await using watcher = await connect(gateway.url, { role: 'watch' });
    const roms = await watcher.roms();
    expect(roms.map(({ name }) => name).toSorted()).toEqual(['copy.gb', 'other.gb', 'overworld.gb']);
    expect(roms.find(({ name }) => name === 'other.gb')?.title).toMatch(/^OTHER/);
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/roms`);
    expect(await answer.json()).toEqual({ roms });
  });

  it("a session plays the one it asks for, by name or hash, and its checkpoints are that one's", async () => {
    await using watcher = await connect(gateway.url, { role: 'watch' });
    const other = (await watcher.roms()).find(({ name }) => name === 'other.gb');
    const checkpoint = await connect(gateway.url, { emulator: { rom: 'other.gb' } });
    expect(checkpoint.emulator).toMatchObject({ rom: 'other.gb', romHash: other?.hash });
    expect((await watcher.emulators())[0]?.rom).toBe('other.gb');
    expect(await checkpoint.press('A')).toMatchObject({ status: 'executed' });
    await checkpoint.save('start');
    await checkpoint.close();
    const again = await connect(gateway.url, { emulator: { rom: other?.hash ?? '', state: 'start' } });
    expect(again.emulator?.rom).toBe('other.gb');
    await again.close();
    const refused = connect(gateway.url, { emulator: { rom: 'overworld.gb', state: 'start' } });
    await expect(refused).rejects.toMatchObject({ code: 'unknown_emulator' });
    await using own = await connect(gateway.url);
    expect(own.emulator?.rom).toBe('overworld.gb');
  });

  it('[I9] a game of one of them is brought back by the next gateway on the same data directory', async () => {
    const settings = { emulators: 1, romDir: dir, journal: true, data: join(dir, 'data'), resumeMs: 60_000 };
    const first = await startGateway(settings);
    const client = await RawClient.hello(first.url, { emulator: { rom: 'other.gb' } });
    client.press(1);
    await client.acked(1);
    await first[Symbol.asyncDispose]();
    await using second = await startGateway(settings);
    const { session, secret } = client.welcome;
    await using again = await RawClient.hello(second.url, { resume: { session, secret, received: 1 } });
    expect(again.welcome).toMatchObject({
      resumed: true,
      nextSeq: 2,
      emulator: { rom: 'other.gb', frame: 2 },
    });
    again.press(2);
    expect((await again.acked(2)).at(-1)?.outcome).toMatchObject({ status: 'executed', firstFrame: 2 });
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  it.each([
    ['a path upwards', '../other.gb'],
    ['an absolute path', '/etc/passwd'],
    ['a name with NUL', 'other.gb\0'],
    ['a path to itself', './other.gb'],
    ['a name in another case', 'OTHER.GB'],
  ])('%s is refused with the names there are', async (_, rom) => {
    await expect(connect(gateway.url, { emulator: { rom } })).rejects.toMatchObject({
      code: 'unknown_emulator',
      message: expect.stringContaining('overworld.gb, copy.gb, other.gb'),
    });
  });
});
