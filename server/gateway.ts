/** A gateway: `createGateway(config)`, then `listen`, and in the end `close`. */
import { Authenticator } from './access/authenticator.ts';
import { type Clock, systemClock, within } from './clock.ts';
import type { Config } from './config.ts';
import { CheckpointFiles } from './emulator/checkpoint-files.ts';
import type { PoolPlace } from './emulator/place.ts';
import { poolPlaces } from './emulator/places.ts';
import { RomCatalog } from './emulator/rom-catalog.ts';
import { Certificate } from './http/certificate.ts';
import { FileJournals } from './journal/files.ts';
import type { Journals } from './journal/journal.ts';
import { type Log, silentLog } from './log.ts';
import { type Resources, Wiring } from './wiring.ts';

export interface GatewayDeps {
  /** @default the system's */
  readonly clock?: Clock;
  /** @default says nothing */
  readonly log?: Log;
  /** The compiled worker of embedded games, for code that does not run from `dist/`. */
  readonly workerUrl?: URL;
  /** The same of the threads that run rollouts. */
  readonly rolloutWorkerUrl?: URL;
  /** Emulators to lease instead of those that the configuration asks for: drivers of one's own. */
  readonly places?: readonly PoolPlace[];
  /** Where runs are on record instead of the data directory. */
  readonly journals?: Journals;
}

/** Where a gateway is reached. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  /** Ports of the compatibility API. */
  readonly compatPorts: readonly number[];
}

export interface Gateway {
  /** Starts to serve; resolves to the address, with the ports that were really taken. Rejects when one is in use. */
  listen(): Promise<Listening>;
  /** Drains: tells clients, lets sessions finish for at most `drainMs`, and closes everything. */
  close(reason?: string): Promise<void>;
}

/** After a drain, clients are asked to come back after this time. */
const RECONNECT_MS = 1000;
/** How long clients may take to answer the close frame when the gateway stops, and servers behind emulators to answer what is under way. */
const CLOSING_MS = 1000;

/** @throws JoywireError `invalid_rom` when the ROM cannot be read, `data_in_use` when another gateway has the data directory */
export async function createGateway(config: Config, deps: GatewayDeps = {}): Promise<Gateway> {
  const { clock = systemClock, log = silentLog, workerUrl } = deps;
  const authenticator = await Authenticator.open(config, {
    now: () => clock.now(),
    wallClock: Date.now,
    onFault: (why) => log.error('the token file cannot be read', { why }),
  });
  const certificate = await Certificate.open(config);
  const places = deps.places ?? (await poolPlaces(config, { clock, workerUrl }));
  const journals = deps.journals ?? (config.journal ? await FileJournals.open(config) : undefined);
  // Journals that are handed in mean that nothing goes into the data directory.
  const ownData = config.journal && deps.journals === undefined;
  const files = ownData ? new CheckpointFiles(config.data, (message) => log.warn(message)) : undefined;
  const onSkipped = (name: string, why: string) => log.warn('a file is no ROM', { name, why });
  const roms = config.romDir && (await RomCatalog.open(config.romDir, { clock, onSkipped }));
  const resources: Resources = {
    places,
    roms: roms || undefined,
    journals,
    files,
    authenticator,
    certificate,
    clock,
    log,
    rolloutWorkerUrl: deps.rolloutWorkerUrl ?? new URL('./rollouts/worker.js', import.meta.url),
  };
  return new JoywireGateway(config, resources, new Wiring(config, resources));
}

class JoywireGateway implements Gateway {
  readonly #config: Config;
  readonly #resources: Resources;
  readonly #wiring: Wiring;
  #endRenewal: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(config: Config, resources: Resources, wiring: Wiring) {
    this.#config = config;
    this.#resources = resources;
    this.#wiring = wiring;
  }

  async listen(): Promise<Listening> {
    const { host } = this.#config;
    await this.#resources.files?.restoreTo(this.#wiring.checkpoints);
    await this.#wiring.sessions.restore();
    const compatPorts = await this.#wiring.compat.listen();
    const port = await this.#listen();
    const { certificate, clock, log } = this.#resources;
    this.#endRenewal = certificate?.renew({
      clock,
      onRenewed: (untilMs) =>
        log.info('another certificate is in use', { until: new Date(untilMs).toISOString() }),
      onFault: (why) => log.error('the certificate cannot be read again', { why }),
    });
    return { host, port, compatPorts };
  }

  close(reason = 'the gateway is stopping'): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  #listen(): Promise<number> {
    const { host, port } = this.#config;
    const { server } = this.#wiring;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  async #close(reason: string): Promise<void> {
    const { server, compat, mcp, connector, connections, sessions, rollouts, pool, journals } = this.#wiring;
    connector.stop();
    const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
    const compatStopped = compat.stop();
    this.#endRenewal?.();
    pool.stopWaiting();
    for (const connection of connections.all()) connection.drain(reason, RECONNECT_MS);
    sessions.leaveAll(reason);
    await this.#withinDrain(sessions.empty());
    // Whoever is still here had more queued than draining may take.
    for (const connection of connections.all()) connection.end('service_restart', reason);
    await this.#withinDrain(connections.empty(), CLOSING_MS);
    await this.#withinDrain(mcp.close(), CLOSING_MS);
    connections.terminate();
    await rollouts.close();
    await pool.close(CLOSING_MS);
    await journals?.close();
    server.closeAllConnections();
    compat.terminate();
    await Promise.all([stopped, compatStopped]);
  }

  /** Waits for `done`, or as long as draining may take. */
  #withinDrain(done: Promise<void>, limitMs = this.#config.drainMs): Promise<void> {
    return within(this.#resources.clock, limitMs, done);
  }
}
