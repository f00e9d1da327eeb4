/**
 * Protocol v1: the messages as the code sees them. Their bytes are `codec.ts`, their rules `validate.ts`,
 * their reference `docs/protocol.md`.
 */
import type { EntryCode, RequestCode } from './errors.ts';
import type { Guard, GuardStop } from './guards.ts';

/** Path of the WebSocket endpoint. */
export const ENDPOINT = '/v1';

/** How messages become bytes: binary msgpack frames, or JSON text frames. */
export type Encoding = 'msgpack' | 'json';

/** The WebSocket subprotocols, by encoding. Without an offer, msgpack is spoken. */
export const SUBPROTOCOLS: Readonly<Record<Encoding, string>> = {
  msgpack: 'joywire.v1.msgpack',
  json: 'joywire.v1.json',
};

/** Wire numbers; the position in each list is the number in msgpack, the word is what JSON carries. */
export const CLIENT_TYPES = [
  '',
  'hello',
  'input',
  'inputs',
  'keys',
  'command',
  'flush',
  'cancel',
  'received',
  'subscribe',
  'unsubscribe',
  'call',
  'ping',
  'bye',
  'define',
  'script',
] as const;
export const SERVER_TYPES = [
  '',
  'welcome',
  'ack',
  'push',
  'result',
  'error',
  'credit',
  'event',
  'goaway',
  'pong',
] as const;
export const STATUSES = ['executed', 'rejected', 'failed', 'unknown'] as const;
export const CERTAINTIES = ['exact', 'derived', 'none'] as const;
export const FLUSH_REASONS = [
  'single',
  'size',
  'time',
  'group',
  'idle',
  'backlog',
  'explicit',
  'drain',
] as const;

/** What became of an entry (invariant I2). */
export type Status = (typeof STATUSES)[number];
/** How sure the frames of an outcome are (invariant I5). */
export type Certainty = (typeof CERTAINTIES)[number];
/** Why a batch was sent when it was (invariant I6). */
export type FlushReason = (typeof FLUSH_REASONS)[number];

/** Bounds of the protocol itself; a gateway may publish lower ones in `welcome.limits`. */
export const LIMITS = {
  /** Largest seq and any other integer: 2^53 - 1. */
  maxInteger: Number.MAX_SAFE_INTEGER,
  /** Deepest nesting of arrays and maps in one message. */
  maxDepth: 12,
  /** Most frames that one `hold` or `gap` may last: ten minutes. */
  maxHoldFrames: 36_000,
  /** Most guards of one group. */
  maxGuards: 16,
  /** Most memory ranges in one read or observation. */
  maxRanges: 64,
  /** Most bytes of memory in one read or observation: the whole address space. */
  maxMemoryBytes: 65_536,
  /** Longest label, token or client name, in UTF-16 units. */
  maxTextLength: 4096,
  /** Slowest and fastest `realtime`, as factors of 59.7275 frames a second. */
  minSpeed: 0.05,
  maxSpeed: 16,
  /** Highest batching settings that a session may ask for. */
  maxWaitMs: 1000,
  maxBatchSize: 1024,
  maxHighFrequencyThreshold: 1000,
  /** Most kept outcomes a session holds for a client that never says `received`. */
  keptOutcomes: 4096,
  /** Most macros of a session, and most presses of all of them together. */
  maxMacros: 256,
  maxMacroPresses: 65_536,
  /** Most repeats of a macro in one use. */
  maxMacroTimes: 1024,
  /** Longest script in a message, in UTF-16 units. */
  maxScriptLength: 65_536,
  /** Most runs in one rollout. */
  maxRuns: 1024,
} as const;

/** What a macro may be called. */
export const MACRO_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** What a checkpoint, or a rollout, may be called. */
export const CHECKPOINT_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** The clock a game runs by: `turbo` passes time only for inputs, `realtime` at 59.7275 frames a second times `speed`. */
export type Pace = 'turbo' | 'realtime';
export const PACES = ['turbo', 'realtime'] as const;
export const ROLES = ['play', 'watch'] as const;
export const STRATEGIES = ['threshold', 'eager', 'adaptive'] as const;
export const PICTURE_FORMATS = ['png', 'raw'] as const;
/** `raw` is 160x144 pixels of RGB888, row by row: 69,120 bytes. */
export type PictureFormat = (typeof PICTURE_FORMATS)[number];

