/** Makes the parts of a gateway and connects them; nothing runs yet. */
import type { Server } from 'node:http';
import { Authenticator } from './access/authenticator.ts';
import { Entrance } from './access/entrance.ts';
import { AudioChannel } from './channels/audio/channel.ts';
import type { Channel } from './channels/channel.ts';
import { ProfileChannel } from './channels/profile/channel.ts';
import { ScreenChannel } from './channels/screen/channel.ts';
import { StatsChannel } from './channels/stats/channel.ts';
import { GatewayFigures } from './channels/stats/gateway-figures.ts';
import { Meter } from './channels/stats/meter.ts';
import { createMetrics } from './channels/stats/metrics.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { Acceptor } from './connection/acceptor.ts';
import type { ConnectionDeps } from './connection/connection.ts';
import { ConnectionSet } from './connection/connection-set.ts';
import { Connector } from './connection/connector.ts';
import { CheckpointFiles } from './emulator/checkpoint-files.ts';
import { Checkpoints } from './emulator/checkpoints.ts';
import type { PoolPlace } from './emulator/place.ts';
import { Pool } from './emulator/pool.ts';
import { RomCatalog } from './emulator/rom-catalog.ts';
import { SessionStates } from './emulator/session-states.ts';
import { type AccessPolicy, accessPolicy } from './http/access.ts';
import { Certificate } from './http/certificate.ts';
import { CompatPorts } from './http/compat/ports.ts';
import { Crowd } from './http/crowd.ts';
import { Door } from './http/door.ts';
import { createHttpHandler } from './http/handler.ts';
import { readPage } from './http/page.ts';
import { createWebServer } from './http/web-server.ts';
import type { Journals } from './journal/journal.ts';
import { RunJournals } from './journal/run-journals.ts';
import { MAX_SUBSCRIPTIONS, MIN_INTERVAL_MS, publishedLimits } from './limits.ts';
import { errorFields, type Log } from './log.ts';
import { McpHttp } from './mcp/http.ts';
import { LocalDoor } from './mcp/local-door.ts';
import { MemoryBudget, type MemoryUse } from './memory/budget.ts';
import { memoryUse } from './memory/use.ts';
import { packageVersion } from './package.ts';
import { openRollouts, rolloutStateBytes } from './rollouts/open.ts';
import type { Rollouts } from './rollouts/rollouts.ts';
import { endSession, listSessions } from './session/admin-calls.ts';
import { type CallDeps, performCall } from './session/calls.ts';
import { listEmulators } from './session/emulator-list.ts';
import { Opener } from './session/opener.ts';
import { SessionRegistry } from './session/registry.ts';
import { Ticker } from './ticker.ts';

/** TCP connections beyond `maxConnections`, for plain HTTP and for refusals. */
const SPARE_CONNECTIONS = 100;
const MIB = 1024 * 1024;

/** What a gateway is made of that had to be opened: files, keys, places. */
export interface Resources {
  readonly places: readonly PoolPlace[];
  readonly roms: RomCatalog | undefined;
  readonly journals: Journals | undefined;
  readonly files: CheckpointFiles | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly authenticator: Authenticator;
  readonly certificate: Certificate | undefined;
  readonly rolloutWorkerUrl: URL;
}

export class Wiring {
  readonly #config: Config;
  readonly #resources: Resources;
  readonly #policy: AccessPolicy;
  readonly #entrance: Entrance;
  readonly #crowd: Crowd;
  readonly #meter: Meter;
  readonly #ticker: Ticker;
  readonly checkpoints: Checkpoints;
  readonly rollouts: Rollouts;
  readonly pool: Pool;
  readonly connections: ConnectionSet;
  readonly #memory: MemoryBudget;
  readonly journals: RunJournals | undefined;
  readonly sessions: SessionRegistry;
  readonly #opener: Opener;
  readonly #figures: GatewayFigures;
  readonly #stats: StatsChannel;
  readonly #profiles: ProfileChannel;
  readonly connector: Connector;
  readonly mcp: McpHttp;
  readonly server: Server;
  readonly compat: CompatPorts;

