import { expect, it } from 'vitest';
import { z } from 'zod';
import { makeConfig } from '../../server/config.ts';
import { createGateway } from '../../server/gateway.ts';
import { createLog } from '../../server/log.ts';
import { RawClient } from '../support/raw-client.ts';

const LINE = z.looseObject({ level: z.string(), msg: z.string() });

it('the log has a line for each change of a connection and session, tied by ids, none for an input, and no secret', async () => {
  const text: string[] = [];
  const token = 'a-token-that-nobody-may-see';
  const config = makeConfig({ port: 0, driver: 'noop', token, journal: false });
  const log = createLog({
    level: 'debug',
    format: 'json',
    write: (line) => text.push(line),
    secrets: [token],
  });
  const gateway = await createGateway(config, { log });
  const url = `ws://127.0.0.1:${(await gateway.listen()).port}`;
  const first = await RawClient.hello(url, { token, label: token, client: 'me/1' });
  for (let seq = 1; seq <= 50; seq++) first.press(seq);
  await first.acked(50);
  const { session, secret } = first.welcome;
  const resume = { session, secret, received: 50 };
  const second = await RawClient.hello(url, { token, resume });
  expect((await first.end()).code).toBe(4503);
  const stranger = await RawClient.open(url);
  stranger.send({ type: 'hello', hello: { token: 'wrong-token', resume } });
  expect((await stranger.end()).code).toBe(4501);
  second.send({ type: 'bye', discard: false });
  await second.end();
  await gateway.close();

  const lines = text.map((line) => LINE.parse(JSON.parse(line)));
  const about = { session, emulator: 'noop-1' };
  expect(lines.filter(({ msg }) => msg !== 'connection opened')).toEqual([
    expect.objectContaining({ msg: 'session opened', ...about }),
    expect.objectContaining({
      msg: 'connection plays',
      connection: 1,
      ...about,
      client: 'me/1',
      resumed: false,
    }),
    expect.objectContaining({ msg: 'session detached', ...about }),
    expect.objectContaining({ msg: 'session resumed', ...about }),
    expect.objectContaining({ msg: 'connection plays', connection: 2, ...about, resumed: true }),
    expect.objectContaining({ msg: 'connection closed', connection: 1, ...about, code: 4503 }),
    expect.objectContaining({ msg: 'connection closed', connection: 3, code: 4501 }),
    expect.objectContaining({ msg: 'session ended', ...about, entries: 50 }),
    expect.objectContaining({ msg: 'connection closed', connection: 2, ...about, code: 1000 }),
  ]);
  for (const secretText of [secret, token, 'wrong-token']) expect(text.join('')).not.toContain(secretText);
});
