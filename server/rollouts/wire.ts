/** What crosses between the engine and the threads that run its games. States and ROMs are shared, not copied. */
import type { MemoryRange, Outcome, PictureFormat } from '../../shared/protocol.ts';
import type { RunCode } from '../../shared/rollout.ts';

/** What a thread is started with. */
export interface RunnerSetup {
  readonly vitals: SharedArrayBuffer;
}

/** A machine that replays exactly what another one of the same key saved. */
export interface MachineKind {
  readonly key: string;
  readonly rom: Uint8Array;
  readonly sound: boolean;
}

/** Where a run begins. */
export interface RunStart {
  readonly state: Uint8Array;
  /** Mask of the keys held by `keys`. */
  readonly held: number;
  /** Frame count of the state. */
  readonly frame: number;
}

/** One run, whole. */
export interface RunOrder {
  readonly machine: MachineKind;
  readonly start: RunStart;
  readonly script: string;
  readonly maxFrames: number;
  readonly memory: readonly MemoryRange[] | undefined;
  readonly hash: boolean;
  readonly screen: PictureFormat | undefined;
  readonly keep: boolean;
  readonly outcomes: boolean;
}

/** What a run came to. */
export interface RunEnd {
  readonly status: 'done' | 'failed' | 'cancelled';
  readonly frames: number;
  readonly memory?: readonly Uint8Array[];
  readonly hash?: string;
  readonly screen?: Uint8Array;
  /** The game as it was at the end. */
  readonly kept?: RunStart;
  readonly outcomes?: readonly Outcome[];
  readonly code?: RunCode;
  readonly message?: string;
}

export type ToRunner =
  | { readonly kind: 'run'; readonly id: number; readonly order: RunOrder }
  | { readonly kind: 'cancel'; readonly id: number };

export type FromRunner =
  /** `unfair` says why the thread could not be made to give way to others. */
  | { readonly kind: 'ready'; readonly threadId: number | undefined; readonly unfair: string | undefined }
  | { readonly kind: 'ended'; readonly id: number; readonly end: RunEnd }
  /** The core failed in this run and is not to be used again, nor is its thread. */
  | { readonly kind: 'trapped'; readonly id: number; readonly frames: number; readonly message: string };
