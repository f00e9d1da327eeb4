import { describe, expect, it } from 'vitest';
import type { CommandIo, StopSignal } from '../../../../server/commands/command.ts';
import { type CreateServed, serveWith } from '../../../../server/commands/serve.ts';
import type { Config } from '../../../../server/config.ts';
import { JoywireError } from '../../../../shared/errors.ts';

/** A gateway that does nothing, and what was done to it. */
function fakeGateway(faults: { create?: Error; listen?: Error; close?: Error } = {}) {
  const seen: string[] = [];
  let config: Config | undefined;
  let announceListening: () => void = () => undefined;
  const listening = new Promise<void>((resolve) => {
    announceListening = resolve;
  });
  const create: CreateServed = (given) => {
    config = given;
    seen.push('create');
    if (faults.create !== undefined) return Promise.reject(faults.create);
    return Promise.resolve({
      listen() {
        seen.push('listen');
        if (faults.listen !== undefined) return Promise.reject(faults.listen);
        announceListening();
        return Promise.resolve({ host: given.host, port: 4321, compatPorts: [] });
      },
      close() {
        seen.push('close');
        return faults.close === undefined ? Promise.resolve() : Promise.reject(faults.close);
      },
    });
  };
  return { create, seen, listening, config: () => config };
}

function fakeProcess(env: NodeJS.ProcessEnv = {}) {
  const written = { out: '', err: '' };
  const listeners = new Set<(signal: StopSignal) => void>();
  const io: CommandIo = {
    stdout: {
      write: (text) => {
        written.out += text;
      },
    },
    stderr: {
      write: (text) => {
        written.err += text;
      },
    },
    stdin: (async function* () {})(),
    env,
    cwd: '/',
    onSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const signal = (name: StopSignal) => {
    for (const listener of listeners) listener(name);
  };
  return { io, written, signal, listeners };
}

const coded = (code: string) => Object.assign(new Error(`${code}: the system says so`), { code });

describe('a gateway that starts', () => {
  it.each([
    [[], 'listening on http://127.0.0.1:4321\n'],
    [['--host', '::1'], 'listening on http://[::1]:4321\n'],
  ])('with %j prints one line on stdout, and exits 0 after the first signal', async (args, line) => {
    const gateway = fakeGateway();
    const { io, written, signal, listeners } = fakeProcess();
    const code = serveWith(gateway.create, args, io);
    await gateway.listening;
    signal('SIGTERM');
    expect(await code).toBe(0);
    expect(written.out).toBe(line);
    expect(gateway.seen).toEqual(['create', 'listen', 'close']);
    expect(listeners.size).toBe(0);
  });

  it('ends at once on a second signal while it stops', async () => {
    const gateway = fakeGateway();
    const { io, signal } = fakeProcess();
    let ms = 0;
    const create: CreateServed = async (config, deps) => ({
      ...(await gateway.create(config, deps)),
      close: () => new Promise(() => undefined),
    });
    const code = serveWith(create, [], io, { now: () => ms });
    await gateway.listening;
    signal('SIGINT');
    ms = 1000;
    signal('SIGINT');
    expect(await code).toBe(130);
  });

  it('stops without ever listening when the signal comes while it starts', async () => {
    const gateway = fakeGateway();
    const { io, written, signal } = fakeProcess();
    const code = serveWith(gateway.create, [], io);
    signal('SIGINT');
    expect(await code).toBe(0);
    expect(gateway.seen).toEqual(['create', 'close']);
    expect(written.out).toBe('');
  });

  it('says so when stopping fails, and exits 1', async () => {
    const gateway = fakeGateway({ close: new Error('stuck') });
    const { io, written, signal } = fakeProcess();
    const code = serveWith(gateway.create, [], io);
    await gateway.listening;
    signal('SIGINT');
    expect(await code).toBe(1);
    expect(written.err).toContain('stopping failed: stuck');
  });

  it('gets the configuration of flags and environment', async () => {
    const gateway = fakeGateway();
    const { io, signal } = fakeProcess({ JOYWIRE_EMULATORS: '7', JOYWIRE_PORT: '1' });
    const code = serveWith(gateway.create, ['--port', '2'], io);
    signal('SIGINT');
    await code;
    expect(gateway.config()).toMatchObject({ emulators: 7, port: 2 });
  });
});

describe('a gateway that does not start', () => {
  it('because of wrong settings lists them all on stderr and exits 2', async () => {
    const gateway = fakeGateway();
    const { io, written } = fakeProcess({ JOYWIRE_PORT: 'abc' });
    expect(await serveWith(gateway.create, ['--credit=0'], io)).toBe(2);
    expect(written.err.split('\n').slice(0, 2)).toEqual([
      'joywire: port: got "abc"; allowed: a whole number from 0 to 65535 (from environment JOYWIRE_PORT)',
      'joywire: credit: got "0"; allowed: a whole number from 1 to 4096 (from flag --credit)',
    ]);
    expect(written.out).toBe('');
    expect(gateway.seen).toEqual([]);
  });

  it.each<[what: string, fault: Error, code: number, message: string]>([
    [
      'its port is taken',
      coded('EADDRINUSE'),
      1,
      'port 8080 on 127.0.0.1 is taken; choose another with --port',
    ],
    ['its port is not for this user', coded('EACCES'), 1, 'this user may not listen on 127.0.0.1:8080'],
    [
      'its host is no address of this machine',
      coded('EADDRNOTAVAIL'),
      2,
      'host: got "127.0.0.1"; allowed: an address of this machine',
    ],
    ['of something else', new Error('odd'), 1, 'the gateway did not start: odd'],
    ['of what is behind an error', new Error('listen failed', { cause: coded('EADDRINUSE') }), 1, 'is taken'],
  ])('because %s says so and exits', async (_what, listen, code, message) => {
    const gateway = fakeGateway({ listen });
    const { io, written, listeners } = fakeProcess();
    expect(await serveWith(gateway.create, [], io)).toBe(code);
    expect(written.err).toContain(`joywire: `);
    expect(written.err).toContain(message);
    expect(written.out).toBe('');
    expect(gateway.seen).toEqual(['create', 'listen', 'close']);
    expect(listeners.size).toBe(0);
  });

  it('because its ROM cannot be read names the key and exits 2', async () => {
    const gateway = fakeGateway({ create: new JoywireError('invalid_rom', 'no such file') });
    const { io, written } = fakeProcess();
    expect(await serveWith(gateway.create, ['--rom', '/x.gb'], io)).toBe(2);
    expect(written.err).toBe('joywire: rom: got "/x.gb"; allowed: the path of a ROM file; no such file\n');
  });
});

it('an open door beyond loopback is warned about, as are unknown variables', async () => {
  const gateway = fakeGateway();
  const { io, written, signal } = fakeProcess({ JOYWIRE_PROT: '1' });
  const code = serveWith(gateway.create, ['--host', '0.0.0.0', '--allow-unauthenticated'], io);
  await gateway.listening;
  await Promise.resolve();
  signal('SIGINT');
  await code;
  expect(written.err).toContain('"msg":"JOYWIRE_PROT: unknown environment variable, ignored');
  expect(written.err).toContain('"msg":"anybody who reaches this gateway may play');
});
