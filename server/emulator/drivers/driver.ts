/**
 * What a kind of emulator must be able to do. Only plain data crosses this interface, so that an emulator may live in
 * a worker, a child process or on another host.
 */
import type {
  Capabilities,
  Certainty,
  MemoryRange,
  Observe,
  Observed,
  Pace,
  PictureFormat,
  Status,
} from '../../../shared/protocol.ts';
import type { ChainPicture, Scale } from '../../../shared/screen/encoder.ts';
import type { EntryCode } from '../../../shared/errors.ts';
import type { GuardStop, RangedGuard } from '../../../shared/guards.ts';

/**
 * One step of a batch. `press` holds `buttons` (added to the held keys) for `hold` frames, then releases them for `gap`
 * frames; `keys` sets the held buttons from now on. A step without frames changes nothing and is executed all the same.
 */
export interface Step {
  readonly kind: 'press' | 'keys';
  readonly buttons: number;
  /** Frames pressed; 0 for `keys`. */
  readonly hold: number;
  /** Frames released; 0 for `keys`. */
  readonly gap: number;
  /** What to read on the step's last frame. */
  readonly observe: Observe | undefined;
  /** What decides whether it begins. Only of a `press`, and only where the capability `guards` is. */
  readonly guards?: StepGuards | undefined;
}

/** The guards of a step's group, and which member of the group it is: with it they say all that is to be checked, whatever was cut off before. */
export interface StepGuards {
  readonly of: readonly RangedGuard[];
  readonly member: number;
}

/** What became of one step. It is `rejected` only by a guard; what was observed is then the game as it was when that decided. */
export interface StepOutcome {
  readonly status: Status;
  readonly firstFrame: number | null;
  readonly frames: number;
  readonly certainty: Certainty;
  readonly observed: Observed | undefined;
  readonly code: EntryCode | undefined;
  readonly message: string | undefined;
  /** The guard that kept it from running. */
  readonly guard?: GuardStop;
  /** Frames that passed because a guard waited before it; they are not among its own. */
  readonly waited?: number;
}

/** When a step ran, on the gateway's clock in ms. */
export interface StepTimes {
  /** The emulator began the batch. */
  readonly startedAtMs: number;
  /** The step's first frame began. */
  readonly firstAtMs: number;
  /** Its last frame ended. */
  readonly endAtMs: number;
}

/** Where a running batch reports to. Outcomes come in order, each once; then `done` once. */
export interface BatchSink {
  /** Whether it wants to know when the steps ran, of a driver that can say. @default false */
  readonly timed?: boolean | undefined;
  /** @param times only where they were asked for and are known */
  outcome(outcome: StepOutcome, times?: StepTimes): void;
  /** Every step has its outcome; the driver takes the next batch. */
  done(): void;
}

/** A saved state: opaque bytes of the core, and the frame it was saved on. */
export interface SavedState {
  readonly bytes: Uint8Array;
  readonly frame: number;
  /** Mask of the keys held by `keys`, where that is kept with it. @default none */
  readonly held?: number;
}

/** A saved state to rebuild a game from. */
export interface Snapshot extends SavedState {
  /** Mask of the keys held by `keys`. */
  readonly held: number;
  /** SHA-256 of the game's RAM and picture, as hex: equal games have equal ones. */
  readonly digest: string;
}

/** What must be equal for a game to run the same again. */
export interface CoreIdentity {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the core's code, as hex. */
  readonly hash: string;
  readonly mode: (typeof CORE_MODES)[number];
  readonly sound: boolean;
}
export const CORE_MODES = ['dmg', 'cgb'] as const;

/** A reading, with the frame count at which it was made. */
export interface Reading<T> {
  readonly frame: number;
  readonly value: T;
}

/** How a game is watched. */
export interface ChainOptions {
  /** Most pictures a second of wall-clock time. */
  readonly fps: number;
  readonly scale: Scale;
}

/** Takes the pictures of a chain in order, the first a key picture. A key picture that was asked for repeats the number of the latest. */
export type ChainSink = (picture: ChainPicture) => void;

export interface PictureChain {
  /** Asks for the latest picture as a key picture. */
  key(): void;
  /** Nothing more comes. */
  close(): void;
}