/** `[address, length]` in the Game Boy's address space. */
export type MemoryRange = readonly [address: number, length: number];

/** What to read on the exact last frame of an entry or a group. */
export interface Observe {
  readonly memory?: readonly MemoryRange[];
  /** SHA-256 of the raw picture, as hex. */
  readonly hash?: boolean;
  readonly screen?: PictureFormat;
}

/** What an observation gave; `memory` has one byte string for each range asked. */
export interface Observed {
  readonly memory?: readonly Uint8Array[];
  readonly hash?: string;
  readonly screen?: Uint8Array;
}

/** Options of one input. */
export interface EntryOptions {
  readonly observe?: Observe;
}

/** Options of a whole group. */
export interface GroupOptions extends EntryOptions {
  /** Whether its outcomes go out when all of them are known, instead of as they become known. @default false */
  readonly together?: boolean;
  /** What decides before each of its members whether that begins; in this order. */
  readonly guards?: readonly Guard[];
}

/** One key press before it has a seq. Absent `hold` and `gap` mean the driver's native press. */
export interface Press {
  readonly buttons: number;
  readonly hold: number | undefined;
  readonly gap: number | undefined;
  readonly options: EntryOptions | undefined;
}

/** Stands for the presses of a macro, `times` times. */
export interface MacroUse {
  readonly use: string;
  readonly times: number;
}

/** What a group is written as: presses, and macros that stand for presses. */
export type Member = Press | MacroUse;

/** At most one of a press in so many frames: a later one is rejected. */
export interface Dedupe {
  /** From the first frame of a press to that of the next with the same buttons; 0 drops none. */
  readonly frames: number;
  /** Only presses with one of these buttons. @default every press */
  readonly buttons?: number;
}

/** Batching settings of a session (section "Batching" of docs/protocol.md). */
export interface Batching {
  readonly strategy: (typeof STRATEGIES)[number];
  /** Longest time an input waits while the emulator is idle, in ms. */
  readonly maxWaitMs: number;
  /** How many waiting inputs trigger a flush. */
  readonly maxBatchSize: number;
  /** Inputs in the last second from which on inputs are batched. */
  readonly highFrequencyThreshold: number;
  /** Whether neighbours in a batch are given to the emulator as one where no frame's buttons change by it. @default false */
  readonly coalesce?: boolean;
  /** @default nothing is dropped */
  readonly dedupe?: Dedupe;
}

/** What follows a `failed` or `unknown` outcome: reject what is queued, or go on. */
export type OnFailure = 'stop' | 'continue';
export const ON_FAILURE = ['stop', 'continue'] as const;

export interface Hello {
  readonly token?: string;
  /** Name and version of the client's software, for logs. */
  readonly client?: string;
  /** What the run is to be called. */
  readonly label?: string;
  readonly role?: (typeof ROLES)[number];
  readonly emulator?: {
    readonly id?: string;
    readonly kind?: string;
    readonly rom?: string;
    readonly state?: string;
    /** How long to wait in line for one, in ms; 0: not at all. @default the gateway's longest */
    readonly waitMs?: number;
    /** Whether the game is to have sound, at half the speed of `turbo`. @default false */
    readonly sound?: boolean;
  };
  /** Takes the emulator named over from the session that controls it. */
  readonly takeover?: boolean;
  readonly pace?: Pace;
  readonly speed?: number;
  readonly batching?: Partial<Batching>;
  /** Default observation of every single input and every group. */
  readonly observe?: Observe;
  readonly onFailure?: OnFailure;
  /** Whether presses that the emulator cannot run exactly are approximated instead of rejected. @default false */
  readonly approximate?: boolean;
  /** How long the session is to be kept when its connection breaks, in ms; the gateway's limit cuts it. */
  readonly resumeMs?: number;
  readonly resume?: {
    readonly session: string;
    readonly secret: string;
    readonly received: number;
    readonly orNew?: boolean;
  };
}

