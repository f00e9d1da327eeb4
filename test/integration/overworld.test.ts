import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../client/index.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const BUILD = fileURLToPath(new URL('../../roms/build.sh', import.meta.url));
const assembler = spawnSync('sdasgb').error === undefined;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ emulators: 1 });
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('the game that ships', () => {
  it.skipIf(!assembler)('is rebuilt byte for byte from its sources (needs sdcc)', () => {
    const { status, stdout, stderr } = spawnSync('bash', [BUILD, '--check'], { encoding: 'utf8' });
    expect(status, `${stdout}${stderr}`).toBe(0);
  });

  it('is walked through as its README says, from power-on to the goal of the maze', async () => {
    await using pad = await connect(gateway.url);
    const look = async (script: string) => {
      await pad.send(script);
      const [mode, x, y, , , , , flags] = (await pad.memory(0xc010, 8)).bytes;
      return { mode, x, y, flags };
    };
    expect(await look('W:60 START W:60')).toMatchObject({ mode: 1, x: 10, y: 10 });
    expect(await look('UP A')).toMatchObject({ mode: 2, flags: 2 });
    expect(await look('B RIGHT*8 UP A')).toMatchObject({ mode: 2, x: 18, y: 10, flags: 3 });
    expect(await look('B DOWN*10 RIGHT*10 UP RIGHT*2')).toMatchObject({ mode: 1, x: 30, y: 19 });
    const way = 'RIGHT UP*2 RIGHT*2 DOWN*10 RIGHT*2 UP*4 RIGHT*2 UP*2 LEFT*2 UP*2 RIGHT*4';
    expect(await look(way)).toMatchObject({ x: 39, y: 19, flags: 7 });
    expect((await pad.memory(0xc020, 1)).bytes[0]).toBe(0);
  });
});