/** Sound on its way to who listens. */
export interface SoundStream {
  /** Nothing more comes. */
  close(): void;
}

/** Why a driver ended by itself. */
export interface DriverDeath {
  /** `trapped`: the game made the core fail. `hung`: no progress in time. `exited`: its thread or process ended. */
  readonly cause: 'trapped' | 'hung' | 'exited';
  readonly message: string;
  /** The last frame count known. */
  readonly frame: number;
}

/**
 * One running game. The owner (`emulator.ts`) calls `run`, `save`, `load`, `reset` and `setPace` one at a time and waits for each
 * to end; reads and `close` may come at any moment.
 */
export interface EmulatorDriver {
  readonly kind: string;
  readonly capabilities: Capabilities;
  /** Name of the ROM, and SHA-256 of its bytes as hex ('' where the kind cannot know). */
  readonly rom: { readonly name: string; readonly hash: string };
  /** The core, where the same inputs on the same frames lead to the same game; undefined where nobody can promise that. */
  readonly core: CoreIdentity | undefined;
  /** Whether it can say when steps ran (`BatchSink.timed`). @default false */
  readonly timed?: boolean;
  /** What another machine like its own is made of, for games beside this one. Absent where there are none. */
  readonly machine?: { readonly rom: Uint8Array; readonly sound: boolean };
  /** Frames run since the start, as far as reported; it never goes back. */
  frame(): number;
  /**
   * Runs the steps in order without a pause between them. May report before it returns.
   * When the emulator dies the driver reports `unknown` for every step that may have run, ends the batch with `done`, and calls `onDeath`.
   */
  run(steps: readonly Step[], sink: BatchSink): void;
  /** Releases every held button; runs no frame. Resolves to the frame count at which that was. */
  release(): Promise<number>;
  /** The picture now. @throws JoywireError `unsupported` or `emulator_failed` */
  screen(format: PictureFormat): Promise<Reading<Uint8Array>>;
  /**
   * Pictures as they change, encoded where the game runs. Absent where that is here: whoever watches then looks with `screen`. It ends
   * without a word when the game does.
   */
  watch?(options: ChainOptions, sink: ChainSink): PictureChain;
  /** Sound at pace `realtime`, as payloads of the audio channel. For one listener at a time. Absent where there never is any. */
  listen?(sink: (bytes: Uint8Array) => void): SoundStream;
  /** Memory now, one byte string for each range. @throws JoywireError `unsupported` or `emulator_failed` */
  memory(ranges: readonly MemoryRange[]): Promise<Reading<readonly Uint8Array[]>>;
  save(): Promise<SavedState>;
  /** The game as it is now, to be rebuilt from. @throws JoywireError `unsupported` or `emulator_failed` */
  snapshot(): Promise<Snapshot>;
  /** Continues from the state; frame numbers go on. Resolves to the frame count at which that was. @throws JoywireError `invalid_state` when the core refuses it (the game is as before) */
  load(state: Uint8Array): Promise<number>;
  /** Switches the machine off and on; battery RAM stays; frame numbers go on. Resolves to the frame count at which that was. */
  reset(): Promise<number>;
  /** Resolves to the frame count from which on the pace holds. */
  setPace(pace: Pace, speed: number): Promise<number>;
  /** At `realtime`: stops time (true) or lets it go on (false). Nothing to do at `turbo`. */
  freeze(frozen: boolean): Promise<void>;
  close(): Promise<void>;
}

/** What a driver is told when it is opened. */
export interface DriverContext {
  /** Frame count to go on from, for a game that replaces a dead one. */
  readonly firstFrame: number;
  /** Game to go on with; a fresh one from power-on without it. */
  readonly from?: Pick<Snapshot, 'bytes' | 'held'>;
  /**
   * Whether the sound chip runs, where there is one. Decided when a game is opened and never changed: a game can read from the
   * chip whether a sound has ended, so that with and without it may run differently.
   * @default false
   */
  readonly sound?: boolean;
  readonly onDeath: (death: DriverDeath) => void;
}

/** Opens one game; resolves when it is ready to run. */
export type OpenDriver = (context: DriverContext) => Promise<EmulatorDriver>;