/** Commands are entries: they change the game or its clock, in order with the inputs. */
export type Command =
  | { readonly method: 'save'; readonly name: string | undefined }
  | { readonly method: 'load'; readonly name: string }
  | { readonly method: 'reset' }
  | { readonly method: 'pace'; readonly pace: Pace; readonly speed: number };
export const COMMANDS = ['load', 'save', 'reset', 'pace'] as const;

/** Calls read, or change settings of the session; they are not entries. */
export const CALLS = [
  'screen',
  'memory',
  'stats',
  'emulators',
  'checkpoints',
  'download_checkpoint',
  'upload_checkpoint',
  'delete_checkpoint',
  'grant_control',
  'give_back',
  'take_control',
  'authenticate',
  'sessions',
  'kick',
  'release',
  'configure',
  'roms',
  'rollout',
  'rollout_results',
  'cancel_rollout',
] as const;
export type CallMethod = (typeof CALLS)[number];
export const CHANNELS = ['stats', 'screen', 'audio', 'profile'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** A map of parameters whose content belongs to the method or channel it is for. */
export type Params = Readonly<Record<string, unknown>>;

export type ClientMessage =
  | { readonly type: 'hello'; readonly hello: Hello }
  | { readonly type: 'input'; readonly seq: number; readonly press: Press }
  | {
      readonly type: 'inputs';
      readonly firstSeq: number;
      /** Each press, macros expanded, has a seq. */
      readonly presses: readonly Member[];
      readonly options: GroupOptions | undefined;
    }
  | { readonly type: 'keys'; readonly seq: number; readonly buttons: number }
  | { readonly type: 'command'; readonly seq: number; readonly command: Command }
  | { readonly type: 'flush' }
  | { readonly type: 'cancel'; readonly fromSeq: number }
  | { readonly type: 'received'; readonly throughSeq: number }
  | { readonly type: 'subscribe'; readonly id: number; readonly channel: string; readonly options: Params }
  | { readonly type: 'unsubscribe'; readonly id: number }
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly params: Params }
  | { readonly type: 'ping'; readonly n: number }
  | { readonly type: 'bye'; readonly discard: boolean }
  | { readonly type: 'define'; readonly name: string; readonly presses: readonly Member[] }
  | { readonly type: 'script'; readonly firstSeq: number; readonly text: string };

/** Why an entry did not run, or what it gave beyond its frames. */
export interface Detail {
  readonly code?: EntryCode;
  readonly message?: string;
  readonly observed?: Observed;
  /** How it was approximated, for a session that asked for that. */
  readonly approximated?: string;
  /** How many inputs, this one included, were given to the emulator as one step, for a session that asked for that. */
  readonly coalesced?: number;
  /** Of a `save`: the checkpoint's name. */
  readonly checkpoint?: string;
  /** Of a member that a guard kept from running (code `guard`): which, and where. */
  readonly guard?: GuardStop;
  /** How many frames passed because a guard waited before it. They are not among its own. */
  readonly waited?: number;
}

/**
 * What became of one entry. It covers the frames `firstFrame` up to, not including, `firstFrame + frames`;
 * frame n is the one that starts when the emulator has run n frames. `firstFrame` is null when no frame is known.
 */
export interface Outcome {
  readonly status: Status;
  readonly firstFrame: number | null;
  readonly frames: number;
  readonly certainty: Certainty;
  readonly detail: Detail | undefined;
}

/** The batch an outcome travelled in. Times are µs: the oldest entry's wait, and the driver's time until this ack. */
export interface BatchInfo {
  readonly id: number;
  readonly size: number;
  readonly reason: FlushReason;
  readonly queuedUs: number;
  readonly driverUs: number;
}

