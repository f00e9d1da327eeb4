/** What a profile says of one input: what it was, and when it reached each stage of its way (section "Profile" of docs/protocol.md). */
import type { FlushReason, Status } from '../protocol.ts';

/**
 * The stages in the order in which an input reaches them. `received`: its message was read from the socket. `queued`: it was accepted.
 * `flushed`: its batch was decided. `driverStart`: the emulator began the batch. `firstFrame`, `end`: its first frame began, its last
 * ended. `settled`: the gateway knew its outcome. `recorded`: that was on record. `acked`: its ack was handed to the socket.
 */
export const STAGES = [
  'received',
  'queued',
  'flushed',
  'driverStart',
  'firstFrame',
  'end',
  'settled',
  'recorded',
  'acked',
] as const;
export type Stage = (typeof STAGES)[number];

/** What an entry was. `unsent`: it was rejected before it went to the emulator, and only when it came and was acked is known. */
export const INPUT_KINDS = ['press', 'keys', 'load', 'save', 'reset', 'pace', 'unsent'] as const;
export type InputKind = (typeof INPUT_KINDS)[number];

/** The whole way: a client that profiles what it sends itself adds when it sent it, and when the ack came. */
export const MOMENTS = ['sent', ...STAGES, 'ackReceived'] as const;
export type Moment = (typeof MOMENTS)[number];

/** When each moment was, in µs. One that has not come, or that nobody can know, is absent. */
export type Moments = { readonly [Name in Moment]?: number };

export interface ProfiledBatch {
  readonly id: number;
  readonly size: number;
  readonly reason: FlushReason;
}

export interface ProfiledInput {
  readonly seq: number;
  readonly kind: InputKind;
  readonly status: Status;
  /** Mask; undefined of commands and of what was not sent. So are `hold` and `gap`, in frames. */
  readonly buttons: number | undefined;
  readonly hold: number | undefined;
  readonly gap: number | undefined;
  readonly firstFrame: number | null;
  readonly frames: number;
  /** The batch it travelled in. */
  readonly batch: ProfiledBatch | undefined;
  /** On the gateway's clock. */
  readonly at: Moments;
}

/** One payload of the channel: what was acked since the one before. */
export interface ProfilePayload {
  readonly session: string;
  /** The first and the last seq that it is about; `through` is `from - 1` when nothing was acked. */
  readonly from: number;
  readonly through: number;
  /** How many of these seqs, the oldest, are not among the inputs: the gateway kept no more. */
  readonly dropped: number;
  /** The stages that this gateway can know of this session. */
  readonly stages: readonly Stage[];
  readonly inputs: readonly ProfiledInput[];
  /** When the payload was made, in µs on the gateway's clock. */
  readonly atUs: number;
  /** What the gateway's clock counts from, in ms since 1970, as its wall clock has it now. */
  readonly originMs: number;
  /** The session has ended, and no more payloads come. */
  readonly ended: boolean;
}
