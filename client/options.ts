/** What one can ask for: the options of `connect` and of the calls. */
import type { Batching, Encoding, Hello, Observe, OnFailure, Pace, Params } from '../shared/protocol.ts';
import type { Guard } from '../shared/guards.ts';
import type { Backoff } from '../shared/backoff.ts';
import type { OnControlRequested, OtherSession } from './control.ts';

/** Options of `connect`. What is absent is left to the gateway. */
export interface ConnectOptions {
  /** The gateway's token, if it wants one. */
  readonly token?: string;
  /** Name and version of your software, for the gateway's log. @default 'joywire-js' */
  readonly client?: string;
  /** What the run is to be called. */
  readonly label?: string;
  /** `watch` gets no emulator of its own: it subscribes and calls. @default 'play' */
  readonly role?: 'play' | 'watch';
  /**
   * Which emulator to lease: by id, kind, ROM, or started from a saved state; and how long to wait in line when none is
   * free (`waitMs`, 0 for not at all; the gateway has a longest time of its own).
   */
  readonly emulator?: NonNullable<Hello['emulator']>;
  /** Takes the emulator named by `emulator.id` over from the session that controls it; it goes back when this session ends. */
  readonly takeover?: boolean;
  /** Called when another session has taken the emulator over: what was queued and what is sent now is rejected. */
  readonly onControlLost?: (by: OtherSession) => void;
  /** Called when control has come back. */
  readonly onControlGranted?: () => void;
  /** Says whether a session that asks may take the emulator over. @default nobody answers, which counts as no */
  readonly onControlRequested?: OnControlRequested;
  /** Whether time passes only for inputs, or by the wall clock. @default the gateway's */
  readonly pace?: Pace;
  /** Called with one's place in the line for an emulator, 1 for the next, whenever it changes. */
  readonly onWaiting?: (place: number) => void;
  /** At `realtime`: times 59.7275 frames a second. @default 1 */
  readonly speed?: number;
  readonly batching?: Partial<Batching>;
  /** What to read on the last frame of every single input and every group; a call's own `observe` replaces it. */
  readonly observe?: Observe;
  /** Whether what is queued behind a `failed` or `unknown` entry is rejected. @default 'stop' */
  readonly onFailure?: OnFailure;
  /**
   * Whether presses that the emulator cannot run exactly (chords, holds, gaps) are approximated instead of rejected; the outcome's
   * `detail.approximated` then says how. @default false
   */
  readonly approximate?: boolean;
  /** @default 'msgpack' */
  readonly encoding?: Encoding;
  /**
   * Whether to offer compression, for slow lines to a gateway that has it turned on: large messages are then compressed where that pays.
   * Browsers offer it by themselves. @default false
   */
  readonly compression?: boolean;
  /**
   * Ends the attempt to connect and, later, the session: everything that waits rejects with `aborted`, and the
   * gateway is told to discard what is queued.
   */
  readonly signal?: AbortSignal;
  /** Time between pings; nothing at all coming back for that long is a broken line. @default the gateway's `limits.keepaliveMs` */
  readonly keepaliveMs?: number;
  /** Time for one attempt until the gateway answers the hello. @default 10000 */
  readonly connectTimeoutMs?: number;
  /** How often to try to connect, where trying again makes sense. @default 1 */
  readonly connectAttempts?: number;
  /** Waits between attempts, of connecting and of reconnecting. */
  readonly backoff?: Backoff;
  /**
   * What to do when the connection breaks: by default the session is resumed, as often as it takes. With `false` the
   * session counts as over, and the gateway keeps it no longer than that.
   */
  readonly reconnect?: false | ReconnectOptions;
  /**
   * How long the gateway is to keep the session when the connection breaks, up to its `limits.maxResumeMs`.
   * @default the gateway's; 0 with `reconnect: false`
   */
  readonly resumeMs?: number;
}

/** How long to try to resume, and how often. */
export interface ReconnectOptions extends Backoff {
  /** Gives up after so many failed attempts in a row. @default no limit */
  readonly maxAttempts?: number;
  /**
   * Gives up when there has been no connection for so long.
   * @default as long as the gateway may keep the session: its `resumeMs` and twice its `limits.keepaliveMs`; for a watcher no limit
   */
  readonly maxOutageMs?: number;
}

/** Options of everything that sends entries. */
export interface SendOptions {
  /** What to read on the exact last frame of each single input and each group; in the outcome's `detail.observed`. */
  readonly observe?: Observe;
  /** Gives up what still waits for credit; what has been sent runs all the same. */
  readonly signal?: AbortSignal;
}

