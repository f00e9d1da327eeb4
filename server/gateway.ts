/** Wires everything: `createGateway(config)`, then `listen`, and in the end `close`. */
import type { IncomingMessage, Server } from 'node:http';
import { availableParallelism } from 'node:os';
import type { Duplex } from 'node:stream';
import type { Hello } from '../shared/protocol.ts';
import { LIMITS, type PublishedLimits } from '../shared/protocol.ts';
import type { Channel } from './channels/channel.ts';
import { AudioChannel } from './channels/audio/channel.ts';
import { ProfileChannel } from './channels/profile/channel.ts';
import { ScreenChannel } from './channels/screen/channel.ts';
import { StatsChannel } from './channels/stats/channel.ts';
import { Meter } from './channels/stats/meter.ts';
import { createMetrics } from './channels/stats/metrics.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { Acceptor, type Connect } from './connection/acceptor.ts';
import { Connection, type ConnectionDeps, type Opening } from './connection/connection.ts';
import { ConnectionSet } from './connection/connection-set.ts';
import { CheckpointFiles } from './emulator/checkpoint-files.ts';
import { SLOW_BYTES } from './connection/outbox.ts';
import { Checkpoints } from './emulator/checkpoints.ts';
import { poolPlaces } from './emulator/places.ts';
import type { PoolPlace } from './emulator/place.ts';
import { Pool } from './emulator/pool.ts';
import { SessionStates } from './emulator/session-states.ts';
import { RomCatalog } from './emulator/rom-catalog.ts';
import type { Applicant } from './emulator/waiting-line.ts';
import { Authenticator } from './access/authenticator.ts';
import { Entrance } from './access/entrance.ts';
import { Guest } from './access/guest.ts';
import { type Identity, LOCAL } from './access/identity.ts';
import { type AccessPolicy, accessPolicy } from './http/access.ts';
import { CompatPorts } from './http/compat/ports.ts';
import { Crowd } from './http/crowd.ts';
import { createHttpHandler } from './http/handler.ts';
import { readPage } from './http/page.ts';
import { negotiate, refuseUpgrade, unavailable } from './http/upgrade.ts';
import { Certificate } from './http/certificate.ts';
import { createWebServer } from './http/web-server.ts';
import { FileJournals } from './journal/files.ts';
import type { Journals } from './journal/journal.ts';
import { RunJournals } from './journal/run-journals.ts';
import { errorFields, type Log, silentLog } from './log.ts';
import { MemoryBudget, type MemoryUse } from './memory/budget.ts';
import { McpHttp } from './mcp/http.ts';
import { LocalDoor } from './mcp/local-door.ts';
import { packageVersion } from './package.ts';
import { RolloutEngine } from './rollouts/engine.ts';
import { WorkerLane } from './rollouts/lane.ts';
import { Rollouts } from './rollouts/rollouts.ts';
import { type CallDeps, type EmulatorListing, performCall } from './session/calls.ts';
import { endSession, listSessions } from './session/admin-calls.ts';
import { SessionRegistry } from './session/registry.ts';
import { Ticker } from './ticker.ts';

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
/** How long clients may take to answer the close frame when the gateway stops. */
const CLOSING_MS = 1000;
/** TCP connections beyond `maxConnections`, for plain HTTP and for refusals. */
const SPARE_CONNECTIONS = 100;
const MAX_SUBSCRIPTIONS = 64;
/** What an idle connection and an idle session take, about (measured by `npm run bench -- --only watchers`). */
const CONNECTION_BYTES = 24 * 1024;
const SESSION_BYTES = 64 * 1024;
/** What compression takes of memory for a connection (zlib's manual: deflate with 13 and 7, inflate with 15). */
const COMPRESSION_BYTES = 144 * 1024;
const MIB = 1024 * 1024;
/** Shortest interval of a channel that pushes by time. */
const MIN_INTERVAL_MS = 100;

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
  return new JoywireGateway(config, {
    places,
    roms: roms || undefined,
    journals,
    files,
    authenticator,
    certificate,
    clock,
    log,
    rolloutWorkerUrl: deps.rolloutWorkerUrl ?? new URL('./rollouts/worker.js', import.meta.url),
  });
}