  constructor(config: Config, resources: Resources) {
    const { clock, log, authenticator } = resources;
    this.#config = config;
    this.#resources = resources;
    this.#policy = accessPolicy(config, authenticator);
    this.#entrance = new Entrance(authenticator);
    this.#crowd = new Crowd(config.maxConnectionsPerAddress);
    this.#meter = new Meter(clock);
    this.#ticker = new Ticker(clock, this.#onError);
    this.checkpoints = new Checkpoints(
      resources.files,
      undefined,
      new SessionStates(rolloutStateBytes(config)),
    );
    const workerUrl = resources.rolloutWorkerUrl;
    this.rollouts = openRollouts(config, { clock, log, checkpoints: this.checkpoints, workerUrl });
    this.pool = new Pool(resources.places, config, {
      checkpoints: this.checkpoints,
      clock,
      roms: resources.roms,
    });
    this.connections = new ConnectionSet(clock, config.keepaliveMs, () => this.#memory.relieve());
    this.#memory = this.#openBudget();
    this.journals = resources.journals && this.#runJournals(resources.journals);
    this.sessions = this.#openRegistry();
    this.#opener = new Opener({
      entrance: this.#entrance,
      sessions: this.sessions,
      memoryFull: () => this.#memory.full,
      log,
    });
    this.#figures = new GatewayFigures({
      meter: this.#meter,
      sessions: this.sessions,
      connections: this.connections,
      pool: this.pool,
      rollouts: this.rollouts,
      memory: this.#memory,
      memoryUse: () => this.#memoryUse(),
      credit: config.credit,
    });
    const session = (id: string) => this.sessions.find(id);
    const timing = { clock, wallClock: Date.now, minIntervalMs: MIN_INTERVAL_MS };
    this.#stats = new StatsChannel({ ...timing, session, gateway: this.#figures });
    this.#profiles = new ProfileChannel({ ...timing, session });
    this.connector = new Connector(this.connections, config.maxConnections, this.#connectionDeps());
    this.mcp = this.#openMcp();
    this.server = this.#createServer();
    this.compat = this.#openCompat();
  }

  /** A fault of the gateway. */
  readonly #onError = (error: unknown): void => {
    this.#resources.log.error('a fault of the gateway', errorFields(error));
  };

  #openBudget(): MemoryBudget {
    const { clock, log } = this.#resources;
    return new MemoryBudget(this.#config.memoryBudgetMb * MIB, {
      clock,
      measure: () => this.#memoryUse(),
      holders: () => this.connections.all(),
      onRelieved: (connections, bytes) =>
        log.warn('short of memory: the largest connections were cut', { connections, bytes }),
    });
  }

  #memoryUse(): MemoryUse {
    return memoryUse({
      connections: this.connections,
      sessions: this.sessions,
      checkpoints: this.checkpoints,
      rollouts: this.rollouts,
      compression: this.#config.compression,
    });
  }

  #runJournals(journals: Journals): RunJournals {
    const { snapshotMs, journalMaxBytes, journalMaxAgeMs } = this.#config;
    const { clock, log } = this.#resources;
    return new RunJournals({
      journals,
      clock,
      ticker: this.#ticker,
      wallClock: Date.now,
      log: (message) => log.info(message),
      snapshotMs,
      retention: { maxBytes: journalMaxBytes, maxAgeMs: journalMaxAgeMs },
    });
  }

  #openRegistry(): SessionRegistry {
    const { clock, log } = this.#resources;
    const { batching, credit, resumeMs } = this.#config;
    return new SessionRegistry({
      journals: this.journals,
      pool: this.pool,
      clock,
      ticker: this.#ticker,
      meter: this.#meter,
      log,
      onEnd: (session) => {
        this.rollouts.ended(session.id);
        this.#stats.sessionEnded(session);
        this.#profiles.sessionEnded(session);
      },
      batching,
      credit,
      resumeMs,
      limits: publishedLimits(this.#config),
      server: `joywire/${packageVersion}`,
    });
  }

  #channels(): ReadonlyMap<string, Channel> {
    const running = {
      emulator: (id: string) => this.pool.find(id),
      running: () => this.pool.running(),
      emulatorOf: (session: string) => this.sessions.find(session)?.emulator.id,
    };
    const channels: Channel[] = [
      this.#stats,
      this.#profiles,
      new ScreenChannel({ clock: this.#resources.clock, ...running }),
      new AudioChannel(running),
    ];
    return new Map(channels.map((channel) => [channel.name, channel]));
  }

  #callDeps(): CallDeps {
    return {
      pool: this.pool,
      checkpoints: this.checkpoints,
      rollouts: this.rollouts,
      clock: this.#resources.clock,
      memoryFull: () => this.#memory.full,
      stateUploads: this.#config.stateUploads,
      sessions: this.sessions,
      connection: (id) => this.connections.find(id),
      takeover: this.sessions.takeover,
      renew: (token, guest) => this.#entrance.renew(token, guest),
      emulators: () => listEmulators(this.pool, this.sessions, this.rollouts),
      readStats: (params, sessionId) => this.#stats.read(params, sessionId),
      onError: this.#onError,
    };
  }

  /** What all connections share. */
  #connectionDeps(): ConnectionDeps {
    const { maxBufferedBytes, handshakeTimeoutMs, keepaliveMs, credit } = this.#config;
    const { clock, log } = this.#resources;
    const calls = this.#callDeps();
    return {
      clock,
      ticker: this.#ticker,
      channels: this.#channels(),
      maxBufferedBytes,
      maxSubscriptions: MAX_SUBSCRIPTIONS,
      handshakeTimeoutMs,
      keepaliveMs,
      credit,
      rates: this.#config,
      open: (hello, guest, applicant) => this.#opener.admit(hello, guest, applicant),
      call: (call, session, guest, reply) => void performCall(call, session, calls, guest, reply),
      wallClock: Date.now,
      onReplaced: (session) => (session?.meter ?? this.#meter).pushReplaced(),
      log,
      onClose: (closed, guest) => {
        this.#entrance.left(guest);
        this.connections.delete(closed);
      },
    };
  }

  #openMcp(): McpHttp {
    const { connector } = this;
    const { clock, log } = this.#resources;
    return new McpHttp(this.#config, {
      clock,
      door: (identity) =>
        new LocalDoor(identity, {
          refusal: () => connector.refusal(),
          connectAs: (guest) => connector.connectAs(guest, 'mcp'),
        }),
      log,
    });
  }

  #openCompat(): CompatPorts {
    const { clock, certificate } = this.#resources;
    return new CompatPorts(this.#config, {
      clock,
      policy: this.#policy,
      crowd: this.#crowd,
      // Who may use the port was seen to at its own door.
      open: (hello, applicant) => this.#opener.open(hello, applicant, { name: 'compat', role: 'play' }),
      certificate,
      onError: this.#onError,
    });
  }

  #createServer(): Server {
    const metrics = createMetrics(this.#figures);
    const handler = createHttpHandler({
      policy: this.#policy,
      crowd: this.#crowd,
      ready: () => !this.connector.stopping,
      metrics: () => metrics.text(),
      emulators: () => listEmulators(this.pool, this.sessions, this.rollouts),
      sessions: () => listSessions(this.sessions.all()),
      endSession: (id) => endSession(this.sessions.find(id)),
      roms: () => this.pool.roms(),
      page: readPage(),
      mcp: this.#config.maxMcpSessions > 0 ? this.mcp : undefined,
      onError: this.#onError,
    });
    const { handshakeTimeoutMs } = this.#config;
    const server = createWebServer(
      this.#resources.certificate,
      {
        headersTimeout: handshakeTimeoutMs,
        requestTimeout: handshakeTimeoutMs,
        connectionsCheckingInterval: Math.min(1000, handshakeTimeoutMs),
      },
      handler,
    );
    // Connections that ask for nothing hold memory too. A few more than WebSockets, so that there is somebody to tell that all are taken.
    server.maxConnections = this.#config.maxConnections + SPARE_CONNECTIONS;
    this.#crowd.watch(server);
    this.#openDoor().watch(server);
    return server;
  }

  #openDoor(): Door {
    const { maxMessageBytes, compression, compressFromBytes } = this.#config;
    const acceptor = new Acceptor({
      maxMessageBytes,
      compressFromBytes: compression ? compressFromBytes : undefined,
      onError: (message, connection) =>
        this.#resources.log.debug('a WebSocket failed', { connection, message }),
    });
    return new Door({
      policy: this.#policy,
      crowd: this.#crowd,
      acceptor,
      connector: this.connector,
      onError: this.#onError,
    });
  }
}
