/** The payload of the `stats` channel and call. */
import type { FlushReason, Status } from './protocol.ts';

/** Percentiles of a latency, in µs, to two significant digits; so is `max` in `sinceLast`, while since the start it is exact. */
export interface LatencyFigures {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Figures over a span of time. */
export interface StatsSpan {
  readonly durationMs: number;
  /** Entries accepted. */
  readonly inputs: number;
  readonly inputsPerSecond: number;
  readonly batches: number;
  /** Share, 0 to 1, of the inputs sent that travelled in a batch of two or more. */
  readonly bufferingRatio: number;
  readonly averageBatchSize: number;
  readonly largestBatchSize: number;
  /** Batches by the reason for which they were sent. */
  readonly flushReasons: Readonly<Record<FlushReason, number>>;
  readonly outcomes: Readonly<Record<Status, number>>;
  /**
   * Of what was sent to a driver: `queue` from acceptance to the driver, `driver` from there to the outcome, `total` both.
   * Null until something was.
   */
  readonly latencyUs: {
    readonly queue: LatencyFigures;
    readonly driver: LatencyFigures;
    readonly total: LatencyFigures;
  } | null;
  /** Emulated frames run, whether or not an entry asked for them. */
  readonly frames: number;
  readonly framesPerSecond: number;
  /** Pushes of any channel that a newer one replaced before they were sent. */
  readonly replacedPushes: number;
}

export interface Stats {
  readonly scope: 'session' | 'gateway';
  /** The session's id, or null for the gateway. */
  readonly session: string | null;
  readonly label: string | null;
  /** Wall clock of the gateway, ms since 1970. */
  readonly atMs: number;
  readonly sinceStart: StatsSpan;
  /** Since the last push of this subscription; in a call the same as `sinceStart`. */
  readonly sinceLast: StatsSpan;
  /** For the gateway: the sum over its sessions. */
  readonly credit: { readonly limit: number; readonly outstanding: number };
  /** Bytes that the session's client, or all clients, have not read yet. */
  readonly pendingBytes: number;
  /** Ms until the session ends because nobody resumes it; null while it has a connection, and for the gateway. */
  readonly expiresInMs: number | null;
  /** The session has ended; this is the last push. */
  readonly ended: boolean;
}
