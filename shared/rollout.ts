/** Rollouts as both sides see them: what a client asks for, and what each run came to. */
import type { MemoryRange, Outcome, PictureFormat } from './protocol.ts';

/** How a run ended. `failed`: `code` says why. `cancelled`: before it was over. */
export const RUN_STATUSES = ['done', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Why a run failed, or does not have all that was asked for. */
export const RUN_CODES = {
  emulator_crashed: 'the game hung, or made the core fail, and would again',
  too_many_frames: 'it did not end within the frames it may take',
  invalid_state: 'the core refuses the checkpoint it was to begin with',
  checkpoints_full: 'it ran, but its last state could not be kept: the session keeps as much as it may',
} as const;
export type RunCode = keyof typeof RUN_CODES;

/** Most entries that the script of one run may stand for where the outcome of each is wanted: so many fit a message. */
export const MAX_RUN_OUTCOMES = 16_384;

/** One run: a script, on from a checkpoint. */
export interface RunSpec {
  readonly script: string;
  /** Name of a checkpoint. @default the session's own game, as it is behind every entry that was accepted before */
  readonly from?: string;
}

/** What is wanted of every run of a rollout. */
export interface RunWants {
  /** Most frames that a run may take. @default the gateway's limit */
  readonly frames?: number;
  /** Memory to read at the end of each run. */
  readonly memory?: readonly MemoryRange[];
  /** Whether the SHA-256 of the last picture is wanted. @default false */
  readonly hash?: boolean;
  /** The last picture. */
  readonly screen?: PictureFormat;
  /** Whether the last state is kept as a checkpoint. @default false */
  readonly keep?: boolean;
  /** Whether the outcome of each entry is wanted. @default false */
  readonly outcomes?: boolean;
}

/** What one run came to. */
export interface RunResult {
  /** Position in the runs of its rollout, from 0. */
  readonly run: number;
  readonly status: RunStatus;
  /** Frames that it ran. */
  readonly frames: number;
  /** One byte string for each range asked. */
  readonly memory?: readonly Uint8Array[];
  /** SHA-256 of the last picture, as hex. */
  readonly hash?: string;
  readonly screen?: Uint8Array;
  /** Name of the checkpoint that its last state is kept as, until the session ends. */
  readonly checkpoint?: string;
  /** Frames count on from that of the checkpoint, as when a live session goes on from there. */
  readonly outcomes?: readonly Outcome[];
  readonly code?: RunCode;
  readonly message?: string;
}
