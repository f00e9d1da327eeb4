import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type McpClient, mcpProcess } from '../support/mcp.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

/** Mode, x, y, facing: roms/README.md. */
const PLACE = [{ address: '0xC010', length: 4 }];

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ emulators: 2, resumeMs: 60_000 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  expect(gateway.errors).toEqual([]);
});

async function placeOf(mcp: McpClient): Promise<unknown> {
  const { value } = await mcp.tool('read_memory', { ranges: PLACE });
  return value['ranges'];
}

describe('joywire mcp on a gateway that is named', () => {
  it('plays the game: walks, reads where it stands, and names the frames that ran', async () => {
    await using mcp = await mcpProcess(['--url', gateway.url, '--label', 'walk']);
    expect(mcp.client.getInstructions()).toContain('the game stands still between calls');
    const begun = await mcp.tool('press', { script: 'W:60 START W:60' });
    expect(begun.text).toBe('3 of 3 presses ran on frames 0 to 135 (136 frames).');
    const walked = await mcp.tool('press', {
      script: 'RIGHT*3',
      memory: PLACE,
      look: true,
      scale: 3,
      each: true,
    });
    expect(walked.value).toMatchObject({
      presses: 3,
      executed: 3,
      firstFrame: 136,
      lastFrame: 183,
      frames: 48,
      problems: [],
      entries: [
        { index: 0, press: 'RIGHT', status: 'executed', firstFrame: 136, frames: 16 },
        { index: 1, firstFrame: 152 },
        { index: 2, firstFrame: 168 },
      ],
      // In the world, three cells to the right of the start at 10, 10, facing right.
      memory: [{ address: '0xC010', hex: '010d0a03', bytes: [1, 13, 10, 3] }],
    });
    const [png = new Uint8Array()] = walked.pictures;
    expect(decode(png)).toMatchObject({ width: 480, height: 432 });
    const looked = await mcp.tool('look', { scale: 3 });
    expect(looked.value).toEqual({ frame: 184, width: 480, height: 432 });
    expect(looked.pictures[0]).toEqual(png);
    const listed = await mcp.tool('emulators');
    expect(listed.text).toContain('leased by walk, frame 184 (yours)');
  });

  it('goes back to checkpoints, and says which there are when one is asked for that is not', async () => {
    await using mcp = await mcpProcess(['--url', gateway.url]);
    await mcp.tool('press', { script: 'W:60 START W:60' });
    expect(await mcp.tool('save_checkpoint', { name: 'begun' })).toMatchObject({
      failed: false,
      value: { name: 'begun', frame: 136 },
    });
    const before = await placeOf(mcp);
    await mcp.tool('press', { script: 'DOWN*2 RIGHT' });
    expect(await placeOf(mcp)).not.toEqual(before);
    expect((await mcp.tool('load_checkpoint', { name: 'begun', look: true })).pictures).toHaveLength(1);
    expect(await placeOf(mcp)).toEqual(before);
    const wrong = await mcp.tool('load_checkpoint', { name: 'nowhere' });
    expect(wrong).toMatchObject({ failed: true });
    expect(wrong.text).toBe('unknown_checkpoint: there is no checkpoint nowhere; allowed: begun');
    expect((await mcp.tool('list_checkpoints')).value).toMatchObject({
      checkpoints: [{ name: 'begun', frame: 136 }],
    });
    expect(await mcp.tool('delete_checkpoint', { name: 'begun' })).toMatchObject({ failed: false });
    expect((await mcp.tool('delete_checkpoint', { name: 'begun' })).failed).toBe(true);
  });

  it('says of bad input what is wrong and what is allowed, and runs nothing of it', async () => {
    await using mcp = await mcpProcess(['--url', gateway.url]);
    const told = async (name: string, args: Record<string, unknown>) => {
      const { failed, text } = await mcp.tool(name, args);
      return failed ? text : `not refused: ${text}`;
    };
    expect(await told('press', { script: 'UP*2 JUMP' })).toMatch(
      /line 1, column 6: there is no button "JUMP"; allowed: A, B/,
    );
    expect(await told('press', { script: '# nothing' })).toContain('the script presses nothing');
    expect(await told('press', { script: 'W:36000*2' })).toMatch(
      /^script_too_long: .*72000 frames; allowed: at most 36000/,
    );
    expect(await told('press', { script: 'A', picture: true })).toContain('picture');
    expect(await told('press', {})).toContain('script');
    expect(await told('press', { script: 'R' })).toMatch(
      /#0 R: rejected: unsupported: .*no R; allowed: A\+B/,
    );
    expect(await told('look', { scale: 9 })).toContain('scale');
    expect(await told('look', { emulator: 'nobody' })).toMatch(/^unknown_emulator: .*nobody/);
    expect(await told('read_memory', { ranges: [{ address: 'C000' }] })).toContain('address');
    expect(await told('read_memory', { ranges: [{ address: 0xffff, length: 2 }] })).toContain(
      'allowed: up to 0xFFFF',
    );
    expect(
      await told('read_memory', {
        ranges: [
          { address: 0, length: 4000 },
          { address: 0, length: 97 },
        ],
      }),
    ).toContain('4096');
    expect(await told('start_game', { rom: 'tetris' })).toMatch(/^unknown_emulator: /);
    // The game of before is still there, and not a frame has passed but those of no press at all.
    expect((await mcp.tool('look')).value).toMatchObject({ frame: 0 });
    await expect(mcp.client.callTool({ name: 'jump', arguments: {} })).rejects.toThrow(/jump/);
  });

  it('chooses another game and another clock', async () => {
    await using mcp = await mcpProcess(['--url', gateway.url, '--pace', 'realtime']);
    await mcp.tool('look');
    expect(await told(mcp, 'press', { script: 'W:1801' })).toContain('allowed: at most 1800');
    expect((await mcp.tool('set_pace', { pace: 'turbo' })).value).toEqual({ pace: 'turbo', speed: 1 });
    expect((await mcp.tool('press', { script: 'W:1801' })).failed).toBe(false);
    await mcp.tool('save_checkpoint', { name: 'title' });
    const started = await mcp.tool('start_game', { checkpoint: 'title', label: 'second' });
    expect(started.value).toMatchObject({ rom: 'overworld.gb', frame: 0, pace: 'turbo' });
    expect((await mcp.tool('emulators')).text.match(/leased/g)).toHaveLength(1);
    expect((await mcp.tool('reset')).value).toEqual({ frame: 0 });
    expect((await mcp.tool('stats', {})).value).toMatchObject({ scope: 'session', presses: 1 });
    expect((await mcp.tool('stats', { scope: 'gateway' })).value).toMatchObject({ scope: 'gateway' });
    expect((await mcp.tool('give_back')).text).toMatch(/^unsupported: /);
    expect((await mcp.tool('take_control')).value).toEqual({ controls: true });
  });

  it('tries several scripts beside the game, and goes on from the end that it likes', async () => {
    await using mcp = await mcpProcess(['--url', gateway.url]);
    await mcp.tool('press', { script: 'W:60 START W:60' });
    const memory = [{ address: '0xC011', length: 2 }];
    const ways = [{ script: 'RIGHT*3' }, { script: 'DOWN*2' }, { script: 'LEFT A R' }];
    const tried = await mcp.tool('rollouts', { runs: ways, memory, hash: true, keep: true, look: true });
    const { results } = z
      .object({ results: z.array(z.looseObject({ hash: z.string(), checkpoint: z.string() })) })
      .parse(tried.value);
    expect(results).toMatchObject([
      { run: 0, status: 'done', frames: 48, executed: 3, problems: [], memory: [{ bytes: [13, 10] }] },
      { run: 1, status: 'done', frames: 32, memory: [{ bytes: [10, 12] }] },
      { run: 2, status: 'done', executed: 2, problems: [{ index: 2, press: 'R', code: 'unsupported' }] },
    ]);
    expect(new Set(results.map(({ hash }) => hash)).size).toBe(3);
    expect(tried.pictures).toHaveLength(3);
    // The game itself has not moved.
    expect((await mcp.tool('look')).value).toMatchObject({ frame: 136 });
    const checkpoint = results[0]?.checkpoint ?? '';
    const on = await mcp.tool('rollouts', { runs: [{ script: 'RIGHT', from: checkpoint }], memory });
    expect(on.value).toMatchObject({ results: [{ memory: [{ bytes: [14, 10] }] }] });
    expect((await mcp.tool('load_checkpoint', { name: checkpoint })).failed).toBe(false);
    expect((await mcp.tool('press', { script: 'DOWN', memory })).value).toMatchObject({
      memory: [{ bytes: [13, 11] }],
    });
    const wrong = await mcp.tool('rollouts', { runs: [{ script: 'A' }, { script: 'B JUMP' }] });
    expect(wrong).toMatchObject({ failed: true });
    expect(wrong.text).toMatch(/^script_error: runs\[1\]: script, line 1, column 3/);
    expect(await told(mcp, 'rollouts', { runs: Array(6).fill({ script: 'W:36000' }) })).toContain(
      'at most 200000',
    );
    expect(await told(mcp, 'rollouts', { runs: Array(9).fill({ script: 'A' }), look: true })).toContain(
      'at most 8',
    );
    expect(await told(mcp, 'rollouts', { runs: [{ script: 'A', from: 'nowhere' }] })).toMatch(
      /^unknown_checkpoint: /,
    );
  });

  it('a guard stops a walk where the game says so, which is no failure', async () => {
    await using mcp = await mcpProcess(['--url', gateway.url]);
    await mcp.tool('press', { script: 'W:60 START W:60' });
    const walked = await mcp.tool('press', { script: '(RIGHT*9){stop 0xC011==13}', memory: PLACE });
    expect(walked.failed).toBe(false);
    expect(walked.value).toMatchObject({ executed: 3, skipped: 6, rejected: 0, problems: [] });
    expect(walked.text).toMatch(
      /3 of 9 presses ran .*\nStopped by guards\[0\] \{stop 0xC011==13\}: .*the byte is 13/,
    );
  });

  it('shows the running games as resources, and takes none for that', async () => {
    await using mcp = await mcpProcess(['--url', gateway.url]);
    const uris = async () => (await mcp.client.listResources()).resources.map(({ uri }) => uri);
    expect(await uris()).toEqual(['joywire://emulators']);
    await mcp.tool('look');
    const [, info = '', screen = ''] = await uris();
    expect(info).toMatch(/^joywire:\/\/emulators\/embedded-\d\/info$/);
    const read = async (uri: string): Promise<Partial<Record<string, unknown>>> => ({
      ...(await mcp.client.readResource({ uri })).contents[0],
    });
    const listing: unknown = JSON.parse(String((await read(info))['text']));
    expect(listing).toMatchObject({ rom: 'overworld.gb', state: 'leased' });
    const picture = await read(screen);
    expect(picture['mimeType']).toBe('image/png');
    expect(decode(Buffer.from(String(picture['blob']), 'base64'))).toMatchObject({ width: 320, height: 288 });
    await expect(read('joywire://emulators/nobody/screen')).rejects.toThrow(/nobody/);
    const { messages } = await mcp.client.getPrompt({ name: 'play', arguments: { goal: 'reach the star' } });
    expect(JSON.stringify(messages)).toContain('reach the star');
  });

  it('[I7] a connection that breaks while it plays is resumed: every press runs once', async () => {
    await using proxy = await TcpProxy.open(gateway.port);
    await using mcp = await mcpProcess(['--url', proxy.url]);
    await mcp.tool('press', { script: 'W:60 START W:60' });
    const pressing = mcp.tool('press', { script: '(RIGHT:8:8 LEFT:8:8)*200', memory: PLACE });
    proxy.cutAll();
    const { value } = await pressing;
    expect(value).toMatchObject({ presses: 400, executed: 400, firstFrame: 136, frames: 6400 });
    expect(value['memory']).toMatchObject([{ bytes: [1, 10, 10, 2] }]);
  });

  it('a session that is ended from elsewhere is told once; the next call starts a new game', async () => {
    await using mcp = await mcpProcess(['--url', gateway.url]);
    await mcp.tool('press', { script: 'W:60' });
    const list = await fetch(`http://127.0.0.1:${gateway.port}/sessions`);
    const { sessions } = (await list.json()) as { sessions: readonly { session: string; label: string }[] };
    const { session = '' } = sessions.find(({ label }) => label === 'mcp') ?? {};
    await fetch(`http://127.0.0.1:${gateway.port}/sessions/${session}`, { method: 'DELETE' });
    const lost = await mcp.tool('press', { script: 'A' });
    expect(lost.failed).toBe(true);
    expect(lost.text).toMatch(/^game_lost: the game is gone: /);
    expect((await mcp.tool('look')).value).toMatchObject({ frame: 0 });
  });
});

