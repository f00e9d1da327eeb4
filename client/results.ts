/** Results of calls are unknown until they have been read here. Fields that a newer gateway adds are passed over. */
import { Check, field } from '../shared/check.ts';
import { type Batching, type EmulatorInfo, type Encoding, LIMITS } from '../shared/protocol.ts';
import { batchingSettings, bytes, emulatorInfo } from '../shared/validate-server.ts';
import { clientError } from './errors.ts';

/** A picture, and the frame count it was taken at. */
export interface Screen {
  readonly frame: number;
  readonly format: 'png' | 'raw';
  /** A PNG file, or 160x144 pixels of RGB888, row by row. */
  readonly bytes: Uint8Array;
}

/** One range of memory, and the frame count it was read at. */
export interface Memory {
  readonly frame: number;
  readonly bytes: Uint8Array;
}

/** Several ranges of memory, all read at the same frame count; one byte string for each range asked. */
export interface MemoryRanges {
  readonly frame: number;
  readonly memory: readonly Uint8Array[];
}

/** A session of the gateway, as admins see it. */
export interface SessionListing {
  readonly session: string;
  readonly label: string | null;
  /** Name of the token it began with. */
  readonly owner: string;
  readonly emulator: string;
  /** Number of its connection, as in the gateway's log; null while it has none. */
  readonly connection: number | null;
  /** Whether it controls the emulator; false while another session has taken over. */
  readonly controls: boolean;
  /** Whether its client is connected. */
  readonly connected: boolean;
  /** Time until it ends because nobody resumes it; null while its client is connected. */
  readonly expiresInMs: number | null;
  readonly nextSeq: number;
  readonly outstanding: number;
}

/** A checkpoint with its bytes. */
export interface CheckpointBytes {
  readonly name: string;
  readonly frame: number;
  readonly bytes: Uint8Array;
}

/** An emulator of the gateway, whether somebody plays on it or not. */
export interface EmulatorListing {
  readonly id: string;
  readonly kind: string;
  readonly rom: string;
  /** `free`, `starting` or `leased`. */
  readonly state: string;
  /** The session that controls it. */
  readonly session: string | null;
  /** What that session is called. */
  readonly label: string | null;
  /** Sessions that play on it without control: first whoever gets it next. */
  readonly others: readonly { readonly session: string; readonly label: string | null }[];
  /** Its details while it is leased. */
  readonly emulator: EmulatorInfo | null;
  /** The server behind it, as last looked at; null for games of the gateway's own process. */
  readonly health: {
    /** `healthy`, `slow` or `unreachable`. */
    readonly state: string;
    readonly latencyMs: number | null;
    readonly message: string | null;
  } | null;
  /** While it is leased: entries without an outcome, the median time from the driver to the outcome in µs, and runs of rollouts that have not ended. */
  readonly load: {
    readonly outstanding: number;
    readonly driverUs: number | null;
    readonly rollouts: number;
  } | null;
  /** Ms until the session ends because nobody resumes it; null while it has a connection. */
  readonly expiresInMs: number | null;
}

/** A saved state that `load` can go on from. */
/** A ROM that a session may ask for. */
export interface Rom {
  /** The name of its file. */
  readonly name: string;
  /** SHA-256, as hex. */
  readonly hash: string;
  /** What the cartridge's header calls it. */
  readonly title: string;
}

export interface Checkpoint {
  readonly name: string;
  /** Frame count of the emulator that saved it. */
  readonly frame: number;
  /** How large it is. */
  readonly bytes: number;
}

type Map = Readonly<Record<string, unknown>>;

/** Longest list worth believing. */
const MAX_LISTED = 65_536;

/** Reads `value` and throws what is wrong with it. @throws JoywireError `protocol_error` */
export function readResult<T>(what: string, value: unknown, read: (check: Check, map: Map) => T): T {
  const check = new Check();
  const result = read(check, check.map(value, what));
  if (check.problem === undefined) return result;
  throw clientError('protocol_error', `the gateway's answer to ${what} cannot be read: ${check.problem}`);
}

export function readScreen(value: unknown, format: 'png' | 'raw', encoding: Encoding): Screen {
  return readResult('screen', value, (check, map) => ({
    frame: frameOf(check, map),
    format,
    bytes: bytes(check, field(map, 'bytes'), 'bytes', encoding),
  }));
}

export function readMemory(value: unknown, encoding: Encoding): MemoryRanges {
  return readResult('memory', value, (check, map) => ({
    frame: frameOf(check, map),
    memory: check
      .list(field(map, 'memory'), 'memory', LIMITS.maxRanges)
      .map((item) => bytes(check, item, 'memory', encoding)),
  }));
}

export function readBatching(value: unknown): Batching {
  return readResult('configure', value, (check, map) => batchingSettings(check, field(map, 'batching')));
}

export function readEmulators(value: unknown): readonly EmulatorListing[] {
  return readResult('emulators', value, (check, map) =>
    check.list(field(map, 'emulators'), 'emulators', MAX_LISTED).map((item) => listing(check, item)),
  );
}

