import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { connect } from '../../client/index.ts';
import { startGateway } from '../support/gateway.ts';

const RUNNING = JSON.stringify({ status: 'running', step_number: 0, screenshot_base64: '' });

/** An emulator's server that answers until it is told to fall silent; from then on it takes requests and answers none. */
async function silentServer() {
  let silent = false;
  let frame = 0;
  const unanswered: string[] = [];
  const cut: string[] = [];
  const server = createServer((request, response) => {
    const { url = '' } = request;
    if (silent) {
      unanswered.push(url);
      response.once('close', () => cut.push(url));
      return;
    }
    response.setHeader('content-type', url.startsWith('/core') ? 'text/plain' : 'application/json');
    response.end(url.startsWith('/core') ? String(frame++) : RUNNING);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    fallSilent: () => {
      silent = true;
    },
    /** Requests that got no answer, and those of them whose client has given up. */
    unanswered,
    cut,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it.each(['pokemon-gym', 'input-api', 'mgba-http'] as const)(
  '[I2] a gateway closes before a server (%s) that never answers, breaks the request off, and does not say that it ran',
  async (kind) => {
    await using server = await silentServer();
    const gateway = await startGateway({ emulators: [{ kind, url: server.url }], drainMs: 100 });
    const pad = await connect(gateway.url, { reconnect: false });
    server.fallSilent();
    // The gateway would wait for minutes for the answer to so long a wait.
    const became = pad.send(kind === 'input-api' ? 'A' : 'W:20000').catch((error: unknown) => error);
    await expect.poll(() => server.unanswered.length).toBeGreaterThan(0);
    await gateway.gateway.close();
    expect(await became).toMatchObject({ code: 'connection_lost' });
    await expect.poll(() => server.cut).toEqual(server.unanswered);
    expect(gateway.errors).toEqual([]);
  },
);

it('a gateway closes while a server does not answer the start of a game', async () => {
  await using server = await silentServer();
  const gateway = await startGateway({ emulators: [{ kind: 'input-api', url: server.url }], drainMs: 100 });
  server.fallSilent();
  const refused = connect(gateway.url, { reconnect: false }).catch((error: unknown) => error);
  await expect.poll(() => server.unanswered.length).toBeGreaterThan(0);
  await gateway.gateway.close();
  expect(await refused).toBeInstanceOf(Error);
  expect(gateway.errors).toEqual([]);
});
