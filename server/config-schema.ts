/** Every setting of the gateway: its type, bounds, default and description. Help, docs and messages are made from this. */
import { z } from 'zod';
import { LIMITS, STRATEGIES } from '../shared/protocol.ts';
import { isLoopback, parseHostPort, urlHost } from './http/host.ts';
import { EMULATORS_ALLOWED, emulators, LOCAL_KINDS } from './config-emulators.ts';
import { DURABILITIES } from './journal/journal.ts';
import { LOG_FORMATS, LOG_LEVELS } from './log.ts';

const MINUTE_MS = 60_000;
const KIB = 1024;
const MIB = 1024 * KIB;

const whole = (min: number, max: number) => z.int().min(min).max(max);

/** A host to listen on: no port, IPv6 with or without brackets. */
function isBindHost(text: string): boolean {
  const parsed = parseHostPort(urlHost(text));
  return parsed !== undefined && parsed.port === undefined;
}

/** Whoever can change keys on their way here can sign tokens. */
function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || isLoopback(hostname);
}

const batching = z.strictObject({
  strategy: z
    .enum(STRATEGIES)
    .default('adaptive')
    .describe(
      'When inputs are batched: by rate and waiting time, only while the emulator is busy, or by what was learned of both',
    ),
  maxWaitMs: z
    .number()
    .min(0)
    .max(LIMITS.maxWaitMs)
    .default(3)
    .describe('threshold, adaptive: longest time an input waits while its emulator is idle, in ms'),
  maxBatchSize: whole(1, LIMITS.maxBatchSize)
    .default(8)
    .describe('threshold: how many waiting inputs are sent at once'),
  highFrequencyThreshold: whole(1, LIMITS.maxHighFrequencyThreshold)
    .default(5)
    .describe('threshold: inputs within a second from which on they are batched'),
});