/** Options of what may have groups. */
export interface SequenceOptions extends SendOptions {
  /** Whether the outcomes of a group come when all of them are known. @default false: each as it becomes known */
  readonly together?: boolean;
}

/** Options of one group. */
export interface GroupOptions extends SequenceOptions {
  /**
   * What decides, on the frame boundary before each member, whether it begins, by a byte of the game's memory: `stop` when it is so and so, `go`
   * on only while it is, `wait` until it is. A member that a guard kept from running has the outcome `rejected` with code
   * `guard`; see `detail.guard`, and `detail.waited` of those that were waited for. Where the emulator has `capabilities.guards`.
   *
   * ```ts
   * // Up to twenty steps, and none after x (0xC011) is 18: there, exactly, the walk ends.
   * const walk = Array.from({ length: 20 }, () => 'RIGHT');
   * await pad.sequence(walk, { guards: [{ address: 0xc011, op: '==', value: 18 }] });
   * // A once the text box waits for it (0xC01F is 2), at most 300 frames from now; the same as pad.send('A{wait 0xC01F==2 300}').
   * await pad.sequence(['A'], { guards: [{ address: 0xc01f, op: '==', value: 2, then: 'wait', frames: 300 }] });
   * ```
   */
  readonly guards?: readonly Guard[];
}

/** Options of one press. */
export interface PressOptions extends SendOptions {
  /** Frames pressed. @default the emulator's native press (`emulator.capabilities.nativeHold`) */
  readonly hold?: number;
  /** Frames released afterwards. @default the emulator's native press (`emulator.capabilities.nativeGap`) */
  readonly gap?: number;
}

/** A member of a sequence: names (`'A'`, `'A+B'`), a mask, or either with its own frames and observation. */
export type PressSpec = string | number | PressDetails;

export interface PressDetails {
  readonly buttons: string | number;
  readonly hold?: number;
  readonly gap?: number;
  readonly observe?: Observe;
}

/** Options of a reading. */
export interface ReadOptions {
  /** Looks at once, instead of after every entry sent before. @default false */
  readonly now?: boolean;
  /** Reads another emulator of the gateway, at once. @default the session's own */
  readonly emulator?: string;
}

export interface ScreenOptions extends ReadOptions {
  /** `raw` is 160x144 pixels of RGB888, row by row. @default 'png' */
  readonly format?: 'png' | 'raw';
}

export interface PicturesOptions {
  /** Most pictures a second, 1 to 60. @default 30 */
  readonly fps?: number;
  /** 1 is 160x144, 2 is half of that in both directions. @default 1 */
  readonly scale?: 1 | 2;
  /** Which emulator of the gateway to watch. @default the session's own */
  readonly emulator?: string;
}

export interface SoundOptions {
  /** Which emulator of the gateway to listen to. @default the session's own */
  readonly emulator?: string;
}

export interface StatsOptions {
  /** Time between payloads, in ms; at least `limits.minIntervalMs`. */
  readonly intervalMs?: number;
  /** Whose figures: one session's or the whole gateway's. @default a session's, if one is named or this client plays */
  readonly scope?: 'session' | 'gateway';
  /** The session the figures are about. @default this session */
  readonly session?: string;
}

/** Settings that `configure` can change while the session runs. */
export interface Settings {
  readonly batching?: Partial<Batching>;
  readonly observe?: Observe | null;
  readonly onFailure?: OnFailure;
  readonly approximate?: boolean;
}

/** The hello for these options. */
export function helloOf(options: ConnectOptions): Hello {
  const {
    token,
    client = 'joywire-js',
    label,
    role,
    emulator,
    takeover,
    pace,
    speed,
    batching,
    observe,
    onFailure,
    approximate,
    reconnect,
    resumeMs = reconnect === false ? 0 : undefined,
  } = options;
  return {
    client,
    ...(token !== undefined && { token }),
    ...(label !== undefined && { label }),
    ...(role !== undefined && { role }),
    ...(emulator !== undefined && { emulator }),
    ...(takeover !== undefined && { takeover }),
    ...(pace !== undefined && { pace }),
    ...(speed !== undefined && { speed }),
    ...(batching !== undefined && { batching }),
    ...(observe !== undefined && { observe }),
    ...(onFailure !== undefined && { onFailure }),
    ...(approximate !== undefined && { approximate }),
    ...(resumeMs !== undefined && { resumeMs }),
  };
}

/** Parameters without what is absent. */
export function paramsOf(fields: Params): Params {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