interface Parts {
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

class JoywireGateway implements Gateway {
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #policy: AccessPolicy;
  readonly #entrance: Entrance;
  readonly #certificate: Certificate | undefined;
  readonly #crowd: Crowd;
  readonly #meter: Meter;
  readonly #ticker: Ticker;
  readonly #pool: Pool;
  readonly #sessions: SessionRegistry;
  readonly #connections: ConnectionSet;
  readonly #checkpoints: Checkpoints;
  readonly #rollouts: Rollouts;
  readonly #memory: MemoryBudget;
  readonly #stats: StatsChannel;
  readonly #profiles: ProfileChannel;
  readonly #channels: ReadonlyMap<string, Channel>;
  readonly #calls: CallDeps;
  readonly #acceptor: Acceptor;
  readonly #connectionDeps: ConnectionDeps;
  readonly #mcp: McpHttp;
  readonly #server: Server;
  readonly #compat: CompatPorts;
  readonly #journals: RunJournals | undefined;
  readonly #restoreCheckpoints: () => Promise<void>;
  #endRenewal: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #lastConnection = 0;

  constructor(
    config: Config,
    { places, roms, journals, files, authenticator, certificate, clock, log, rolloutWorkerUrl }: Parts,
  ) {
    this.#certificate = certificate;
    this.#config = config;
    this.#clock = clock;
    this.#log = log;
    this.#policy = accessPolicy(config, authenticator);
    this.#entrance = new Entrance(authenticator);
    this.#crowd = new Crowd(config.maxConnectionsPerAddress);
    this.#meter = new Meter(clock);
    this.#ticker = new Ticker(clock, (error) => log.error('a fault of the gateway', errorFields(error)));
    const stateBytes = config.rolloutStatesMb * MIB;
    this.#checkpoints = new Checkpoints(files, undefined, new SessionStates(stateBytes));
    this.#rollouts = new Rollouts(
      new RolloutEngine({
        workers: config.rolloutWorkers ?? availableParallelism(),
        clock,
        openLane: (events) =>
          new WorkerLane({ clock, watchdogMs: config.watchdogMs, workerUrl: rolloutWorkerUrl }, events),
        onUnfair: (why) =>
          log.warn('rollouts run beside live games instead of behind them: no lower priority', { why }),
      }),
      {
        maxRollouts: config.maxRollouts,
        maxFrames: config.maxRolloutFrames,
        maxStateBytes: stateBytes,
      },
      this.#checkpoints,
    );
    this.#restoreCheckpoints = async () => files?.restoreTo(this.#checkpoints);
    this.#pool = new Pool(places, config, { checkpoints: this.#checkpoints, clock, roms });
    this.#connections = new ConnectionSet(clock, config.keepaliveMs, () => this.#memory.relieve());
    this.#memory = new MemoryBudget(config.memoryBudgetMb * MIB, {
      clock,
      measure: () => this.#memoryUse(),
      holders: () => this.#connections.all(),
      onRelieved: (connections, bytes) =>
        log.warn('short of memory: the largest connections were cut', { connections, bytes }),
    });
    this.#journals = journals && this.#runJournals(journals);
    this.#sessions = new SessionRegistry({
      journals: this.#journals,
      pool: this.#pool,
      clock,
      ticker: this.#ticker,
      meter: this.#meter,
      log,
      onEnd: (session) => {
        this.#rollouts.ended(session.id);
        this.#stats.sessionEnded(session);
        this.#profiles.sessionEnded(session);
      },
      batching: config.batching,
      credit: config.credit,
      resumeMs: config.resumeMs,
      limits: publishedLimits(config),
      server: `joywire/${packageVersion}`,
    });
    this.#stats = new StatsChannel({
      clock,
      wallClock: Date.now,
      gateway: this.#gatewaySource(),
      session: (id) => this.#sessions.find(id),
      minIntervalMs: MIN_INTERVAL_MS,
    });
    this.#profiles = new ProfileChannel({
      clock,
      wallClock: Date.now,
      session: (id) => this.#sessions.find(id),
      minIntervalMs: MIN_INTERVAL_MS,
    });
    const running = {
      emulator: (id: string) => this.#pool.find(id),
      running: () => this.#pool.running(),
      emulatorOf: (session: string) => this.#sessions.find(session)?.emulator.id,
    };
    const channels: Channel[] = [
      this.#stats,
      this.#profiles,
      new ScreenChannel({ clock, ...running }),
      new AudioChannel(running),
    ];
    this.#channels = new Map(channels.map((channel) => [channel.name, channel]));
    this.#calls = {
      pool: this.#pool,
      checkpoints: this.#checkpoints,
      rollouts: this.#rollouts,
      clock,
      memoryFull: () => this.#memory.full,
      stateUploads: config.stateUploads,
      sessions: {
        all: () => this.#sessions.all(),
        find: (id) => this.#sessions.find(id),
      },
      connection: (id) => this.#connections.find(id),
      takeover: this.#sessions.takeover,
      renew: (token, guest) => this.#entrance.renew(token, guest),
      emulators: () => this.#emulators(),
      readStats: (params, sessionId) => this.#stats.read(params, sessionId),
      onError: (error) => log.error('a fault of the gateway', errorFields(error)),
    };
    this.#connectionDeps = this.#makeConnectionDeps();
    this.#acceptor = new Acceptor({
      maxMessageBytes: config.maxMessageBytes,
      compressFromBytes: config.compression ? config.compressFromBytes : undefined,
      onError: (message, connection) => log.debug('a WebSocket failed', { connection, message }),
    });
    this.#mcp = new McpHttp(config, {
      clock,
      door: (identity) =>
        new LocalDoor(identity, {
          refusal: () => this.#connectionRefusal(),
          connectAs: (guest) => this.#connectAs(guest, 'mcp'),
        }),
      log,
    });
    this.#server = this.#createServer();
    this.#compat = new CompatPorts(config, {
      clock,
      policy: this.#policy,
      crowd: this.#crowd,
      // Who may use the port was seen to at its own door.
      open: (hello, applicant) => this.#openSession(hello, applicant, { name: 'compat', role: 'play' }),
      certificate,
      onError: (error) => log.error('a fault of the gateway', errorFields(error)),
    });
  }

  async listen(): Promise<Listening> {
    const { host } = this.#config;
    await this.#restoreCheckpoints();
    await this.#sessions.restore();
    const compatPorts = await this.#compat.listen();
    const port = await this.#listen();
    this.#endRenewal = this.#certificate?.renew({
      clock: this.#clock,
      onRenewed: (untilMs) =>
        this.#log.info('another certificate is in use', { until: new Date(untilMs).toISOString() }),
      onFault: (why) => this.#log.error('the certificate cannot be read again', { why }),
    });
    return { host, port, compatPorts };
  }

  close(reason = 'the gateway is stopping'): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  #listen(): Promise<number> {
    const { host, port } = this.#config;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  async #close(reason: string): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const compatStopped = this.#compat.stop();
    this.#endRenewal?.();
    this.#pool.stopWaiting();
    for (const connection of this.#connections.all()) connection.drain(reason, RECONNECT_MS);
    this.#sessions.leaveAll(reason);
    await this.#withinDrain(this.#sessions.empty());
    // Whoever is still here had more queued than draining may take.
    for (const connection of this.#connections.all()) connection.end('service_restart', reason);
    await this.#withinDrain(this.#connections.empty(), CLOSING_MS);
    await this.#withinDrain(this.#mcp.close(), CLOSING_MS);
    this.#connections.terminate();
    await this.#rollouts.close();
    await this.#pool.close();
    await this.#journals?.close();
    this.#server.closeAllConnections();
    this.#compat.terminate();
    await Promise.all([stopped, compatStopped]);
  }

  /** Waits for `done`, or as long as draining may take. */
  #withinDrain(done: Promise<void>, limitMs = this.#config.drainMs): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(limitMs, resolve);
      void done.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #runJournals(journals: Journals): RunJournals {
    const { snapshotMs, journalMaxBytes, journalMaxAgeMs } = this.#config;
    return new RunJournals({
      journals,
      clock: this.#clock,
      ticker: this.#ticker,
      wallClock: Date.now,
      log: (message) => this.#log.info(message),
      snapshotMs,
      retention: { maxBytes: journalMaxBytes, maxAgeMs: journalMaxAgeMs },
    });
  }

  #createServer(): Server {
    const metrics = createMetrics({
      meter: this.#meter,
      gauges: () => this.#gauges(),
      refresh: () => this.#refresh(),
    });
    const handler = createHttpHandler({
      policy: this.#policy,
      crowd: this.#crowd,
      ready: () => this.#closing === undefined,
      metrics: () => metrics.text(),
      emulators: () => this.#emulators(),
      sessions: () => listSessions(this.#sessions.all()),
      endSession: (id) => endSession(this.#sessions.find(id)),
      roms: () => this.#pool.roms(),
      page: readPage(),
      mcp: this.#config.maxMcpSessions > 0 ? this.#mcp : undefined,
      onError: (error) => this.#log.error('a fault of the gateway', errorFields(error)),
    });
    const { handshakeTimeoutMs } = this.#config;
    const server = createWebServer(
      this.#certificate,
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
    server.on('upgrade', (request, stream, head) => {
      this.#upgrade(request, stream, head).catch((error: unknown) => {
        this.#log.error('a fault of the gateway', errorFields(error));
        stream.destroy();
      });
    });
    return server;
  }

  async #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const crowded = this.#crowd.problem(request.socket.remoteAddress);
    if (crowded !== undefined) return refuseUpgrade(stream, crowded);
    // Checking a signature takes a while. Nobody else listens on the socket by now, and one that breaks off then would end the process.
    const broken = () => stream.destroy();
    stream.once('error', broken);
    const negotiation = await negotiate(request, this.#policy);
    if (stream.destroyed) return;
    stream.off('error', broken);
    if (!negotiation.ok) return refuseUpgrade(stream, negotiation.problem);
    const refusal = this.#connectionRefusal();
    if (refusal !== undefined) return refuseUpgrade(stream, unavailable(refusal));
    const guest = new Guest(negotiation.identity, Date.now);
    this.#acceptor.accept(request, stream, head, this.#connectAs(guest, request.socket.remoteAddress));
  }

  /** Why no connection is taken now; undefined when one is. */
  #connectionRefusal(): string | undefined {
    if (this.#closing !== undefined) return 'the gateway is stopping';
    const { maxConnections } = this.#config;
    return this.#connections.size >= maxConnections
      ? `all ${maxConnections} connections are taken`
      : undefined;
  }

  /** Makes the connection of a guest. @param address where it comes from, for the log */
  #connectAs(guest: Guest, address: string | undefined): Connect {
    return (socket, encoding) => {
      this.#lastConnection += 1;
      const settings = { id: this.#lastConnection, encoding, guest };
      const connection = new Connection(socket, settings, this.#connectionDeps);
      this.#log.debug('connection opened', { connection: connection.id, address, encoding });
      this.#connections.add(connection);
      return connection;
    };
  }

  /** What all connections share. */
  #makeConnectionDeps(): ConnectionDeps {
    const { maxBufferedBytes, handshakeTimeoutMs, keepaliveMs, credit } = this.#config;
    return {
      clock: this.#clock,
      ticker: this.#ticker,
      channels: this.#channels,
      maxBufferedBytes,
      maxSubscriptions: MAX_SUBSCRIPTIONS,
      handshakeTimeoutMs,
      keepaliveMs,
      credit,
      rates: this.#config,
      open: (hello, guest, applicant) => this.#open(hello, guest, applicant),
      call: (call, session, guest, reply) => void performCall(call, session, this.#calls, guest, reply),
      wallClock: Date.now,
      onReplaced: (session) => (session?.meter ?? this.#meter).pushReplaced(),
      log: this.#log,
      onClose: (closed, guest) => {
        this.#entrance.left(guest);
        this.#connections.delete(closed);
      },
    };
  }

  async #open(hello: Hello, guest: Guest, applicant: Applicant): Promise<Opening> {
    try {
      const refused = await this.#entrance.admit(hello, guest);
      return refused ?? (await this.#openSession(hello, applicant, guest.identity ?? LOCAL));
    } catch (error) {
      return this.#openingFailed(error);
    }
  }

  async #openSession(hello: Hello, applicant: Applicant, by: Identity): Promise<Opening> {
    // A session that is here already has its memory, and resuming it lets its outcomes go.
    const known = hello.resume !== undefined && this.#sessions.find(hello.resume.session) !== undefined;
    if (!known && this.#memory.full) {
      const message = 'the gateway is short of memory and takes no new sessions';
      return { ok: false, close: 'try_again_later', code: 'overloaded', message };
    }
    try {
      return await this.#sessions.open(hello, applicant, by);
    } catch (error) {
      return this.#openingFailed(error);
    }
  }

  #openingFailed(error: unknown): Opening {
    this.#log.error('opening a session failed', errorFields(error));
    const message = 'opening the session failed in the gateway';
    return { ok: false, close: 'internal_error', code: 'internal', message };
  }

  /** Brings the frames of every session into the figures. */
  #refresh(): void {
    for (const session of this.#sessions.all()) session.refresh();
  }

  /** Every place of the pool, with the load and speed of the session that plays on it. */
  #emulators(): EmulatorListing[] {
    return this.#pool.list().map((place) => {
      const { controller, others } = this.#sessions.players(place.id);
      return {
        ...place,
        session: controller?.id ?? place.session,
        label: controller?.label ?? null,
        others: others.map(({ id, label = null }) => ({ session: id, label })),
        load: controller ? { ...controller.load(), rollouts: this.#rollouts.runsOf(controller.id) } : null,
        expiresInMs: controller?.expiresInMs() ?? null,
      };
    });
  }

  #gauges() {
    return {
      sessions: this.#sessions.size,
      sessionsDetached: this.#sessions.detached,
      connections: this.#connections.size,
      emulatorsUsed: this.#pool.leased,
      emulatorsLimit: this.#pool.size,
      waiting: this.#pool.waiting,
      outboxBytes: this.#connections.pendingBytes(),
      outboxLargestBytes: this.#connections.largestPendingBytes(),
      outboxSlow: this.#connections.pendingBeyond(SLOW_BYTES),
      memoryLimitBytes: this.#memory.limitBytes,
      memory: this.#memoryUse(),
      rollouts: this.#rollouts.figures(),
    };
  }

  #memoryUse(): MemoryUse {
    let sessions = 0;
    for (const session of this.#sessions.all()) sessions += SESSION_BYTES + session.heldBytes;
    const eachBytes = CONNECTION_BYTES + (this.#config.compression ? COMPRESSION_BYTES : 0);
    return {
      connections: this.#connections.size * eachBytes,
      outboxes: this.#connections.pendingBytes(),
      incoming: this.#connections.incomingBytes(),
      sessions,
      checkpoints: this.#checkpoints.bytes,
      rollouts: this.#rollouts.bytes,
    };
  }

  #gatewaySource() {
    return {
      meter: this.#meter,
      refresh: () => this.#refresh(),
      credit: () => {
        let outstanding = 0;
        for (const session of this.#sessions.all()) outstanding += session.credit().outstanding;
        return { limit: this.#config.credit * this.#sessions.size, outstanding };
      },
      pendingBytes: () => this.#connections.pendingBytes(),
    };
  }
}

function publishedLimits(config: Config): PublishedLimits {
  return {
    maxMessageBytes: config.maxMessageBytes,
    maxGroup: config.credit,
    maxHoldFrames: LIMITS.maxHoldFrames,
    maxMemoryBytes: LIMITS.maxMemoryBytes,
    maxSubscriptions: MAX_SUBSCRIPTIONS,
    minIntervalMs: MIN_INTERVAL_MS,
    keptOutcomes: LIMITS.keptOutcomes,
    keepaliveMs: config.keepaliveMs,
    maxResumeMs: Math.max(config.resumeMs, config.maxResumeMs),
    maxMacros: LIMITS.maxMacros,
    maxMacroPresses: LIMITS.maxMacroPresses,
    maxScriptLength: LIMITS.maxScriptLength,
  };
}