export const configSchema = z.strictObject({
  host: z
    .string()
    .refine(isBindHost)
    .default('127.0.0.1')
    .describe('Address to listen on')
    .meta({ allowed: 'an IP address or host name; other than loopback only with a token' }),
  port: whole(0, 65_535).default(8080).describe('Port to listen on; 0 picks a free one'),
  rom: z
    .string()
    .min(1)
    .default('overworld')
    .describe('The game')
    .meta({ allowed: 'path of a ROM file, or the name of a game that ships with Joywire' }),
  romDir: z
    .string()
    .min(1)
    .optional()
    .describe('Directory of ROMs that sessions may ask for, by file name or SHA-256')
    .meta({ allowed: 'path of a directory' }),
  driver: z
    .enum(LOCAL_KINDS)
    .default('embedded')
    .describe('Kind of the emulators that are only counted; noop runs nothing and answers at once'),
  emulators: emulators.default(4).describe('The emulators, one for each session: how many, or which').meta({
    type: 'emulators',
    allowed: EMULATORS_ALLOWED,
  }),
  leaseTimeoutMs: whole(0, 60 * MINUTE_MS)
    .default(MINUTE_MS)
    .describe('Longest time a session waits in line for an emulator, in ms'),
  maxInLine: whole(0, 100_000).default(1000).describe('Sessions that may wait in line for an emulator'),
  probeMs: whole(100, 60 * MINUTE_MS)
    .default(5000)
    .describe('Time between looks at the servers behind emulators, in ms'),
  batching: batching.prefault({}),
  credit: whole(1, LIMITS.keptOutcomes)
    .default(1024)
    .describe('Entries a session may have outstanding; also the largest group'),
  token: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .max(LIMITS.maxTextLength)
    .optional()
    .describe('What clients must present; better set in the environment, where `ps` does not show it')
    .meta({ allowed: '1 to 4096 visible ASCII characters without spaces', secret: true }),
  tokensFile: z
    .string()
    .min(1)
    .optional()
    .describe('File of tokens with roles, made by `joywire token`; read again when it changes')
    .meta({ allowed: 'path of a JSON file' }),
  jwtKey: z
    .string()
    .min(1)
    .optional()
    .describe('Key that signed tokens (JWT) are checked with')
    .meta({ allowed: 'path of a public key (PEM), a JWKS, or a secret of at least 32 bytes (HS256)' }),
  jwksUrl: z
    .url({ protocol: /^https?$/ })
    .refine(isSafeUrl)
    .optional()
    .describe('Where the issuer of signed tokens publishes its keys')
    .meta({ allowed: 'https URL of a JWKS; http on loopback only' }),
  jwtIssuer: z.string().min(1).optional().describe('Issuer (`iss`) that signed tokens must have'),
  jwtAudience: z.string().min(1).optional().describe('Audience (`aud`) that signed tokens must have'),
  tlsCert: z
    .string()
    .min(1)
    .optional()
    .describe('Certificate chain for TLS; with it everything is https and wss')
    .meta({ allowed: 'path of a PEM file' }),
  tlsKey: z
    .string()
    .min(1)
    .optional()
    .describe('Private key of the certificate')
    .meta({ allowed: 'path of a PEM file' }),
  allowUnauthenticated: z
    .boolean()
    .default(false)
    .describe('Lets anybody who can reach the address in: no token needed beyond loopback'),
  allowedOrigins: z
    .array(z.string().regex(/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@\\]+$/i))
    .default([])
    .describe('Origins of web pages that may connect, besides our own')
    .meta({ allowed: 'scheme://host[:port] without a path' }),
  allowedHosts: z
    .array(z.string().refine((text) => parseHostPort(text) !== undefined))
    .default([])
    .describe('Names this gateway is reached by, besides loopback and the address it listens on')
    .meta({ allowed: 'host or host:port, IPv6 in brackets' }),
  maxMessageBytes: whole(KIB, 64 * MIB)
    .default(MIB)
    .describe('Largest message taken from a client, in bytes'),
  compression: z
    .boolean()
    .default(false)
    .describe(
      'Whether messages that are worth it are compressed for clients that offer it (permessage-deflate)',
    ),
  compressFromBytes: whole(KIB, 64 * MIB)
    .default(4 * KIB)
    .describe('Size from which on a message is compressed, in bytes; acks from a quarter of it on'),
  maxConnections: whole(1, 1_000_000).default(10_000).describe('WebSockets open at once'),
  maxConnectionsPerAddress: whole(1, 1_000_000)
    .default(1000)
    .describe('Connections open at once from one IP address (of IPv6, one /64)'),
  messagesPerSecond: whole(0, 10_000_000)
    .default(0)
    .describe('Messages a connection may send in a second; 0 is no limit'),
  inputsPerSecond: whole(0, 10_000_000)
    .default(0)
    .describe('Entries a connection may send in a second; 0 is no limit'),
  callsPerSecond: whole(0, 10_000_000)
    .default(10_000)
    .describe(
      'Calls, subscriptions, pings and wrong messages a connection may send in a second; 0 is no limit',
    ),
  maxBufferedBytes: whole(64 * KIB, 1024 * MIB)
    .default(4 * MIB)
    .describe('Bytes a client may leave unread before it is cut off'),
  memoryBudgetMb: whole(16, 1_048_576)
    .default(1024)
    .describe(
      'Memory that connections, unread data, sessions and checkpoints may take together, in MiB; beyond it no new session is taken',
    ),
  handshakeTimeoutMs: whole(1, 10 * MINUTE_MS)
    .default(10_000)
    .describe('Time for a client to say hello, in ms'),
  keepaliveMs: whole(1, 60 * MINUTE_MS)
    .default(20_000)
    .describe('Silence after which a connection is probed, and after as much again given up, in ms'),
  resumeMs: whole(0, 24 * 60 * MINUTE_MS)
    .default(MINUTE_MS)
    .describe(
      'Time for which a session whose connection broke is kept to be resumed, in ms; 0 ends it at once',
    ),
  maxResumeMs: whole(0, 7 * 24 * 60 * MINUTE_MS)
    .default(60 * MINUTE_MS)
    .describe('Longest such time that a session may ask for, in ms; never less than `resumeMs`'),
  journal: z
    .boolean()
    .default(true)
    .describe('Keeps every run on record, so that sessions outlive the gateway and games can be reproduced'),
  data: z
    .string()
    .min(1)
    .default('data')
    .describe('Directory of the journal and the checkpoints; one gateway at a time')
    .meta({ allowed: 'path of a directory, which is made if need be' }),
  durability: z
    .enum(DURABILITIES)
    .default('process')
    .describe('What acked entries survive: the death of the process, or the loss of power as well'),
  snapshotMs: whole(100, 60 * MINUTE_MS)
    .default(5000)
    .describe('Longest time that a running game goes without a snapshot in its journal, in ms'),
  journalMaxBytes: whole(64 * MIB, Number.MAX_SAFE_INTEGER)
    .default(4096 * MIB)
    .describe('Bytes of all journals together, beyond which the oldest are dropped'),
  journalMaxAgeMs: whole(MINUTE_MS, Number.MAX_SAFE_INTEGER)
    .default(30 * 24 * 60 * MINUTE_MS)
    .describe('Age from which on the journal of a run that is over is dropped, in ms'),
  stateUploads: z
    .boolean()
    .default(true)
    .describe('Whether clients may upload saved states; each is tried on a game of its own first'),
  watchdogMs: whole(10, 10 * MINUTE_MS)
    .default(5000)
    .describe('Time without progress after which a game counts as hung, in ms'),
  rolloutWorkers: whole(0, 1024)
    .optional()
    .describe(
      'Threads that run the games of rollouts, on what live games leave; 0 turns rollouts off; without it one for each core',
    ),
  maxRollouts: whole(1, 10_000)
    .default(8)
    .describe('Rollouts of a session whose results are not all fetched'),
  maxRolloutFrames: whole(1, 100_000_000)
    .default(216_000)
    .describe('Frames that one run of a rollout may take'),
  rolloutStatesMb: whole(1, 65_536)
    .default(64)
    .describe('States that rollouts of one session may begin with, and again keep, in MiB'),
  drainMs: whole(0, 60 * MINUTE_MS)
    .default(10_000)
    .describe('Time for sessions to finish what they have queued when the gateway stops, in ms'),
  compatPort: whole(0, 65_535)
    .optional()
    .describe('First port of the compatibility API; without one there is none; 0 picks free ones'),
  compatCount: whole(1, 256).default(4).describe('Ports of the compatibility API, one game each'),
  compatWarmupFrames: whole(0, 1_000_000)
    .default(7200)
    .describe('Frames that a fresh game runs before /initialize answers, as pokemon-gym does'),
  maxMcpSessions: whole(0, 100_000)
    .default(100)
    .describe('MCP sessions over HTTP (/mcp) open at once; 0 turns it off'),
  mcpIdleMs: whole(100, 24 * 60 * MINUTE_MS)
    .default(30 * MINUTE_MS)
    .describe('Time without a request or an open stream after which an MCP session over HTTP ends, in ms'),
  logLevel: z.enum(LOG_LEVELS).default('info').describe('How much is logged, on stderr'),
  logFormat: z
    .enum(LOG_FORMATS)
    .default('auto')
    .describe('How it is logged; auto is text on a terminal and JSON elsewhere'),
});