/** What a kind of emulator can do; whatever it cannot is rejected before anything runs. */
export interface Capabilities {
  /** Mask of the buttons it has. */
  readonly buttons: number;
  readonly chords: boolean;
  /** Whether `hold` and `gap` may differ from the native press. */
  readonly timing: boolean;
  /**
   * Where `timing` is false: whether a press without buttons may last any number of frames all the same, and a gap be longer
   * than the native one. Absent means as `timing`.
   */
  readonly waits?: boolean;
  /** Whether buttons can stay held (`keys`). */
  readonly keys: boolean;
  readonly nativeHold: number;
  readonly nativeGap: number;
  readonly frames: Certainty;
  /** Whether time stops between inputs at pace `turbo`. */
  readonly freeze: boolean;
  readonly screen: boolean;
  /** Whether it can be heard (channel `audio`): this game was started with sound. */
  readonly sound?: boolean;
  readonly memory: boolean;
  /** Whether groups may have guards. Absent means not. */
  readonly guards?: boolean;
  readonly states: boolean;
  readonly reset: boolean;
  readonly paces: readonly Pace[];
  /** Most entries in one batch. */
  readonly largestBatch: number;
}

export interface EmulatorInfo {
  readonly id: string;
  readonly kind: string;
  readonly rom: string;
  /** SHA-256 of the ROM as hex, or '' where the kind of emulator cannot know. */
  readonly romHash: string;
  /** Frames run so far. */
  readonly frame: number;
  readonly capabilities: Capabilities;
}

/** Limits of this gateway, so that a client need not find them by trial. */
export interface PublishedLimits {
  readonly maxMessageBytes: number;
  readonly maxGroup: number;
  readonly maxHoldFrames: number;
  readonly maxMemoryBytes: number;
  readonly maxSubscriptions: number;
  readonly minIntervalMs: number;
  readonly keptOutcomes: number;
  readonly keepaliveMs: number;
  /** Longest time for which a session may ask to be kept without a connection. */
  readonly maxResumeMs: number;
  /** Absent: the gateway takes no macros. */
  readonly maxMacros?: number;
  readonly maxMacroPresses?: number;
  /** Absent: the gateway takes no scripts. */
  readonly maxScriptLength?: number;
}

export interface Welcome {
  readonly session: string;
  readonly secret: string;
  readonly resumed: boolean;
  /** Who controls the emulator, where that is another session; absent while this one does. */
  readonly controller?: { readonly session: string; readonly label: string | null; readonly owner: string };
  /** Why this is a new session after a `resume` with `orNew`. */
  readonly notResumed?: string;
  /** How long this session is kept when its connection breaks, in ms. */
  readonly resumeMs: number;
  readonly ackedThrough: number;
  readonly nextSeq: number;
  readonly credit: number;
  readonly emulator: EmulatorInfo | null;
  readonly batching: Batching;
  readonly limits: PublishedLimits;
  readonly server: string;
}

/** A request failed; the connection lives. */
export interface RequestError {
  readonly code: RequestCode;
  readonly message: string;
  readonly retryable: boolean;
  /** The seq the gateway expects, or the entry the error is about. */
  readonly seq?: number;
  /** What would have been right. */
  readonly allowed?: string;
  /** The subscription the error is about. */
  readonly subscription?: number;
  /** When to send it again, in ms from now. */
  readonly retryInMs?: number;
}

export type ServerMessage =
  | { readonly type: 'welcome'; readonly welcome: Welcome }
  | {
      readonly type: 'ack';
      readonly firstSeq: number;
      readonly outcomes: readonly Outcome[];
      readonly batch: BatchInfo | undefined;
    }
  | { readonly type: 'push'; readonly id: number; readonly n: number; readonly payload: unknown }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly callId: number | undefined; readonly error: RequestError }
  | { readonly type: 'credit'; readonly limit: number }
  | { readonly type: 'event'; readonly name: string; readonly data: Params }
  | { readonly type: 'goaway'; readonly reason: string; readonly reconnectInMs: number }
  | { readonly type: 'pong'; readonly n: number; readonly timeMs: number };