async function told(mcp: McpClient, name: string, args: Record<string, unknown>): Promise<string> {
  return (await mcp.tool(name, args)).text;
}

describe('joywire mcp by itself', () => {
  it('starts a gateway of its own where none is at the usual address, and says so on stderr only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'joywire-mcp-'));
    await using mcp = await mcpProcess([], { JOYWIRE_EMULATORS: '1', JOYWIRE_DATA: folder }, 'auto');
    expect((await mcp.tool('press', { script: 'W:60 START W:60', memory: PLACE })).value).toMatchObject({
      memory: [{ hex: '010a0a00' }],
    });
    expect(mcp.said.join('')).toMatch(/mcp plays on (a gateway of its own, )?ws:\/\/127\.0\.0\.1:\d+/);
    await mcp.client.close();
    await rm(folder, { recursive: true });
  });

  it('a gateway that cannot be reached or wants another token is named in what the tools answer', async () => {
    await using nobody = await mcpProcess(['--url', 'ws://127.0.0.1:1']);
    expect((await nobody.tool('look')).text).toMatch(/^connection_failed: /);
    await using guarded = await startGateway({ emulators: 1, token: 'right' });
    await using wrong = await mcpProcess(['--url', guarded.url, '--token', 'wrong']);
    expect((await wrong.tool('look')).text).toMatch(/^unauthorized: /);
    await using right = await mcpProcess(['--url', guarded.url], { JOYWIRE_TOKEN: 'right' });
    expect((await right.tool('look')).failed).toBe(false);
  });
});