function listing(check: Check, value: unknown): EmulatorListing {
  const map = check.map(value, 'emulator');
  const text = (name: string) => check.text(field(map, name), name);
  const emulator = field(map, 'emulator');
  return {
    id: text('id'),
    kind: text('kind'),
    rom: text('rom'),
    state: text('state'),
    session: field(map, 'session') === undefined ? null : text('session'),
    label: textOrNull(check, map, 'label'),
    others: check.list(field(map, 'others') ?? [], 'others', MAX_LISTED).map((item) => player(check, item)),
    emulator: emulator === undefined ? null : emulatorInfo(check, emulator),
    health: health(check, field(map, 'health')),
    load: load(check, field(map, 'load')),
    expiresInMs:
      check.optionalInteger(field(map, 'expiresInMs'), 'expiresInMs', 0, LIMITS.maxInteger) ?? null,
  };
}

function player(check: Check, value: unknown): EmulatorListing['others'][number] {
  const map = check.map(value, 'others');
  return { session: check.text(field(map, 'session'), 'session'), label: textOrNull(check, map, 'label') };
}

function textOrNull(check: Check, map: Map, name: string): string | null {
  const value = field(map, name);
  return value === undefined ? null : check.text(value, name);
}

function health(check: Check, value: unknown): EmulatorListing['health'] {
  if (value === undefined) return null;
  const map = check.map(value, 'health');
  const message = field(map, 'message');
  return {
    state: check.text(field(map, 'state'), 'health.state'),
    latencyMs: numberOrNull(check, map, 'latencyMs'),
    message: message === undefined ? null : check.text(message, 'health.message'),
  };
}

function load(check: Check, value: unknown): EmulatorListing['load'] {
  if (value === undefined) return null;
  const map = check.map(value, 'load');
  return {
    outstanding: check.integer(field(map, 'outstanding'), 'load.outstanding', 0, LIMITS.maxInteger),
    driverUs: numberOrNull(check, map, 'driverUs'),
    rollouts: numberOrNull(check, map, 'rollouts') ?? 0,
  };
}

function numberOrNull(check: Check, map: Map, name: string): number | null {
  const value = field(map, name);
  return value === undefined ? null : check.number(value, name, 0, Number.MAX_VALUE);
}

export function readCheckpoints(value: unknown): readonly Checkpoint[] {
  return readResult('checkpoints', value, (check, map) =>
    check.list(field(map, 'checkpoints'), 'checkpoints', MAX_LISTED).map((item) => checkpoint(check, item)),
  );
}

export function readRoms(value: unknown): readonly Rom[] {
  return readResult('roms', value, (check, map) =>
    check.list(field(map, 'roms'), 'roms', MAX_LISTED).map((item) => {
      const rom = check.map(item, 'rom');
      const text = (name: string) => check.text(field(rom, name), name);
      return { name: text('name'), hash: text('hash'), title: text('title') };
    }),
  );
}

export function readSessions(value: unknown): readonly SessionListing[] {
  return readResult('sessions', value, (check, map) =>
    check.list(field(map, 'sessions'), 'sessions', MAX_LISTED).map((item) => sessionListing(check, item)),
  );
}

function sessionListing(check: Check, value: unknown): SessionListing {
  const map = check.map(value, 'session');
  return {
    session: check.text(field(map, 'session'), 'session'),
    label: textOrNull(check, map, 'label'),
    owner: check.text(field(map, 'owner'), 'owner'),
    emulator: check.text(field(map, 'emulator'), 'emulator'),
    connection: numberOrNull(check, map, 'connection'),
    controls: check.boolean(field(map, 'controls') ?? true, 'controls'),
    connected: check.boolean(field(map, 'connected'), 'connected'),
    expiresInMs: numberOrNull(check, map, 'expiresInMs'),
    nextSeq: check.integer(field(map, 'nextSeq'), 'nextSeq', 1, LIMITS.maxInteger),
    outstanding: check.integer(field(map, 'outstanding'), 'outstanding', 0, LIMITS.maxInteger),
  };
}

export function readCheckpointBytes(value: unknown, encoding: Encoding): CheckpointBytes {
  return readResult('download_checkpoint', value, (check, map) => ({
    name: check.text(field(map, 'name'), 'name'),
    frame: frameOf(check, map),
    bytes: bytes(check, field(map, 'bytes'), 'bytes', encoding),
  }));
}

function checkpoint(check: Check, value: unknown): Checkpoint {
  const map = check.map(value, 'checkpoint');
  return {
    name: check.text(field(map, 'name'), 'name'),
    frame: frameOf(check, map),
    bytes: check.integer(field(map, 'bytes'), 'bytes', 0, LIMITS.maxInteger),
  };
}

function frameOf(check: Check, map: Map): number {
  return check.integer(field(map, 'frame'), 'frame', 0, LIMITS.maxInteger);
}
