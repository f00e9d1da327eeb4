/** What crosses between a game's worker and the main thread. Batches and outcomes are flat numbers. */
import type { ChainPicture } from '../../../../shared/screen/encoder.ts';
import type { ChainOptions, Step, StepGuards } from '../driver.ts';
import type { GuardStop } from '../../../../shared/guards.ts';
import type { MemoryRange, Observe, Observed, Pace, PictureFormat } from '../../../../shared/protocol.ts';
import { flatten } from './timeline.ts';

/** What the worker is started with. */
export interface WorkerSetup {
  readonly rom: Uint8Array;
  readonly battery: Uint8Array | undefined;
  /** Game to go on with, and the keys held in it. */
  readonly from: { readonly bytes: Uint8Array; readonly held: number } | undefined;
  readonly sound: boolean;
  readonly firstFrame: number;
  readonly vitals: SharedArrayBuffer;
}

export type Request =
  | { readonly kind: 'screen'; readonly format: PictureFormat }
  | { readonly kind: 'memory'; readonly ranges: readonly MemoryRange[] }
  | { readonly kind: 'save' }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'load'; readonly state: Uint8Array }
  | { readonly kind: 'reset' }
  | { readonly kind: 'battery' }
  | { readonly kind: 'release' }
  | { readonly kind: 'pace'; readonly pace: Pace; readonly speed: number }
  | { readonly kind: 'freeze'; readonly frozen: boolean };

/** A batch that observes nothing, has no guards and is not timed, is its flat steps alone. */
export type ToWorker =
  | number[]
  | {
      readonly kind: 'batch';
      readonly steps: number[];
      readonly observe: readonly (Observe | undefined)[];
      readonly guards: readonly (StepGuards | undefined)[] | undefined;
      /** Whether to say when each step ran. */
      readonly timed: boolean;
    }
  | { readonly kind: 'request'; readonly id: number; readonly request: Request }
  | { readonly kind: 'watch'; readonly id: number; readonly options: ChainOptions }
  | { readonly kind: 'key'; readonly id: number }
  | { readonly kind: 'unwatch'; readonly id: number }
  | { readonly kind: 'listen'; readonly on: boolean };

/** A batch on its way to the worker. */
export function batchMessage(steps: readonly Step[], timed: boolean): ToWorker {
  const flat = flatten(steps);
  const observing = steps.some((step) => step.observe !== undefined);
  const guarded = steps.some((step) => step.guards !== undefined);
  if (!observing && !guarded && !timed) return flat;
  const observe = observing ? steps.map((step) => step.observe) : [];
  const guards = guarded ? steps.map((step) => step.guards) : undefined;
  return { kind: 'batch', steps: flat, observe, guards, timed };
}

/** What was read on the last frame of a step; `unread` says which memory could not be. */
export interface Observation {
  readonly observed: Observed;
  readonly unread: string | undefined;
}

/** What is to be said of a step beside its frames. */
export interface Note {
  readonly observation: Observation | undefined;
  /** Frames that passed before it because a guard waited. */
  readonly waited: number;
  /** The guard that kept it from running. */
  readonly stop: GuardStop | undefined;
}

/** A snapshot without its frame, which every answer has. */
export interface SnapshotAnswer {
  readonly bytes: Uint8Array;
  readonly held: number;
  readonly digest: string;
}

export type Answer = Uint8Array | readonly Uint8Array[] | SnapshotAnswer | undefined;

/** Numbers of one outcome: its first frame and how many frames it covers. */
export const OUTCOME_FIELDS = 2;

/** Numbers of one step's times, in ms on the worker's clock: the batch began, its first frame began, its last ended. */
export const TIME_FIELDS = 3;

/** Outcomes of the batch in flight, in order. Those of one slice of which there is nothing to note are their flat numbers alone. */
export type FromWorker =
  | number[]
  | {
      readonly kind: 'outcomes';
      readonly outcomes: number[];
      readonly notes: readonly (Note | undefined)[];
      /** Of each outcome, of a batch that is timed. */
      readonly times: readonly number[];
    }
  | { readonly kind: 'answer'; readonly id: number; readonly frame: number; readonly value: Answer }
  | { readonly kind: 'refusal'; readonly id: number; readonly code: string; readonly message: string }
  | { readonly kind: 'picture'; readonly id: number; readonly picture: ChainPicture }
  | { readonly kind: 'sound'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'ready';
      /** From the worker's clock to the one of all threads (`sharedOffsetMs`). */
      readonly offsetMs: number;
    }
  | { readonly kind: 'not-ready'; readonly code: string; readonly message: string }
  | { readonly kind: 'trapped'; readonly message: string };
